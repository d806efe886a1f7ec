//! A damaged file gives way to a fresh one that holds every unsent write of it; the rest comes from the server.

mod store;

use super::verify::store::file_is_sound;
use super::{FoodLens, Session};
use crate::db::salvage::{self, Wreck};
use crate::db::{Account, FileKey, Place, Transaction, Wiping, aside};
use crate::error::{ErrorKind, Result};
use crate::ids::UserId;
use crate::outbox::{lanes, store as outbox};
use crate::records::{self, Row};
use crate::sync::lease::{HeldLock, Lock, lock};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

/// How long a run of this process has to end.
const QUIET: Duration = Duration::from_secs(30);

/// What a recovery found and did.
#[derive(Clone)]
pub struct Recovery {
    /// The user's session, on the fresh file or on the one that was sound.
    pub session: Session,
    /// Where the damaged file is now, as it was, with what lay beside it. The library never deletes it: keep it for
    /// support, or delete it when its loss is accepted. Personal data; [`FoodLens::wipe`] deletes it. `None`: the file was
    /// sound and nothing was done, or (not [`Self::complete`]) none was left.
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
    /// Goes on after [`ErrorKind::Corrupt`] or [`ErrorKind::StoreMissing`], from [`Self::session`] or from any call of a
    /// session: the damaged file is set aside beside the place where it was (renamed, never deleted, never written over),
    /// and a fresh one takes its place with all that no server can give back: every unsent operation that can still be read, with its key, its first
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
        let (data_dir, mark_dir) = self.folders();
        let account = self.account(user);
        let place = Place::of(data_dir, mark_dir, &account)?;
        let alone = alone(&place)?;
        // Another process may have done it meanwhile.
        if let Some(session) = self.sound(user)? {
            return Ok(Recovery::nothing(session));
        }
        let key = self.key(user)?.map(|key| self.file_key(key)).transpose()?;
        let from = salvage::reader(&place, key.as_ref())?;
        if from.as_ref().is_some_and(|from| from.is_wiped()) {
            // The person has given it up: there is nothing to go on with.
            Wiping::begin(&place)?.confirm()?;
            return Ok(Recovery::nothing(self.session(user)?));
        }
        let found = build(&place, account, key.as_ref(), from, self.parts.env.now_ms())?;
        let set_aside = aside::give_way(&place.database())?;
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
            Err(error) if is_lost(error.kind()) => return Ok(None),
            Err(error) => return Err(error),
        };
        match session.read(file_is_sound) {
            Ok(true) => return Ok(Some(session)),
            Ok(false) => {}
            Err(error) if is_lost(error.kind()) => {}
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

fn is_lost(kind: &ErrorKind) -> bool {
    matches!(kind, ErrorKind::Corrupt { .. } | ErrorKind::StoreMissing)
}

/// Finishes what a process began that was killed: the fresh file was complete, and the damaged one had not given way.
pub(super) fn finish(place: &Place) -> Result<()> {
    let _alone = alone(place)?;
    if aside::is_due(&place.database())? {
        aside::give_way(&place.database())?;
        log::warn!("foodlens: a damaged database was set aside; its unsent writes were salvaged");
    }
    Ok(())
}

/// Nobody else syncs this file or puts another in its place, as far as the file system knows locks.
fn alone(place: &Place) -> Result<Option<HeldLock>> {
    match lock(&place.database()) {
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

/// Builds the fresh file, complete. `from`: the damaged one; `None`: there is none left.
fn build(
    place: &Place,
    account: Account<'_>,
    key: Option<&FileKey>,
    from: Option<Wreck<'_>>,
    now: i64,
) -> Result<Found> {
    let Some(from) = from else {
        let nothing = Found { salvaged: 0, unreadable: 0, complete: false };
        return aside::build(&place.database(), &account, key, |_| Ok(nothing));
    };
    let device_id = from.device().unwrap_or(account.device_id);
    aside::build(&place.database(), &Account { device_id, ..account }, key, |tx| {
        let found = carry_over(&from, tx, account.user)?;
        if from.device().is_none() {
            // It was copied, put back, or has lost its log: what it calls unsent may have been sent since.
            outbox::may_have_been_sent(tx, now)?;
        }
        Ok(found)
    })
}

/// All that no server can give back.
fn carry_over(from: &Wreck<'_>, tx: &Transaction<'_>, user: &UserId) -> Result<Found> {
    store::settings(from, tx)?;
    store::beside(from, tx)?;
    store::old_data(from, tx)?;
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
        let row = from.read(|conn| records::get(conn, spec, id))?.flatten();
        let row = row.unwrap_or_else(|| Row::blank(id, made));
        // Found by an index: what the row itself says may be damaged.
        let row = Row { id, ..row };
        let server = row.server_copy().cloned();
        records::refresh(tx, spec, row, server, &waiting)?;
        lanes::release(tx, collection, id)?;
    }
    Ok(found)
}
