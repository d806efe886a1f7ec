//! I5: writes of one record take effect in the order in which they were made on a device.

use super::{Check, broken};
use crate::world::ledger::{Arrival, Ledger, Verdict};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Where an operation was first seen: on which device, and as the how-manieth of all.
pub type Births = BTreeMap<Uuid, (usize, u64)>;

/// In place of its device, for what waits in more than one file: this, and the how-manieth copy it was.
pub const OF_COPIES: usize = usize::MAX / 2;

/// Checks the arrivals from `from` on.
pub fn in_order(ledger: &Ledger, births: &Births, from: usize) -> Check {
    for (index, arrival) in ledger.arrivals().iter().enumerate().skip(from) {
        let Some((device, born)) = births.get(&arrival.key).filter(|_| arrival.verdict == Verdict::Applied)
        else {
            continue;
        };
        let elders = &ledger.arrivals()[..index];
        // A copy sends what the server knows no more.
        let is_repeated = |elder: &Arrival| elder.key == arrival.key && (elder.forgotten || elder.lost);
        if elders.iter().any(is_repeated) {
            continue;
        }
        let overtaken = elders.iter().rev().find(|elder| {
            let same = (&elder.entity, &elder.id, elder.user) == (&arrival.entity, &arrival.id, arrival.user);
            let later = births.get(&elder.key).is_some_and(|(on, at)| on == device && at > born);
            same && later && elder.verdict == Verdict::Applied && !elder.lost
        });
        if overtaken.is_some() {
            let what =
                format!("a {} of {} took effect after a later write of it", arrival.kind, arrival.entity);
            return Err(broken("I5", what));
        }
    }
    Ok(())
}
