//! Suspending: who comes is refused, who is inside goes to the end, and the last one out closes every connection, so that no
//! file is locked any more. The first one in after that opens them again.

use super::mark::{self, Found, Standing};
use super::{Database, account, lock, open};
use crate::error::{Error, ErrorKind, Result};
use crate::lock::{Condvar, Mutex, MutexGuard};
use crate::observe::Changes;
use std::sync::PoisonError;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// Who uses the connections, and whether anybody may.
#[derive(Default)]
pub(super) struct Gate {
    state: Mutex<State>,
    /// Asleep, or open again.
    settled: Condvar,
}

#[derive(Default)]
pub(super) struct State {
    shut: bool,
    /// Calls under way.
    inside: usize,
    /// The connections are closed; which copy of the data they were to.
    asleep: Option<Uuid>,
}

/// What a call that comes has to do.
#[derive(Debug, PartialEq, Eq)]
enum Coming {
    GoIn,
    /// Opens the connections to this copy again, then goes in.
    Wake(Uuid),
    Refused,
}

impl State {
    fn coming(&self) -> Coming {
        match (self.shut, self.asleep) {
            (true, _) => Coming::Refused,
            (false, Some(left)) => Coming::Wake(left),
            (false, None) => Coming::GoIn,
        }
    }

    fn may_sleep(&self) -> bool {
        self.shut && self.inside == 0 && self.asleep.is_none()
    }
}

/// A call under way, until it is dropped.
pub(super) struct Inside<'a>(&'a Database);

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        let mut state = lock(&self.0.gate.state);
        state.inside -= 1;
        self.0.sleep_if_due(&mut state);
    }
}

impl Database {
    /// Refuses calls from now on ([`ErrorKind::Suspended`]) and waits, at most `longest`, until those under way have ended and
    /// every connection is closed. `false`: the time was up, and the last one closes them; or it was resumed meanwhile.
    pub fn suspend(&self, longest: Duration) -> bool {
        let deadline = Instant::now().checked_add(longest);
        let mut state = lock(&self.gate.state);
        state.shut = true;
        self.sleep_if_due(&mut state);
        while state.shut && state.asleep.is_none() {
            let left = deadline.map_or(Duration::MAX, |at| at.saturating_duration_since(Instant::now()));
            if left.is_zero() {
                return false;
            }
            let waited = self.gate.settled.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        state.shut
    }

    /// Lets calls in again. Opens nothing itself, and tells the observers: what they could not read meanwhile, they read now.
    pub fn resume(&self) {
        let mut state = lock(&self.gate.state);
        if std::mem::take(&mut state.shut) {
            drop(state);
            self.gate.settled.notify_all();
            self.observers.publish(Changes::everything());
        }
    }

    pub(super) fn come_in(&self) -> Result<Inside<'_>> {
        let mut state = lock(&self.gate.state);
        match state.coming() {
            Coming::GoIn => {}
            Coming::Wake(left) => {
                self.wake(left)?;
                state.asleep = None;
            }
            Coming::Refused => return Err(ErrorKind::Suspended.into()),
        }
        state.inside += 1;
        Ok(Inside(self))
    }

    /// Nobody sleeps or wakes while this is held. What is closed is not asleep any more.
    pub(super) fn no_more_sleep(&self) -> MutexGuard<'_, State> {
        let mut state = lock(&self.gate.state);
        (state.shut, state.asleep) = (false, None);
        self.gate.settled.notify_all();
        state
    }

    fn sleep_if_due(&self, state: &mut State) {
        if state.may_sleep() {
            state.asleep = Some(self.close_connections());
            self.gate.settled.notify_all();
        }
    }

    /// Closes what is open, and gives which copy of the data it was to. SQLite brings its log into the file and takes it away.
    fn close_connections(&self) -> Uuid {
        let idle = lock(&self.readers).as_mut().map(std::mem::take);
        let mut writer = lock(&self.writer);
        // Before the log goes, with the last connection: a death in between must not look like a lost one.
        let _ = self.mark.update(|mark| mark.in_use = false);
        drop(idle);
        if let Some(opened) = &mut *writer {
            // Nobody is inside, so nothing is open on it.
            *opened = None;
        }
        match self.mark.read() {
            Ok((Found::Mark(mark), _)) => mark.device,
            // No copy at all: it has to be opened as a new session is.
            _ => Uuid::nil(),
        }
    }

    /// Opens the file again, if it is the one that was left: while nobody held it, another process may have put another in its
    /// place, under the same number of the file system.
    fn wake(&self, left: Uuid) -> Result<()> {
        self.still_there()?;
        let (log, (found, inode)) = (self.place.log().exists(), self.mark.read()?);
        let conn = open::again(&self.place.database(), self.secret.as_ref())?;
        let stored = account::stored(&conn).map_err(open::as_damage)?;
        if stored.device != left || mark::standing(&found, inode, stored, log) != Standing::Ours {
            return Err(Error::from(ErrorKind::Closed));
        }
        open::read_only(&conn)?;
        self.mark.update(|mark| mark.in_use = true)?;
        if let Some(idle) = &mut *lock(&self.readers) {
            idle.push(conn);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
