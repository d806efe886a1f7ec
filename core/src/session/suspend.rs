//! Letting go of every file while the app is suspended, and taking them up again.

use super::Session;
use std::time::{Duration, Instant};

impl Session {
    /// Lets go of every file, for an app that is about to be suspended by the system (iOS ends an app that is suspended with a
    /// file locked in a shared container): a running sync is cancelled and ends with [`crate::NextStep::MoreWork`], reads and
    /// writes under way go to their end, and every connection to the database is closed. Blocks, at most `longest`. `true`:
    /// this session holds no lock and has no file open. `false`: the time was up before, or the session was resumed
    /// meanwhile; what is still under way (an export, say, or a hook of the app's) lets go when it ends.
    ///
    /// Until [`Self::resume`], every call on any handle gives [`crate::ErrorKind::Suspended`] and does nothing; subscriptions
    /// stay. Opening the user's session meanwhile gives this one, suspended as it is. Harmless when repeated. Not to be
    /// called by a hook: the run that waits for it cannot end.
    #[must_use]
    pub fn suspend(&self, longest: Duration) -> bool {
        let began = Instant::now();
        let no_run = self.inner.flights.suspend(longest);
        let asleep = self.inner.db.suspend(longest.saturating_sub(began.elapsed()));
        no_run && asleep
    }

    /// Goes on after [`Self::suspend`]. Returns at once: the next call opens the files. Observers are told as of a change of
    /// everything they watch. Harmless when nothing is suspended.
    ///
    /// When another process has signed the user out meanwhile, or has put another file in the place of this one, the next call
    /// says so ([`crate::ErrorKind::SignedOut`], [`crate::ErrorKind::Closed`], [`crate::ErrorKind::StoreMissing`]).
    pub fn resume(&self) {
        self.inner.flights.resume();
        self.inner.db.resume();
    }
}
