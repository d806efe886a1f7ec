//! I3: at most one effect at the server for each key.

use super::{Check, broken};
use crate::world::ledger::{Ledger, Verdict};

/// Checks the arrivals from `from` on.
pub fn once(ledger: &Ledger, from: usize) -> Check {
    for arrival in &ledger.arrivals()[from..] {
        let effects = ledger.of_key(arrival.key).filter(|arrival| arrival.verdict == Verdict::Applied);
        if effects.count() > 1 {
            let what = format!("a {} of {} took effect twice under one key", arrival.kind, arrival.entity);
            return Err(broken("I3", what));
        }
        // The same creation under another key is the other way to an effect that is there twice. (What is imported has the
        // same id on every device, of UUID's version 5.)
        let is_new = arrival.id.as_bytes().get(14) == Some(&b'7');
        if is_new && arrival.kind == "create" && arrival.verdict == Verdict::Applied {
            let same = ledger.arrivals().iter().filter(|other| {
                (&other.entity, &other.id, other.user) == (&arrival.entity, &arrival.id, arrival.user)
                    && other.verdict == Verdict::Applied
                    && other.key != arrival.key
                    && other.kind == "create"
            });
            if arrival.entity == "history" && same.count() > 0 {
                return Err(broken("I3", format!("a record of {} was made twice", arrival.entity)));
            }
        }
    }
    Ok(())
}
