//! A damaged file gives way to a fresh one that holds every unsent write of it; the rest comes from the server.

mod store;

use super::verify::store::file_is_sound;
use super::{FoodLens, Session};
use crate::db::salvage::{self, intact};
use crate::db::{Account, Database, aside, file_for};
use crate::error::{ErrorKind, Result};
use crate::fields::Fields;
use crate::ids::{RecordId, UserId};
use crate::observe::Observers;
use crate::outbox::{lanes, store as outbox};
use crate::records::{self, Base, Row};
use crate::sync::lease::{HeldLock, Lock, lock};
use rusqlite::{Connection, Transaction};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long a run of this process has to end.
const QUIET: Duration = Duration::from_secs(30);

/// What a recovery found and did.
#[derive(Clone)]
pub struct Recovery {
    /// The user's session, on the fresh file or on the one that was sound.
    pub session: Session,
    /// Where the damaged file is now, as it was, with what lay beside it. The library never deletes it: keep it for
    /// support, or delete it when its loss is accepted. Personal data. `None`: the file was sound, nothing was done.
    pub set_aside: Option<PathBuf>,
    /// Unsent operations that are in the queue again, under their keys and in their order.
    pub salvaged: u64,
    /// Unsent operations that were found and cannot be read: those of them that still have their ids are held in the
    /// queue ([`crate::FailureReason::Unreadable`]), the others are only in the file that was set aside.
    pub unreadable: u64,
    /// The queue of the damaged file was read from end to end. `false`: there may have been more.
    pub complete: bool,
}

impl FoodLens {
    /// Goes on after [`ErrorKind::Corrupt`], from [`Self::session`] or from any call of a session: the damaged file is set
    /// aside beside the place where it was (renamed, never deleted, never written over), and a fresh one takes its place
    /// with all that no server can give back: every unsent operation that can still be read, with its key, its first
    /// attempt and its order; what was parked, parked (a question is raised anew by the server's answer); records that
    /// could not be read and legacy ones; the log of overwritten values; pause and
    /// [`Session::set_manual_merge`]. Everything else comes by the next syncs, as on a new phone: until then
    /// [`crate::AllergyList::complete`] is `false`, which a person should see.
    ///
    /// A file that is sound is left as it is, whatever made the app call; finding that out reads all of it. A session of
    /// this user in this process is closed if the file is damaged: use the one in [`Recovery`], and observe it anew.
    /// Killed at any point, the next [`Self::session`] or `recover` finishes it or does it again.
    ///
    /// Blocks, works offline, may be called from any thread; takes as long as reading the file, or, beside a run of sync
    /// that does not end, half a minute.
    ///
    /// # Errors
    /// As [`Self::session`], and [`ErrorKind::StorageBusy`] while another process syncs or recovers this user's data. On an
    /// error nothing has changed, and the same call may be made again.
    pub fn recover(&self, user: &UserId) -> Result<Recovery> {
        if let Some(session) = self.sound(user)? {
            return Ok(Recovery::nothing(session));
        }
        let account =
            Account { user, server: &self.parts.config.base_url, device_id: self.parts.env.new_uuid() };
        let path = file_for(&self.parts.config.data_dir, &account)?;
        let alone = alone(&path)?;
        // Another process may have done it meanwhile.
        if let Some(session) = self.sound(user)? {
            return Ok(Recovery::nothing(session));
        }
        let found = build(&path, account)?;
        let set_aside = aside::give_way(&path)?;
        drop(alone);
        log::warn!(
            "foodlens: a damaged database was set aside; unsent writes: {} salvaged, {} unreadable{}",
            found.salvaged,
            found.unreadable,
            if found.complete { "" } else { ", and there may have been more" }
        );
        let Found { salvaged, unreadable, complete } = found;
        Ok(Recovery { session: self.session(user)?, set_aside, salvaged, unreadable, complete })
    }

    /// The user's session, if the file is sound. If not, nobody in this process has it open afterwards.
    fn sound(&self, user: &UserId) -> Result<Option<Session>> {
        let session = match self.session(user) {
            Ok(session) => session,
            Err(error) if matches!(error.kind(), ErrorKind::Corrupt { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        match session.read(file_is_sound) {
            Ok(true) => return Ok(Some(session)),
            Ok(false) => {}
            Err(error) if matches!(error.kind(), ErrorKind::Corrupt { .. }) => {}
            Err(error) => return Err(error),
        }
        if !session.quiesce(QUIET) {
            return Err(ErrorKind::StorageBusy.into());
        }
        session.close();
        Ok(None)
    }
}

impl Recovery {
    fn nothing(session: Session) -> Self {
        Self { session, set_aside: None, salvaged: 0, unreadable: 0, complete: true }
    }
}

/// Finishes what a process began that was killed: the fresh file was complete, and the damaged one had not given way.
pub(super) fn finish(path: &Path) -> Result<()> {
    let _alone = alone(path)?;
    if aside::is_due(path)? {
        aside::give_way(path)?;
        log::warn!("foodlens: a damaged database was set aside; its unsent writes were salvaged");
    }
    Ok(())
}

/// Nobody else syncs this file or puts another in its place, as far as the file system knows locks.
fn alone(path: &Path) -> Result<Option<HeldLock>> {
    match lock(path) {
        Lock::Held(lock) => Ok(Some(lock)),
        Lock::HeldByOther => Err(ErrorKind::StorageBusy.into()),
        Lock::Unsupported => Ok(None),
    }
}

/// What was found of the queue.
struct Found {
    salvaged: u64,
    unreadable: u64,
    complete: bool,
}

/// Builds the fresh file, complete, under the name that says so.
fn build(path: &Path, account: Account<'_>) -> Result<Found> {
    let from = salvage::reader(path)?;
    let building = aside::building_place(path)?;
    let device_id = store::device_id(&from)?.unwrap_or(account.device_id);
    let account = Account { device_id, ..account };
    let fresh = Database::open(&building, &account, Observers::default())?;
    let found = fresh.write(|tx, _| carry_over(&from, tx, account.user))?;
    fresh.close_into_one_file()?;
    aside::complete(path)?;
    Ok(found)
}

/// All that no server can give back.
fn carry_over(from: &Connection, tx: &Transaction<'_>, user: &UserId) -> Result<Found> {
    store::settings(from, tx)?;
    store::beside(from, tx)?;
    let queue = store::operations(from, tx, user)?;
    store::waits(from, tx, &queue)?;
    let mut found = Found { salvaged: 0, unreadable: queue.lost, complete: queue.complete };
    let lanes: BTreeSet<_> = queue.carried.iter().map(|one| (one.collection, one.record_id)).collect();
    for (collection, id) in lanes {
        let spec = collection.spec();
        let waiting = outbox::waiting(tx, collection, id)?;
        let unreadable = waiting.iter().filter(|operation| !operation.readable).count() as u64;
        found.unreadable += unreadable;
        found.salvaged += waiting.len() as u64 - unreadable;
        let made = waiting.first().map_or(0, |head| head.created_at);
        let row = intact(records::get(from, spec, id))?.flatten().unwrap_or_else(|| blank(id, made));
        let server = row.server_copy().cloned();
        records::refresh(tx, spec, row, server, &waiting)?;
        lanes::release(tx, collection, id)?;
    }
    Ok(found)
}

/// A record of which only its edits are left.
fn blank(id: RecordId, made: i64) -> Row {
    Row {
        id,
        server_id: None,
        version: None,
        body: Fields::new(),
        base: Base::Absent,
        deleted: true,
        created_at: made,
        updated_at: made,
    }
}
