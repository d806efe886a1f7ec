//! Opening a user's data, and what is done where it was copied from another device or put back from a backup.

use super::{FoodLens, Inner, Session, recover, state};
use crate::db::Wiping;
use crate::db::{Account, Database, Entry, Place, Standing, aside, set_device};
use crate::error::Result;
use crate::ids::UserId;
use crate::observe::Observers;
use crate::outbox::store as outbox;
use std::path::Path;
use std::sync::{Arc, PoisonError, Weak};

impl FoodLens {
    /// Opens a user's data, making it when this is the first time. Works offline. Every call for the same user gives
    /// the same session while one is open. What was sealed by a sign-out is there again, its queue included.
    ///
    /// A database that came from another device or out of a backup becomes one of its own: what waits in it is sent under
    /// its old keys, so that nothing takes effect twice, after what happened since has come from the server; until then
    /// the allergy list says that it is not complete.
    ///
    /// Looks at as much of the file as an open needs, not at every page: damage further in is told by the call that meets
    /// it, or by [`Session::verify`], which looks at everything.
    ///
    /// # Errors
    /// Storage errors; [`crate::ErrorKind::NeedsNewerApp`], [`crate::ErrorKind::WrongAccount`],
    /// [`crate::ErrorKind::Corrupt`] and [`crate::ErrorKind::StoreMissing`] ([`Self::recover`] goes on from these two): what
    /// is there is left as it is in each of these cases.
    pub fn session(&self, user: &UserId) -> Result<Session> {
        self.enter(user, Entry::SignIn)
    }

    /// As [`Self::session`], for work in the background: only where the user is signed in. A late worker opens nothing
    /// that a sign-out has sealed.
    ///
    /// # Errors
    /// [`crate::ErrorKind::SignedOut`] when the user is not signed in here; as [`Self::session`].
    pub fn signed_in_session(&self, user: &UserId) -> Result<Session> {
        self.enter(user, Entry::SignedIn)
    }

    fn enter(&self, user: &UserId, entry: Entry) -> Result<Session> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|_, session| session.strong_count() > 0);
        if let Some(inner) = open.get(user).and_then(Weak::upgrade).filter(|inner| inner.db.is_usable()) {
            return Ok(Session { inner });
        }
        let (data_dir, mark_dir) = self.folders();
        // Whoever opens anything here ends what a death has left half deleted.
        Place::wiping_in(data_dir, mark_dir)?.iter().try_for_each(Wiping::resume)?;
        let account = self.account(user);
        let place = Place::of(data_dir, mark_dir, &account)?;
        if aside::is_due(&place.database())? {
            recover::finish(&place)?;
        }
        let observers = Observers::default();
        let (db, standing) = Database::open(place, &account, entry, observers.clone())?;
        let inner = Inner {
            db,
            user: user.clone(),
            observers,
            parts: Arc::clone(&self.parts),
            flights: Arc::default(),
        };
        if standing == Standing::Copied {
            become_a_device(&inner)?;
        }
        let inner = Arc::new(inner);
        open.insert(user.clone(), Arc::downgrade(&inner));
        Ok(Session { inner })
    }

    /// Deletes everything that this device holds of a user, signed in or not, what was never sent included: there is no
    /// way back. [`Session::sign_out`] shows before what would be lost. Sessions of the user end.
    ///
    /// # Errors
    /// [`crate::ErrorKind::StorageBusy`] while another process does the same; storage errors: the next opening of
    /// anything goes on with it.
    pub fn wipe(&self, user: &UserId) -> Result<()> {
        if let Some(inner) = self.opened(user) {
            return Session { inner }.wipe(None);
        }
        let (data_dir, mark_dir) = self.folders();
        Wiping::begin(&Place::of(data_dir, mark_dir, &self.account(user))?)?.confirm()
    }

    /// Whether this device has data of this user, signed in or not. Opens nothing.
    pub(crate) fn has_store(&self, user: &UserId) -> Result<bool> {
        let (data_dir, mark_dir) = self.folders();
        Ok(Place::of(data_dir, mark_dir, &self.account(user))?.database().try_exists()?)
    }

    fn opened(&self, user: &UserId) -> Option<Arc<Inner>> {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.get(user).and_then(Weak::upgrade).filter(|inner| inner.db.is_usable())
    }

    pub(super) fn folders(&self) -> (&Path, &Path) {
        let config = &self.parts.config;
        (&config.data_dir, config.mark_dir.as_ref().unwrap_or(&config.data_dir))
    }

    pub(super) fn account<'a>(&'a self, user: &'a UserId) -> Account<'a> {
        Account { user, server: &self.parts.config.base_url, device_id: self.parts.env.new_uuid() }
    }
}

/// The database was another device's, or this one's at an earlier time: whatever waits may have been sent since.
fn become_a_device(inner: &Inner) -> Result<()> {
    log::warn!(
        "foodlens: the database was copied or put back; what waits keeps its keys, and the server is asked first"
    );
    inner.edit(|writer| {
        outbox::may_have_been_sent(writer.tx, writer.now)?;
        state::doubt_completeness(writer.tx)?;
        set_device(writer.tx, writer.env.new_uuid())
    })?;
    inner.db.settle_copy()
}
