//! Opening a user's data, and what is done where it was copied from another device or put back from a backup.

use super::{FoodLens, Inner, OpenSessions, Session, recover, state};
use crate::db::{
    self, Account, Database, DatabaseKey, Entry, FileKey, Place, Standing, Wiping, aside, set_device,
};
use crate::error::{ErrorKind, Result};
use crate::ids::UserId;
use crate::lock::MutexGuard;
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
    /// With [`crate::Hooks::keys`], a plain database becomes an encrypted one here, which takes its time and room for a
    /// second copy; a death on the way leaves the plain one, and the next call begins anew.
    ///
    /// # Errors
    /// Storage errors ([`ErrorKind::StorageBusy`] also while another process has a plain database open that should become
    /// encrypted); [`ErrorKind::NeedsNewerApp`], [`ErrorKind::WrongAccount`], [`ErrorKind::WrongKey`],
    /// [`ErrorKind::KeyUnavailable`], [`ErrorKind::Corrupt`] and [`ErrorKind::StoreMissing`] ([`Self::recover`] goes on from
    /// the last two): what is there is left as it is in each of these cases; [`ErrorKind::Config`] for keys in a build without
    /// encryption.
    pub fn session(&self, user: &UserId) -> Result<Session> {
        self.enter(user, Entry::SignIn)
    }

    /// As [`Self::session`], for work in the background: only where the user is signed in. A late worker opens nothing
    /// that a sign-out has sealed.
    ///
    /// # Errors
    /// [`ErrorKind::SignedOut`] when the user is not signed in here; as [`Self::session`].
    pub fn signed_in_session(&self, user: &UserId) -> Result<Session> {
        self.enter(user, Entry::SignedIn)
    }

    fn enter(&self, user: &UserId, entry: Entry) -> Result<Session> {
        if let Some(inner) = self.opened(user) {
            return Ok(Session { inner });
        }
        // Asked for with no lock held; so another thread may have opened the session meanwhile.
        let key = self.key(user)?.map(|key| self.file_key(key)).transpose()?;
        let mut open = self.lock();
        if let Some(inner) = in_use(&mut open, user) {
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
        let (db, standing) = Database::open(place, &account, key.as_ref(), entry, observers.clone())?;
        let inner = Inner {
            db: Arc::new(db),
            user: user.clone(),
            observers,
            parts: Arc::clone(&self.parts),
            flights: Arc::default(),
        };
        if standing == Standing::Copied && !sabotaged!(ReplicaReused) {
            become_a_device(&inner)?;
        }
        let inner = Arc::new(inner);
        open.insert(user.clone(), Arc::downgrade(&inner));
        Ok(Session { inner })
    }

    /// Writes a user's database anew under another key, while no session of theirs is open; the key provider gives the
    /// present key meanwhile, and the new one from then on. A plain database becomes an encrypted one. Takes room for a
    /// second copy.
    ///
    /// After a death on the way the database is whole, under the one key or the other: keep both until this has returned
    /// `Ok`, and call it again in the same way. What the new key opens already is left as it is, and so is a user without a
    /// database.
    ///
    /// # Errors
    /// [`ErrorKind::SessionOpen`]; as [`Self::session`] for the present key; storage errors. On an error the present key
    /// stays, unless the storage failed after the change itself: then, too, call it again.
    pub fn rekey(&self, user: &UserId, new: &DatabaseKey) -> Result<()> {
        let (present, new) = (self.key(user)?, self.file_key(new.clone())?);
        let mut open = self.lock();
        if in_use(&mut open, user).is_some() {
            return Err(ErrorKind::SessionOpen.into());
        }
        let (data_dir, mark_dir) = self.folders();
        let account = self.account(user);
        db::rekey(&Place::of(data_dir, mark_dir, &account)?, &account, present.as_ref(), &new)
    }

    /// Deletes everything that this device holds of a user, signed in or not, what was never sent included: there is no
    /// way back. [`Session::sign_out`] shows before what would be lost. Sessions of the user end.
    ///
    /// # Errors
    /// [`ErrorKind::StorageBusy`] while another process does the same; storage errors: the next opening of
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
        in_use(&mut self.lock(), user)
    }

    fn lock(&self) -> MutexGuard<'_, OpenSessions> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The app's key for this user's database; `None`: it gives none to any.
    pub(super) fn key(&self, user: &UserId) -> Result<Option<DatabaseKey>> {
        let key = self.parts.hooks.keys.as_ref().map(|keys| keys.key(user));
        key.transpose().map_err(|_| ErrorKind::KeyUnavailable.into())
    }

    pub(super) fn file_key(&self, key: DatabaseKey) -> Result<FileKey> {
        FileKey::new(key, self.parts.env.random())
    }

    pub(super) fn folders(&self) -> (&Path, &Path) {
        let config = &self.parts.config;
        (&config.data_dir, config.mark_dir.as_ref().unwrap_or(&config.data_dir))
    }

    pub(super) fn account<'a>(&'a self, user: &'a UserId) -> Account<'a> {
        Account { user, server: &self.parts.config.base_url, device_id: self.parts.env.new_uuid() }
    }
}

/// The session of this user that is open. Those that have ended are forgotten.
fn in_use(open: &mut OpenSessions, user: &UserId) -> Option<Arc<Inner>> {
    open.retain(|_, session| session.strong_count() > 0);
    open.get(user).and_then(Weak::upgrade).filter(|inner| inner.db.is_usable())
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
