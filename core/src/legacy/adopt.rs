//! What a person did before signing in becomes the account's: the anonymous user's data as old data of the account.

use super::item::{self, Item};
use super::run::LegacyImport;
use super::source::{Given, Halt};
use crate::collection::Collection;
use crate::error::{Error, ErrorKind, Result};
use crate::ids::UserId;
use crate::records;
use crate::session::{FoodLens, Session, state, unreadable};
use uuid::Uuid;

/// Records that are read at once.
const PAGE: u32 = 200;

impl FoodLens {
    /// The data of an anonymous user of this device (`from`: the id under which the app opened sessions before the person
    /// signed in) as an import into the account `into`. Run it after the sign-in; it can be previewed, watched, cancelled
    /// and run again like every [`LegacyImport`].
    ///
    /// What is shown under `from` becomes new records of the account, with ids made of the account and the record
    /// (UUIDv5), so that a repetition makes no second one; what waited under `from` needs no sending of its own. Of
    /// profile and settings the account's values stay, and `from`'s that differ are in the log of overwritten values
    /// ([`Session::overwritten`]), to be brought back. Allergies are all taken over: where two records of one allergen
    /// differ in severity, a person is asked and the higher one is shown; "no allergies" on either side hides none.
    /// Nothing of `from` is changed or sent; its store remains.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] (`user`) when nobody used this device under `from`; [`ErrorKind::NotAnonymous`] when its
    /// data have been at the server, so that one account's data never become another's; [`ErrorKind::Invalid`] when both
    /// are the same; the errors of [`FoodLens::session`].
    pub fn adopt(&self, from: &UserId, into: &UserId) -> Result<LegacyImport> {
        if from == into {
            return Err(Error::invalid("from", crate::Rule::Form { expected: "another user" }));
        }
        if !self.has_store(from)? {
            return Err(Error::not_found("user"));
        }
        let from = self.session(from)?;
        check(&from)?;
        Ok(LegacyImport::new(&self.session(into)?, Given::User(from)))
    }
}

/// Whose data these are, without saying it.
pub(super) fn origin(user: &UserId) -> String {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, user.as_str().as_bytes()).to_string()
}

/// Refuses a user who has been at the server. How many records there are.
pub(super) fn check(from: &Session) -> Result<u64> {
    from.read(|conn| {
        let row = state::get(conn)?;
        if row.epoch.is_some() || row.last_success_at.is_some() {
            return Err(ErrorKind::NotAnonymous.into());
        }
        Collection::ALL.into_iter().map(|collection| records::count(conn, collection.spec())).sum()
    })
}

/// Gives every record that is shown, and every one that could not be read, page by page.
pub(super) fn each(
    from: &Session,
    into: &UserId,
    take: &mut dyn FnMut(Item) -> std::result::Result<(), Halt>,
) -> std::result::Result<(), Halt> {
    for collection in Collection::ALL {
        let mut after = None;
        loop {
            let (page, _) = from.read(|conn| records::list(conn, collection.spec(), after, PAGE, false))?;
            let Some((_, last)) = page.last() else { break };
            after = Some(*last);
            for (row, _) in page {
                take(item::adopted(into, collection, row.id, &row.body))?;
            }
        }
    }
    for kept in from.read(unreadable::list)? {
        if let Some(collection) = Collection::from_name(&kept.entity) {
            take(item::adopted_unread(into, collection, &kept.record, &kept.raw, &kept.reason))?;
        }
    }
    Ok(())
}
