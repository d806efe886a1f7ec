//! Notices after commit: which collections and records changed. Delivered on threads of their own, conflated, so that
//! a slow or broken observer delays nobody, no other observer either.

use crate::collection::Collection;
use crate::ids::RecordId;
use crate::lock::{Condvar, Mutex, MutexGuard};
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, Weak};
use std::thread::{self, ThreadId};
use std::time::Duration;

/// More changed records than this in one notice are told as "many".
const MAX_IDS: usize = 256;
/// Threads that wait for notices; more end after their call. Two, so that a call starts no thread as a rule.
const SPARE_THREADS: usize = 2;
/// How long the end of an observation waits for the call that is under way. An observer that blocks for ever must not
/// take along the one who gets rid of it.
const LONGEST_CALL: Duration = Duration::from_secs(2);

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
    /// The records that changed; `None`: too many to name (over 256), or the session has ended; read the list again.
    pub ids: Option<Vec<RecordId>>,
    /// Where the change came from.
    pub origin: Origin,
}

/// Told about changes, on a thread of the library, one call at a time for each subscription. A panic is caught and
/// logged; one that blocks gets no more notices until it returns, and nobody else is kept waiting.
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
        self.limit();
    }

    /// Of too many to name, none is kept.
    fn limit(&mut self) {
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

    /// Nothing is as it was: who looks at anything reads it again.
    pub fn everything() -> Self {
        let records = Collection::ALL.into_iter().map(Topic::Records);
        let topics = records.chain([Topic::Queue, Topic::Conflicts, Topic::Status]);
        let change = Change { many: true, local: true, ..Change::default() };
        Self(topics.map(|topic| (topic, change.clone())).collect())
    }

    /// Whether a topic is among them.
    pub fn has(&self, topic: Topic) -> bool {
        self.0.contains_key(&topic)
    }

    fn add(&mut self, topic: Topic, id: Option<RecordId>, origin: Origin) {
        let change = self.0.entry(topic).or_default();
        change.local |= origin != Origin::Remote;
        change.remote |= origin != Origin::Local;
        if !change.many {
            change.ids.extend(id);
            change.limit();
        }
    }
}

/// What an observer wants to hear of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Watched {
    All,
    Topic(Topic),
    Record(Collection, RecordId),
}

impl Watched {
    /// What of a change in a topic concerns it.
    fn part_of(self, topic: Topic, change: &Change) -> Option<Change> {
        match self {
            Self::All => Some(change.clone()),
            Self::Topic(wanted) => (wanted == topic).then(|| change.clone()),
            Self::Record(collection, id) => {
                let concerned =
                    topic == Topic::Records(collection) && (change.many || change.ids.contains(&id));
                concerned.then(|| Change { ids: [id].into(), many: false, ..*change })
            }
        }
    }
}

struct Registered {
    id: u64,
    watched: Watched,
    observer: Arc<dyn Observer>,
    pending: BTreeMap<Topic, Change>,
}

#[derive(Default)]
struct State {
    observers: Vec<Registered>,
    /// The observers that are being called, and where.
    calls: BTreeMap<u64, ThreadId>,
    threads: usize,
    /// How many of them wait for something to tell.
    idle: usize,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    wake: Condvar,
    /// A call has returned.
    returned: Condvar,
    next_id: AtomicU64,
}

/// The observers of one session.
#[derive(Clone, Default)]
pub(crate) struct Observers(Arc<Shared>);

/// Keeps an observer registered; dropping it ends the observation. Once the drop has returned no call comes any more: it
/// waits for one that is under way (at most two seconds), unless it is dropped within that very call.
#[must_use = "dropping the subscription ends it"]
pub struct Subscription {
    shared: Weak<Shared>,
    id: u64,
}

impl Observers {
    /// Registers an observer.
    pub fn subscribe(&self, watched: Watched, observer: Arc<dyn Observer>) -> Subscription {
        let id = self.0.next_id.fetch_add(1, Ordering::Relaxed);
        let mut state = self.0.lock();
        state.observers.push(Registered { id, watched, observer, pending: BTreeMap::new() });
        if state.threads == 0 {
            // Only sessions that are observed pay for threads; they end with the last observer.
            start_thread(&self.0, &mut state);
        }
        Subscription { shared: Arc::downgrade(&self.0), id }
    }

    /// Hands the changes of a committed transaction to the observers' threads.
    pub fn publish(&self, changes: Changes) {
        if changes.0.is_empty() {
            return;
        }
        let mut state = self.0.lock();
        for registered in &mut state.observers {
            for (topic, change) in &changes.0 {
                if let Some(part) = registered.watched.part_of(*topic, change) {
                    registered.pending.entry(*topic).or_default().merge(&part);
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

impl State {
    /// Something to tell, to an observer that is not being called.
    fn take_due(&mut self) -> Option<(u64, Arc<dyn Observer>, Topic, Change)> {
        let calls = &self.calls;
        let mut free = self.observers.iter_mut().filter(|registered| !calls.contains_key(&registered.id));
        free.find_map(|registered| {
            let (topic, change) = registered.pending.pop_first()?;
            Some((registered.id, Arc::clone(&registered.observer), topic, change))
        })
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let Some(shared) = self.shared.upgrade() else { return };
        let mut state = shared.lock();
        let place = state.observers.iter().position(|registered| registered.id == self.id);
        let removed = place.map(|place| state.observers.remove(place));
        shared.wake.notify_all();
        let under_way =
            |state: &mut State| state.calls.get(&self.id).is_some_and(|at| *at != thread::current().id());
        let waited = shared.returned.wait_timeout_while(state, LONGEST_CALL, under_way);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
        // The app's own code may run here, and may drop another subscription: not under the lock.
        drop(removed);
    }
}

fn start_thread(shared: &Arc<Shared>, state: &mut State) {
    let own = Arc::clone(shared);
    let started = thread::Builder::new().name("foodlens-notices".into()).spawn(move || deliver(&own));
    match started {
        Ok(_) => state.threads += 1,
        Err(_) => log::error!("foodlens: no thread for notices; observers are told late or not at all"),
    }
}

/// A thread for notices: takes what is pending for one observer, calls it without the lock, and so on. While it calls,
/// another one waits for what comes.
fn deliver(shared: &Arc<Shared>) {
    let mut state = shared.lock();
    while !state.observers.is_empty() {
        let Some((id, observer, topic, change)) = state.take_due() else {
            if state.idle >= SPARE_THREADS {
                break;
            }
            state.idle += 1;
            state = shared.wake.wait(state).unwrap_or_else(PoisonError::into_inner);
            state.idle -= 1;
            continue;
        };
        state.calls.insert(id, thread::current().id());
        if state.idle == 0 {
            start_thread(shared, &mut state);
        } else {
            // There may be more to tell than this.
            shared.wake.notify_one();
        }
        drop(state);
        call(observer.as_ref(), &notice(topic, change));
        drop(observer);
        state = shared.lock();
        state.calls.remove(&id);
        shared.returned.notify_all();
    }
    state.threads -= 1;
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
mod tests;
