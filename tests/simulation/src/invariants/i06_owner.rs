//! I6: the user of the token, of the operation and of the file are one.

use super::{Check, broken, name};
use crate::world::ledger::{Ledger, Verdict};
use crate::world::look::{Place, Seen};
use foodlens_core::RecordId;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Whose each record and each operation is. A backend that mints ids may give the same one to a record of each user.
#[derive(Debug, Clone, Default)]
pub struct Owners {
    pub records: BTreeMap<Place, BTreeSet<usize>>,
    pub operations: BTreeMap<Uuid, usize>,
}

/// Nothing took effect under another user's token (arrivals from `from` on), and no file of `user` holds a record of
/// somebody else.
pub fn owned(seen: Option<&Seen>, user: usize, owners: &Owners, ledger: &Ledger, from: usize) -> Check {
    for arrival in ledger.arrivals()[from..].iter().filter(|arrival| arrival.verdict == Verdict::Applied) {
        if owners.operations.get(&arrival.key).is_some_and(|owner| *owner != arrival.user) {
            let what =
                format!("a {} of {} took effect under another user's token", arrival.kind, arrival.entity);
            return Err(broken("I6", what));
        }
    }
    let strange = seen.into_iter().flat_map(|seen| seen.records.keys()).find(|place| {
        place.1 != RecordId::SINGLE && owners.records.get(place).is_some_and(|users| !users.contains(&user))
    });
    match strange {
        Some(place) => Err(broken("I6", format!("{} of another user is in the file", name(*place)))),
        None => Ok(()),
    }
}
