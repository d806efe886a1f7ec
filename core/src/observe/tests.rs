//! Observers that panic, block, are dropped or end themselves: nobody else notices.

use super::*;
use std::sync::mpsc;

struct Tell(mpsc::Sender<Notice>);
impl Observer for Tell {
    fn on_change(&self, notice: &Notice) {
        self.0.send(notice.clone()).unwrap();
    }
}
struct Panics;
impl Observer for Panics {
    fn on_change(&self, _: &Notice) {
        panic!("a broken app");
    }
}

fn changed(collection: Collection, ids: impl IntoIterator<Item = u128>) -> Changes {
    changed_by(Origin::Local, collection, ids)
}

fn changed_by(origin: Origin, collection: Collection, ids: impl IntoIterator<Item = u128>) -> Changes {
    let mut changes = Changes::default();
    for id in ids {
        changes.record(collection, uuid::Uuid::from_u128(id).into(), origin);
    }
    changes
}

#[test]
fn a_panicking_observer_harms_nobody_and_a_dropped_one_is_silent() {
    let observers = Observers::default();
    let (send, told) = mpsc::channel();
    let _broken = observers.subscribe(Watched::All, Arc::new(Panics));
    let topic = Topic::Records(Collection::History);
    let subscription = observers.subscribe(Watched::Topic(topic), Arc::new(Tell(send)));
    observers.publish(changed(Collection::Profile, [1]));
    observers.publish(changed(Collection::History, [2]));
    let notice = told.recv_timeout(Duration::from_secs(10)).unwrap();
    assert_eq!(notice.topic, topic);
    assert_eq!(notice.ids.unwrap().len(), 1);
    drop(subscription);
    observers.publish(changed(Collection::History, [3]));
    assert!(told.recv().is_err(), "the sender is gone with its observer");
}

#[test]
fn a_hundred_thousand_changes_are_one_bounded_notice() {
    let changes = changed(Collection::History, 0..100_000);
    let change = &changes.0[&Topic::Records(Collection::History)];
    assert!(change.many && change.ids.is_empty());
}

const SOON: Duration = Duration::from_secs(20);

fn records(collection: Collection) -> Watched {
    Watched::Topic(Topic::Records(collection))
}

/// Says that it is called, and returns when it is told to.
struct Blocks {
    called: mpsc::Sender<()>,
    go_on: Mutex<mpsc::Receiver<()>>,
}
impl Observer for Blocks {
    fn on_change(&self, _: &Notice) {
        self.called.send(()).unwrap();
        let _ = self.go_on.lock().unwrap().recv();
    }
}

/// One that blocks, the receiver of its calls, and what lets it go on.
fn blocking() -> (Arc<Blocks>, mpsc::Receiver<()>, mpsc::Sender<()>) {
    let ((called, calls), (go, go_on)) = (mpsc::channel(), mpsc::channel());
    (Arc::new(Blocks { called, go_on: Mutex::new(go_on) }), calls, go)
}

#[test]
fn an_observer_that_blocks_keeps_no_other_waiting_and_is_told_the_rest_at_once() {
    let observers = Observers::default();
    let (blocks, calls, go) = blocking();
    let (send, told) = mpsc::channel();
    let _blocks = observers.subscribe(Watched::All, blocks);
    let _tells = observers.subscribe(Watched::All, Arc::new(Tell(send)));
    observers.publish(changed(Collection::History, [0]));
    calls.recv_timeout(SOON).unwrap();
    for id in 1..100 {
        observers.publish(changed(Collection::History, [id]));
    }
    let mut seen = BTreeSet::new();
    while seen.len() < 100 {
        seen.extend(told.recv_timeout(SOON).unwrap().ids.unwrap());
    }
    assert!(calls.try_recv().is_err(), "one call at a time");
    go.send(()).unwrap();
    calls.recv_timeout(SOON).unwrap();
    go.send(()).unwrap();
    // What is published next is told by the next call: the ninety-nine before were one.
    observers.publish(changed(Collection::Profile, [1]));
    calls.recv_timeout(SOON).unwrap();
    go.send(()).unwrap();
}

#[test]
fn the_end_of_an_observation_waits_for_the_call_that_is_under_way() {
    let observers = Observers::default();
    let (blocks, calls, go) = blocking();
    let subscription = observers.subscribe(Watched::All, blocks);
    observers.publish(changed(Collection::History, [1]));
    calls.recv_timeout(SOON).unwrap();
    let (send, ended) = mpsc::channel();
    let dropping = thread::spawn(move || {
        drop(subscription);
        send.send(()).unwrap();
    });
    // It has left the list before it waits.
    until(|| observers.0.lock().observers.is_empty());
    assert!(ended.try_recv().is_err(), "a call is under way");
    go.send(()).unwrap();
    ended.recv_timeout(SOON).unwrap();
    dropping.join().unwrap();
    observers.publish(changed(Collection::History, [2]));
    assert!(calls.recv().is_err(), "the observer is gone");
}

#[test]
fn one_that_blocks_for_ever_does_not_take_along_who_gets_rid_of_it() {
    let observers = Observers::default();
    let (blocks, calls, _go) = blocking();
    let subscription = observers.subscribe(Watched::All, blocks);
    observers.publish(changed(Collection::History, [1]));
    calls.recv_timeout(SOON).unwrap();
    drop(subscription);
    assert!(observers.0.lock().calls.len() == 1, "it blocks still");
}

/// Ends its own observation at the first notice.
struct Once {
    own: Mutex<Option<Subscription>>,
    told: mpsc::Sender<()>,
}
impl Observer for Once {
    fn on_change(&self, _: &Notice) {
        drop(self.own.lock().unwrap().take());
        self.told.send(()).unwrap();
    }
}

#[test]
fn an_observer_may_end_itself_in_its_call() {
    let observers = Observers::default();
    let (send, told) = mpsc::channel();
    let once = Arc::new(Once { own: Mutex::default(), told: send });
    let subscription = observers.subscribe(Watched::All, Arc::clone(&once) as _);
    *once.own.lock().unwrap() = Some(subscription);
    let started = std::time::Instant::now();
    observers.publish(changed(Collection::History, [1]));
    told.recv_timeout(SOON).unwrap();
    assert!(started.elapsed() < LONGEST_CALL, "it does not wait for itself");
    drop(once);
    observers.publish(changed(Collection::History, [2]));
    assert!(told.recv().is_err(), "told once");
}

#[test]
fn who_watches_a_record_hears_of_that_one_alone() {
    let observers = Observers::default();
    let (send, told) = mpsc::channel();
    let id = |n: u128| RecordId::from(uuid::Uuid::from_u128(n));
    let _one = observers.subscribe(Watched::Record(Collection::History, id(1)), Arc::new(Tell(send)));
    let (send, all) = mpsc::channel();
    let _all = observers.subscribe(records(Collection::Profile), Arc::new(Tell(send)));
    let next = || told.recv_timeout(SOON).unwrap();
    // Not its own: and the server's, so that it would show in the notice that comes.
    observers.publish(changed_by(Origin::Remote, Collection::History, [2, 3]));
    observers.publish(changed_by(Origin::Remote, Collection::Allergies, [1]));
    let mut queue = Changes::default();
    queue.topic(Topic::Queue, Origin::Remote);
    observers.publish(queue);
    observers.publish(changed(Collection::History, [1, 2]));
    let topic = Topic::Records(Collection::History);
    assert_eq!(next(), Notice { topic, ids: Some(vec![id(1)]), origin: Origin::Local }, "and nothing before");
    // So many that no ids are kept: it may be among them.
    observers.publish(changed(Collection::History, 10..1_000));
    assert_eq!(next().ids, Some(vec![id(1)]));
    observers.publish(changed(Collection::Profile, [9]));
    all.recv_timeout(SOON).unwrap();
    assert!(told.try_recv().is_err());
}

#[test]
fn the_threads_that_slow_observers_needed_end_when_these_return() {
    let observers = Observers::default();
    let slow: Vec<_> = (0..10).map(|_| blocking()).collect();
    let _kept: Vec<_> =
        slow.iter().map(|(blocks, ..)| observers.subscribe(Watched::All, Arc::clone(blocks) as _)).collect();
    observers.publish(changed(Collection::History, [1]));
    slow.iter().for_each(|(_, calls, _)| calls.recv_timeout(SOON).unwrap());
    assert!(observers.0.lock().threads >= slow.len(), "none waits for another");
    slow.iter().for_each(|(_, _, go)| go.send(()).unwrap());
    until(|| observers.0.lock().threads <= SPARE_THREADS);
}

fn until(done: impl Fn() -> bool) {
    let end = std::time::Instant::now() + SOON;
    while !done() {
        assert!(std::time::Instant::now() < end, "it does not come to that");
        thread::yield_now();
    }
}

#[test]
fn threads_end_with_the_last_observer() {
    let observers = Observers::default();
    let (send, told) = mpsc::channel();
    let both = [(); 2].map(|()| observers.subscribe(Watched::All, Arc::new(Tell(send.clone()))));
    for id in 0..50 {
        observers.publish(changed(Collection::History, [id]));
        told.recv_timeout(SOON).unwrap();
    }
    drop(both);
    until(|| observers.0.lock().threads == 0);
    let _again = observers.subscribe(Watched::All, Arc::new(Tell(send)));
    while told.try_recv().is_ok() {}
    observers.publish(changed(Collection::Settings, [1]));
    let notice = told.recv_timeout(SOON).unwrap();
    assert_eq!(notice.topic, Topic::Records(Collection::Settings), "and begin with the next");
}
