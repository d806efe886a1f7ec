//! Writes of different records are under way at the same time: first one request, then two; and four, where the backend takes
//! one write a request. Each is judged for itself, and what is said of allergies arrives in its order.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so")]

use foodlens_core::*;
use foodlens_scenarios::{Backend, Phone, PhoneOptions, SECRET, all_agree};
use foodlens_server::{Endpoint, Fault, FaultKind};
use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Condvar, Mutex, OnceLock};
use std::time::Duration;

/// Lets requests with writes go on to the real server when all that should be under way with them are.
struct Flights {
    to: HttpTransport,
    /// How many requests each flight has.
    plan: Vec<usize>,
    arrived: Mutex<Vec<Arrived>>,
    changed: Condvar,
    /// What is under way is looked at in its queue.
    session: OnceLock<Session>,
    /// Requests about allergies that were under way at the same time, at most.
    most_of_allergies: AtomicUsize,
    /// The token that is good no more.
    expired: Mutex<Option<String>>,
    /// From this request on, the token that it has is good no more.
    expires_at: usize,
    in_turn: Option<InTurn>,
}

/// What a request had.
struct Arrived {
    writes: usize,
    /// Its allergies, in their order.
    allergies: Vec<RecordId>,
}

/// Of two requests at the same time, which one is answered first, and what happens before the other one goes on.
struct InTurn {
    /// The one with the elder writes.
    elder_first: bool,
    between: Box<dyn Fn() + Send + Sync>,
    answered: Barrier,
}

impl InTurn {
    fn execute(&self, is_elder: bool, to: impl FnOnce() -> Outcome) -> Outcome {
        if is_elder == self.elder_first {
            let outcome = to();
            (self.between)();
            self.answered.wait();
            outcome
        } else {
            self.answered.wait();
            to()
        }
    }
}

impl Flights {
    fn new(backend: &Backend, plan: &[usize], expires_at: usize) -> Arc<Self> {
        let options = HttpOptions { allow_loopback_http: true, ..HttpOptions::default() };
        Arc::new(Self {
            to: HttpTransport::new(&backend.url(), &options).unwrap(),
            plan: plan.to_vec(),
            arrived: Mutex::default(),
            changed: Condvar::new(),
            session: OnceLock::new(),
            most_of_allergies: AtomicUsize::new(0),
            expired: Mutex::default(),
            expires_at,
            in_turn: None,
        })
    }

    /// How many writes each request had.
    fn sizes(&self) -> Vec<usize> {
        self.arrived.lock().unwrap().iter().map(|one| one.writes).collect()
    }

    /// What is under way, elders first.
    fn sending(&self) -> Vec<QueuedOperation> {
        self.session.get().unwrap().queue().list(QueueFilter::Sending, 0, 500).unwrap()
    }

    /// How many requests have arrived when the flight of this one is whole.
    fn whole(&self, at: usize) -> usize {
        let ends = self.plan.iter().scan(0, |sum, size| {
            *sum += size;
            Some(*sum)
        });
        ends.into_iter().find(|end| at < *end).unwrap_or(0)
    }

    /// Waits until all of a flight have arrived.
    fn arrive(&self, bearer: &str, request_id: &str) {
        let sending = self.sending();
        let of_allergies =
            |op: &&QueuedOperation| matches!(op.collection, Collection::Allergies | Collection::AllergyList);
        let requests: HashSet<_> =
            sending.iter().filter(of_allergies).map(|op| op.request_id.clone()).collect();
        self.most_of_allergies.fetch_max(requests.len(), Ordering::Relaxed);
        let mine: Vec<_> = sending.iter().filter(|op| op.request_id.as_deref() == Some(request_id)).collect();
        let allergies = mine.iter().filter(|op| op.collection == Collection::Allergies);
        let allergies = allergies.map(|op| op.record_id).collect();
        let mut arrived = self.arrived.lock().unwrap();
        let at = arrived.len();
        arrived.push(Arrived { writes: mine.len(), allergies });
        if at == self.expires_at {
            *self.expired.lock().unwrap() = Some(bearer.to_owned());
        }
        self.changed.notify_all();
        let limit = Duration::from_secs(60);
        let (arrived, late) =
            self.changed.wait_timeout_while(arrived, limit, |all| all.len() < self.whole(at)).unwrap();
        drop(arrived);
        assert!(!late.timed_out(), "the flight of request {at} is not whole");
    }
}

impl Transport for Flights {
    fn execute(&self, request: &Request) -> Outcome {
        let header = |wanted| request.headers.iter().find(|(name, _)| name == wanted).unwrap().1.clone();
        let bearer = header("authorization");
        if request.method != Method::Get {
            self.arrive(&bearer, &header("x-request-id"));
        }
        if self.expired.lock().unwrap().as_ref() == Some(&bearer) {
            return Outcome::Response(Response {
                status: 401,
                retry_after: None,
                content_type: None,
                body: Vec::new(),
            });
        }
        let requests: Vec<_> = self.sending().into_iter().map(|op| op.request_id).collect();
        match &self.in_turn {
            Some(in_turn) if requests.first() != requests.last() => {
                let is_elder = requests.first() == Some(&Some(header("x-request-id")));
                in_turn.execute(is_elder, || self.to.execute(request))
            }
            _ => self.to.execute(request),
        }
    }
}

/// Gives another token each time.
#[derive(Default)]
struct Tokens(Mutex<Vec<bool>>);

impl TokenProvider for Tokens {
    fn token(&self, user: &UserId, refused: bool) -> std::result::Result<AccessToken, HookError> {
        let mut given = self.0.lock().unwrap();
        given.push(refused);
        let value = foodlens_server::mint_token(SECRET, user.as_str(), 3_600 + given.len() as i64).unwrap();
        Ok(AccessToken { user_id: user.as_str().to_owned(), value })
    }
}

fn plain() -> Backend {
    Backend::start_with(|options| foodlens_server::Options { batch: false, ..options }).unwrap()
}

fn phone(backend: &Backend, flights: &Arc<Flights>, tokens: Option<Arc<dyn TokenProvider>>) -> Phone {
    let options = PhoneOptions { transport: Some(flights.clone()), tokens, ..Default::default() };
    let phone = Phone::with_options(&backend.url(), "ana", options);
    assert!(flights.session.set(phone.session.clone()).is_ok());
    phone
}

fn scans(phone: &Phone, count: i64) {
    let contents: Vec<_> = (0..count).map(|at| HistoryContent::new(HistoryKind::Scan, at)).collect();
    phone.session.history().add_all(&contents).unwrap();
}

fn allergy(phone: &Phone, name: &str) -> RecordId {
    let allergen = Allergen::Custom(name.into());
    let allergy = AllergyContent { severity: Some(Severity::Severe), ..AllergyContent::new(allergen) };
    phone.session.allergies().add(&allergy).unwrap()
}

#[test]
fn one_then_two_and_single_writes_four_are_under_way() {
    for (backend, plan, sizes) in [
        (plain(), &[1, 2, 4, 4, 1][..], &[1; 12][..]),
        (Backend::start().unwrap(), &[1, 2, 2][..], &[100, 100, 100, 100, 20][..]),
    ] {
        let flights = Flights::new(&backend, plan, usize::MAX);
        let phone = phone(&backend, &flights, None);
        let count = sizes.iter().sum::<usize>();
        scans(&phone, count as i64);
        assert_eq!(phone.sync().next, NextStep::Done);
        let mut arrived = flights.sizes();
        // Which of two arrives first is chance.
        arrived.sort_by(|one, other| other.cmp(one));
        assert_eq!(arrived, sizes);
        assert_eq!(backend.server.stats().applied, count as u64);
        all_agree(&[&phone], &backend);
    }
}

#[test]
fn each_answer_is_for_its_own_write() {
    let backend = plain();
    let flights = Flights::new(&backend, &[1, 2, 4], usize::MAX);
    let phone = phone(&backend, &flights, None);
    scans(&phone, 7);
    let faults = backend.server.faults();
    faults.push(Fault::new(Endpoint::Write, FaultKind::DelayMs { ms: 1 }).times(3));
    // Two of the four meet these.
    faults.push(Fault::new(Endpoint::Write, FaultKind::CommitThenSilence { after: None }));
    faults.push(Fault::new(Endpoint::Write, FaultKind::portal()));
    let first = phone.sync();
    assert_eq!(first.acknowledged, 5, "the three before, and the two that got their answer");
    assert_eq!(phone.session.queue().counts().unwrap().pending, 2);
    assert_eq!(phone.settle().next, NextStep::Done);
    let stats = backend.server.stats();
    assert_eq!((stats.applied, stats.duplicates), (7, 1));
    all_agree(&[&phone], &backend);
}

#[test]
fn each_answer_is_for_its_own_batch() {
    let silence = FaultKind::CommitThenSilence { after: None };
    let halves = &[100, 100, 100, 50, 50][..];
    // What one of two batches meets, what its run sends, how it ends, and what is true of the hundred writes in it.
    for (what, fault, sent, ended, counted, duplicates) in [
        ("too large: halved, and alone until that is through", FaultKind::status(413), halves, "", 0, 0),
        ("the server asks to wait", FaultKind::retry_after(503, "7"), &[100; 3], "server asks to wait", 0, 0),
        ("it lost its line before", FaultKind::DropBeforeCommit, &[100; 3], "connection lost", 1, 0),
        ("it lost its line after", silence, &[100; 3], "connection lost", 1, 100),
        ("half an answer", FaultKind::Truncated, &[100; 3], "connection lost", 1, 100),
        ("a portal", FaultKind::portal(), &[100; 3], "not the backend that answers", 0, 0),
        ("of another user", FaultKind::WrongUser, &[100; 3], "answer for another user", 0, 100),
    ] {
        let backend = Backend::start().unwrap();
        let flights = Flights::new(&backend, &[1, 2], usize::MAX);
        let phone = phone(&backend, &flights, None);
        scans(&phone, 300);
        let faults = backend.server.faults();
        faults.push(Fault::new(Endpoint::Batch, FaultKind::DelayMs { ms: 1 }));
        faults.push(Fault::new(Endpoint::Batch, fault));
        let first = phone.sync();
        assert_eq!(flights.sizes(), sent, "{what}");
        assert_eq!(first.error.unwrap_or_default(), ended, "{what}");
        let waiting = phone.session.queue().list(QueueFilter::Pending, 0, 500).unwrap();
        let expected = if ended.is_empty() { 0 } else { 100 };
        assert_eq!((first.acknowledged, waiting.len()), (300 - expected as u64, expected), "{what}");
        assert!(waiting.iter().all(|op| op.attempts == counted), "{what}");
        phone.clock.advance_ms(3_600_000);
        assert_eq!(phone.settle().next, NextStep::Done, "{what}");
        let stats = backend.server.stats();
        assert_eq!((stats.applied, stats.duplicates), (300, duplicates), "{what}");
        all_agree(&[&phone], &backend);
    }
}

#[test]
fn where_one_of_two_finds_no_batch_endpoint_what_is_left_goes_one_by_one() {
    let backend = Backend::start().unwrap();
    let flights = Flights::new(&backend, &[1, 2, 1, 2, 4], usize::MAX);
    let phone = phone(&backend, &flights, None);
    scans(&phone, 300);
    let faults = backend.server.faults();
    faults.push(Fault::new(Endpoint::Batch, FaultKind::DelayMs { ms: 1 }));
    faults.push(Fault::new(Endpoint::Batch, FaultKind::status(404)));
    let report = phone.sync();
    assert_eq!((report.next, report.acknowledged), (NextStep::Done, 300));
    assert_eq!(flights.sizes(), [&[100; 3][..], &[1; 100]].concat());
    let stats = backend.server.stats();
    assert_eq!((stats.applied, stats.duplicates), (300, 0));
    all_agree(&[&phone], &backend);
}

#[test]
fn what_a_life_that_is_lost_has_acknowledged_beside_an_answer_of_the_next_is_said_again() {
    for elder_first in [true, false] {
        let backend = Backend::start().unwrap().backed_up().unwrap();
        let mut flights = Flights::new(&backend, &[], usize::MAX);
        let running = Arc::new(Mutex::new(None));
        let restored = running.clone();
        let between = Box::new(move || {
            let mut backend = restored.lock().unwrap();
            *backend = backend.take().map(|one: Backend| one.restored().unwrap());
        });
        Arc::get_mut(&mut flights).unwrap().in_turn =
            Some(InTurn { elder_first, between, answered: Barrier::new(2) });
        let phone = phone(&backend, &flights, None);
        let url = backend.url();
        *running.lock().unwrap() = Some(backend);
        scans(&phone, if elder_first { 150 } else { 250 });
        let lupin = allergy(&phone, "lupin");
        scans(&phone, if elder_first { 149 } else { 49 });
        assert_eq!(phone.sync().next, NextStep::Done, "elder first: {elder_first}");
        let times = flights.arrived.lock().unwrap().iter().filter(|one| one.allergies == [lupin]).count();
        assert_eq!(times, 2, "elder first: {elder_first}");
        let other = Phone::new(&url, "ana");
        assert_eq!(other.settle().next, NextStep::Done);
        assert_eq!(other.session.allergies().get(lupin).unwrap().content.severity, Some(Severity::Severe));
    }
}

#[test]
fn a_token_that_is_too_old_for_all_of_them_is_renewed_once() {
    for (backend, plan, count) in [
        // What is refused goes again one after the other.
        (plain(), &[1, 2, 4, 1, 1, 1, 1][..], 7),
        (Backend::start().unwrap(), &[1, 2, 1, 1][..], 300),
    ] {
        let flights = Flights::new(&backend, plan, if count == 7 { 3 } else { 1 });
        let tokens = Arc::new(Tokens::default());
        let phone = phone(&backend, &flights, Some(tokens.clone()));
        scans(&phone, count);
        assert_eq!(phone.sync().next, NextStep::Done);
        assert_eq!(*tokens.0.lock().unwrap(), [false, true]);
        let stats = backend.server.stats();
        assert_eq!((stats.applied, stats.duplicates), (count as u64, 0));
        all_agree(&[&phone], &backend);
    }
}

#[test]
fn what_is_said_of_allergies_arrives_in_its_order_in_one_request_at_a_time() {
    // So many scans, an allergy, and so on. Of a batch's second flight the third allergy would be in the second request.
    for (backend, scanned) in [(plain(), [3, 2, 2, 2, 2]), (Backend::start().unwrap(), [198, 0, 0, 0, 200])] {
        let flights = Flights::new(&backend, &[], usize::MAX);
        let phone = phone(&backend, &flights, None);
        let mut said = Vec::new();
        for (count, name) in scanned.into_iter().zip(["kiwi", "celery", "lupin", "sesame"]) {
            scans(&phone, count);
            said.push(allergy(&phone, name));
        }
        scans(&phone, scanned[4]);
        assert_eq!(phone.settle().next, NextStep::Done);
        let arrived = flights.arrived.lock().unwrap();
        let of_allergies: Vec<_> = arrived.iter().flat_map(|one| one.allergies.clone()).collect();
        assert_eq!(of_allergies, said);
        assert_eq!(flights.most_of_allergies.load(Ordering::Relaxed), 1);
        drop(arrived);
        all_agree(&[&phone], &backend);
    }
}
