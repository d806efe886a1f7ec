//! Notices after commit: which collections and records changed. Delivered on a thread of their own, conflated, so that
//! a slow or broken observer delays nobody.

use crate::collection::Collection;
use crate::ids::RecordId;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};

/// More changed records than this in one notice are told as "many".
const MAX_IDS: usize = 256;

/// Something that changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Topic {
    /// Records of a collection.
    Records(Collection),
    /// The queue of operations.
    Queue,
    /// The open conflicts.
    Conflicts,
    /// The sync status.
    Status,
}

/// Where a change came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// A call on this device.
    Local,
    /// The server.
    Remote,
    /// Both, since the last notice.
    Both,
}

/// One conflated notice: everything that changed in a topic since the observer was last told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// What changed.
    pub topic: Topic,
    /// The records that changed; `None`: too many to name (over 256), read the list again.
    pub ids: Option<Vec<RecordId>>,
    /// Where the change came from.
    pub origin: Origin,
}

/// Told about changes, on a thread of the library, one call at a time. A panic is caught and logged.
pub trait Observer: Send + Sync {
    /// Something changed and is committed. Read what you show; the notice itself carries no data.
    fn on_change(&self, notice: &Notice);
}

#[derive(Debug, Clone, Default)]
struct Change {
    ids: BTreeSet<RecordId>,
    many: bool,
    local: bool,
    remote: bool,
}

impl Change {
    fn merge(&mut self, other: &Self) {
        self.many |= other.many;
        self.local |= other.local;
        self.remote |= other.remote;
        self.ids.extend(&other.ids);
        if self.many || self.ids.len() > MAX_IDS {
            self.many = true;
            self.ids.clear();
        }
    }
}

/// What a transaction has changed, collected while it runs.
#[derive(Debug, Default)]
pub(crate) struct Changes(BTreeMap<Topic, Change>);

impl Changes {
    pub fn record(&mut self, collection: Collection, id: RecordId, origin: Origin) {
        self.add(Topic::Records(collection), Some(id), origin);
    }

    pub fn topic(&mut self, topic: Topic, origin: Origin) {
        self.add(topic, None, origin);
    }

    /// Whether a topic is among them.
    pub fn has(&self, topic: Topic) -> bool {
        self.0.contains_key(&topic)
    }

    fn add(&mut self, topic: Topic, id: Option<RecordId>, origin: Origin) {
        let change = Change {
            ids: id.into_iter().collect(),
            many: false,
            local: origin != Origin::Remote,
            remote: origin != Origin::Local,
        };
        self.0.entry(topic).or_default().merge(&change);
    }
}

struct Registered {
    id: u64,
    topic: Option<Topic>,
    observer: Arc<dyn Observer>,
    pending: BTreeMap<Topic, Change>,
}

#[derive(Default)]
struct State {
    observers: Vec<Registered>,
    thread_runs: bool,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    wake: Condvar,
    next_id: AtomicU64,
}

/// The observers of one session.
#[derive(Clone, Default)]
pub(crate) struct Observers(Arc<Shared>);

/// Keeps an observer registered; dropping it ends the observation.
#[must_use = "dropping the subscription ends it"]
pub struct Subscription {
    shared: Weak<Shared>,
    id: u64,
}

impl Observers {
    /// Registers an observer for one topic, or for all.
    pub fn subscribe(&self, topic: Option<Topic>, observer: Arc<dyn Observer>) -> Subscription {
        let id = self.0.next_id.fetch_add(1, Ordering::Relaxed);
        let mut state = self.0.lock();
        state.observers.push(Registered { id, topic, observer, pending: BTreeMap::new() });
        if !state.thread_runs {
            // Only sessions that are observed pay for a thread; it ends with its last observer.
            let shared = Arc::clone(&self.0);
            let started =
                std::thread::Builder::new().name("foodlens-notices".into()).spawn(move || deliver(&shared));
            state.thread_runs = started.is_ok();
            if started.is_err() {
                log::error!("foodlens: no thread for notices; observers will not be told");
            }
        }
        Subscription { shared: Arc::downgrade(&self.0), id }
    }

    /// Hands the changes of a committed transaction to the observers' thread.
    pub fn publish(&self, changes: Changes) {
        if changes.0.is_empty() {
            return;
        }
        let mut state = self.0.lock();
        for registered in &mut state.observers {
            for (topic, change) in &changes.0 {
                if registered.topic.is_none_or(|wanted| wanted == *topic) {
                    registered.pending.entry(*topic).or_default().merge(change);
                }
            }
        }
        drop(state);
        self.0.wake.notify_one();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        if let Some(shared) = self.shared.upgrade() {
            shared.lock().observers.retain(|registered| registered.id != self.id);
            shared.wake.notify_one();
        }
    }
}

/// The notices thread: takes what is pending for one observer, calls it without the lock, and so on.
fn deliver(shared: &Shared) {
    let mut state = shared.lock();
    loop {
        if state.observers.is_empty() {
            state.thread_runs = false;
            return;
        }
        let due = state.observers.iter_mut().find_map(|registered| {
            let (topic, change) = registered.pending.pop_first()?;
            Some((Arc::clone(&registered.observer), topic, change))
        });
        match due {
            None => state = shared.wake.wait(state).unwrap_or_else(PoisonError::into_inner),
            Some((observer, topic, change)) => {
                drop(state);
                call(observer.as_ref(), &notice(topic, change));
                state = shared.lock();
            }
        }
    }
}

fn notice(topic: Topic, change: Change) -> Notice {
    let origin = match (change.local, change.remote) {
        (true, true) => Origin::Both,
        (false, true) => Origin::Remote,
        _ => Origin::Local,
    };
    let ids = (!change.many).then(|| change.ids.into_iter().collect());
    Notice { topic, ids, origin }
}

fn call(observer: &dyn Observer, notice: &Notice) {
    if catch_unwind(AssertUnwindSafe(|| observer.on_change(notice))).is_err() {
        log::error!("foodlens: an observer panicked; it stays registered");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;
    use std::time::Duration;

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
        let mut changes = Changes::default();
        for id in ids {
            changes.record(collection, uuid::Uuid::from_u128(id).into(), Origin::Local);
        }
        changes
    }

    #[test]
    fn a_panicking_observer_harms_nobody_and_a_dropped_one_is_silent() {
        let observers = Observers::default();
        let (send, told) = mpsc::channel();
        let _broken = observers.subscribe(None, Arc::new(Panics));
        let topic = Topic::Records(Collection::History);
        let subscription = observers.subscribe(Some(topic), Arc::new(Tell(send)));
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
}
