//! A request in flight, on a thread that has no other, so that a run can be cancelled within a moment and a late answer is
//! dropped; and the count of those requests, so that an app can wait until none is left. For a simulator, on the run's.

use super::landing::{Landed, Reading};
use crate::clock::{Environment, Requests};
use crate::error::{ErrorKind, Result};
use crate::lock::{Condvar, Mutex, MutexGuard};
use crate::transport::{Outcome, Request, Transport};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, PoisonError};
use std::thread::ThreadId;
use std::time::{Duration, Instant};

/// What goes on in a session: whether a run is under way, how many requests are, and whether to stop.
#[derive(Default)]
pub(crate) struct Flights {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// The word that stops the run under way, and its thread.
    running: Option<(StopWord, ThreadId)>,
    in_flight: usize,
    /// Threads of this run that wait for the next request. What one has taken for a page is there for the next page.
    idle: Vec<Sender<Job>>,
    /// No run may begin.
    suspended: bool,
}

/// Set once, when a run is to stop.
pub(super) type StopWord = Arc<AtomicBool>;

/// Where an answer will be.
type Slot = Mutex<Option<Landed>>;

/// A request for a thread.
struct Job {
    transport: Arc<dyn Transport>,
    request: Request,
    reading: Reading,
    slot: Arc<Slot>,
    /// Where its thread takes the next one.
    thread: Sender<Job>,
}

/// A request under way.
pub(super) enum Flight {
    /// On a thread that has no other.
    Away(Arc<Slot>),
    /// On the run's thread, as soon as it is waited for.
    Here(Request, Reading),
}

/// A run under way, until it is dropped.
pub(super) struct Running<'a>(&'a Flights);

impl Flights {
    /// Marks a run as under way. `None`: one is.
    ///
    /// # Errors
    /// [`ErrorKind::Suspended`].
    pub(super) fn start(&self, stop: &StopWord) -> Result<Option<Running<'_>>> {
        let mut state = self.lock();
        if state.suspended {
            return Err(ErrorKind::Suspended.into());
        }
        if state.running.is_some() {
            return Ok(None);
        }
        state.running = Some((Arc::clone(stop), std::thread::current().id()));
        Ok(Some(Running(self)))
    }

    /// Lets no run begin, asks the one under way to stop, and waits until it has. `false`: the time was up before. Its last
    /// request may be in flight still: it holds nothing, and its answer is dropped.
    pub fn suspend(&self, longest: Duration) -> bool {
        self.lock().suspended = true;
        self.cancel();
        self.wait_while(longest, |state| state.running.is_some())
    }

    pub fn resume(&self) {
        self.lock().suspended = false;
    }

    /// Asks the run under way to stop; it abandons the request that it waits for.
    pub fn cancel(&self) {
        if let Some((stop, _)) = &self.lock().running {
            stop.store(true, Ordering::Relaxed);
        }
        self.changed.notify_all();
    }

    /// Asks one run to stop, whether it has begun or not.
    pub(super) fn cancel_one(&self, stop: &StopWord) {
        // Under the lock, so that a run that looks and then waits does not miss it.
        let state = self.lock();
        stop.store(true, Ordering::Relaxed);
        drop(state);
        self.changed.notify_all();
    }

    /// Whether a run is under way.
    pub fn is_running(&self) -> bool {
        self.lock().running.is_some()
    }

    /// Waits until no run and no request is under way. `false`: the time was up before.
    pub fn wait_until_quiet(&self, longest: Duration) -> bool {
        self.wait_while(longest, |state| state.running.is_some() || state.in_flight > 0)
    }

    /// Waits until no run is under way but one that this thread is in (a hook of the app's calls). Requests may be: their
    /// answers are dropped.
    pub fn wait_until_ended(&self, longest: Duration) {
        let me = std::thread::current().id();
        self.wait_while(longest, |state| state.running.as_ref().is_some_and(|(_, thread)| *thread != me));
    }

    fn wait_while(&self, longest: Duration, busy: impl Fn(&State) -> bool) -> bool {
        let deadline = Instant::now() + longest;
        let mut state = self.lock();
        while busy(&state) {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    /// Sends a request and does not wait; on the run's thread, it goes when it is waited for.
    pub(super) fn take_off(
        self: &Arc<Self>,
        transport: &Arc<dyn Transport>,
        request: Request,
        reading: Reading,
        env: &Environment,
    ) -> Flight {
        if env.requests() == Requests::RunsThread {
            return Flight::Here(request, reading);
        }
        let slot = Arc::new(Mutex::new(None));
        let answer = Flight::Away(Arc::clone(&slot));
        let transport = Arc::clone(transport);
        let idle = {
            let mut state = self.lock();
            state.in_flight += 1;
            state.idle.pop()
        };
        let thread = idle.or_else(|| self.new_thread());
        let job = |thread| Job { transport, request, reading, slot: Arc::clone(&slot), thread };
        if thread.is_none_or(|thread| thread.send(job(thread.clone())).is_err()) {
            self.landed(&slot, Landed::new(Outcome::NotSent("no thread")), None);
        }
        answer
    }

    /// A thread for requests, one after the other, until the run is over or the request that it is at was given up.
    fn new_thread(self: &Arc<Self>) -> Option<Sender<Job>> {
        let (thread, jobs) = channel::<Job>();
        let flights = Arc::clone(self);
        let started = std::thread::Builder::new().name("foodlens-request".into()).spawn(move || {
            for Job { transport, request, reading, slot, thread } in jobs {
                let landed = execute(transport.as_ref(), &request, reading);
                drop(transport);
                flights.landed(&slot, landed, Some(thread));
            }
        });
        started.ok().map(|_| thread)
    }

    /// Waits for the answer, but not beyond a cancel or `longest`. `None`: given up; what comes later is dropped, and the
    /// operations in it are "maybe sent".
    pub(super) fn wait_for(
        &self,
        flight: Flight,
        transport: &dyn Transport,
        longest: Duration,
        stop: &StopWord,
        env: &Environment,
    ) -> Option<Landed> {
        match flight {
            Flight::Here(request, reading) => {
                let given_up_at = env.monotonic_ms().saturating_add(as_millis(longest));
                self.lock().in_flight += 1;
                let landed = execute(transport, &request, reading);
                self.over();
                let given_up = stop.load(Ordering::Relaxed) || env.monotonic_ms() >= given_up_at;
                (!given_up).then_some(landed)
            }
            Flight::Away(answer) => self.wait_for_answer(&answer, longest, stop),
        }
    }

    fn wait_for_answer(&self, answer: &Slot, longest: Duration, stop: &StopWord) -> Option<Landed> {
        let deadline = Instant::now().checked_add(longest);
        let mut state = self.lock();
        loop {
            let landed = answer.lock().unwrap_or_else(PoisonError::into_inner).take();
            if landed.is_some() {
                return landed;
            }
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            if stop.load(Ordering::Relaxed) || left.is_some_and(|left| left.is_zero()) {
                return None;
            }
            let left = left.unwrap_or(Duration::MAX);
            state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// An answer has come. `thread`: where it was fetched; it waits for the next request, while there is a run.
    fn landed(&self, slot: &Slot, landed: Landed, thread: Option<Sender<Job>>) {
        let mut state = self.lock();
        // In one step: who takes the answer finds the thread idle.
        *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(landed);
        let thread = thread.filter(|_| state.running.is_some());
        state.idle.extend(thread);
        drop(state);
        self.over();
    }

    fn over(&self) {
        self.lock().in_flight -= 1;
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn as_millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

fn execute(transport: &dyn Transport, request: &Request, reading: Reading) -> Landed {
    catch_unwind(AssertUnwindSafe(|| reading.of(transport.execute(request))))
        .unwrap_or_else(|_| Landed::new(Outcome::OutcomeUnknown("transport panicked")))
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.running = None;
        state.idle.clear();
        drop(state);
        self.0.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Clock, Random};
    use crate::transport::{Method, Response};
    use std::sync::atomic::AtomicI64;

    #[derive(Default)]
    struct Time(AtomicI64);
    impl Clock for Time {
        fn now_ms(&self) -> i64 {
            self.0.load(Ordering::Relaxed)
        }
        fn monotonic_ms(&self) -> i64 {
            self.now_ms()
        }
    }
    struct Zeros;
    impl Random for Zeros {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(0);
        }
    }
    /// Answers after so many milliseconds of the injected clock, and says on which thread.
    struct Slow(Arc<Time>, i64, Mutex<Option<ThreadId>>);
    impl Transport for Slow {
        fn execute(&self, _: &Request) -> Outcome {
            self.0.0.fetch_add(self.1, Ordering::Relaxed);
            *self.2.lock().unwrap() = Some(std::thread::current().id());
            Outcome::Response(Response { status: 200, retry_after: None, content_type: None, body: vec![] })
        }
    }

    #[test]
    fn on_the_runs_thread_an_answer_after_the_end_of_its_time_or_a_cancel_is_dropped() {
        for (takes, cancelled, expected) in [(9, false, true), (10, false, false), (0, true, false)] {
            let time = Arc::new(Time::default());
            let env = Environment::new(time.clone(), Arc::new(Zeros)).with_requests(Requests::RunsThread);
            let slow = Arc::new(Slow(time, takes, Mutex::default()));
            let transport: Arc<dyn Transport> = slow.clone();
            let request = Request { method: Method::Get, url: String::new(), headers: vec![], body: None };
            let stop = StopWord::from(AtomicBool::new(cancelled));
            let flights = Arc::new(Flights::default());
            let reading = Reading { most_bytes: 0, reader: None };
            let flight = flights.take_off(&transport, request, reading, &env);
            let outcome = flights.wait_for(flight, slow.as_ref(), Duration::from_millis(10), &stop, &env);
            assert_eq!(outcome.is_some(), expected, "{takes} ms, cancelled: {cancelled}");
            assert_eq!(*slow.2.lock().unwrap(), Some(std::thread::current().id()));
            assert!(flights.wait_until_quiet(Duration::ZERO));
        }
    }

    #[test]
    fn it_is_quiet_when_neither_a_run_nor_a_request_is_under_way() {
        let (flights, stop) = (Flights::default(), StopWord::default());
        assert!(flights.wait_until_quiet(Duration::ZERO));
        let running = flights.start(&stop).unwrap();
        assert!(running.is_some() && flights.start(&stop).unwrap().is_none(), "one run at a time");
        assert!(!flights.wait_until_quiet(Duration::ZERO), "a run");
        assert!(!stop.load(Ordering::Relaxed));
        flights.cancel();
        assert!(stop.load(Ordering::Relaxed));
        drop(running);
        assert!(flights.wait_until_quiet(Duration::ZERO));
        flights.lock().in_flight += 1;
        assert!(!flights.wait_until_quiet(Duration::ZERO), "a request whose run is over");
        flights.over();
        assert!(flights.wait_until_quiet(Duration::ZERO));
    }

    #[test]
    fn one_request_after_the_other_goes_on_one_thread() {
        let slow = Arc::new(Slow(Arc::default(), 0, Mutex::default()));
        let (transport, env): (Arc<dyn Transport>, _) = (slow.clone(), Environment::system());
        let (flights, stop) = (Arc::new(Flights::default()), StopWord::default());
        let longest = Duration::from_secs(60);
        let ask = || {
            let request = Request { method: Method::Get, url: String::new(), headers: vec![], body: None };
            let flight = flights.take_off(&transport, request, Reading { most_bytes: 0, reader: None }, &env);
            assert!(flights.wait_for(flight, slow.as_ref(), longest, &stop, &env).is_some());
            slow.2.lock().unwrap().unwrap()
        };
        let running = flights.start(&stop).unwrap();
        let first = ask();
        assert_ne!(first, std::thread::current().id());
        assert_eq!((ask(), flights.lock().idle.len()), (first, 1));
        drop(running);
        assert_eq!(flights.lock().idle.len(), 0, "they end with the run");
        ask();
        assert_eq!(flights.lock().idle.len(), 0, "and so does one that is late");
        assert!(flights.wait_until_quiet(longest));
    }
}
