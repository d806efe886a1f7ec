//! I3: at most one effect at the server for each key.

use super::{Births, Check, OF_COPIES, broken};
use crate::world::ledger::{Arrival, Ledger, Verdict};
use foodlens_core::RecordId;
use std::collections::BTreeSet;

/// Checks the arrivals from `from` on. `copied_records`: their writes waited in a file that was copied.
pub fn once(ledger: &Ledger, births: &Births, copied_records: &BTreeSet<RecordId>, from: usize) -> Check {
    // A device cannot know that its queue was copied, and moves on what it has not sent itself.
    let copied = |key| births.get(key).is_some_and(|(device, _)| *device >= OF_COPIES);
    for (index, arrival) in ledger.arrivals().iter().enumerate().skip(from) {
        if arrival.reused && !copied(&arrival.key) {
            return Err(broken("I3", format!("a write of {} got another body", arrival.entity)));
        }
        // Of a key that the server was told to keep no longer, or has lost, it cannot know that it has seen it.
        let applied =
            |arrival: &Arrival| arrival.verdict == Verdict::Applied && !arrival.forgotten && !arrival.lost;
        if ledger.of_key(arrival.key).filter(|arrival| applied(arrival)).count() > 1 {
            let what = format!("a {} of {} took effect twice under one key", arrival.kind, arrival.entity);
            return Err(broken("I3", what));
        }
        // The same creation under another key is the other way to an effect that is there twice, unless the record was
        // deleted meanwhile. (What is imported has the same id on every device, of UUID's version 5.)
        let unknowable = ledger.of_key(arrival.key).any(|known| known.forgotten || known.lost);
        let is_new =
            arrival.id.as_bytes().get(14) == Some(&b'7') && arrival.entity == "history" && !unknowable;
        if is_new && arrival.kind == "create" && applied(arrival) {
            let same = |elder: &&Arrival| {
                applied(elder)
                    && (&elder.entity, &elder.id, elder.user) == (&arrival.entity, &arrival.id, arrival.user)
            };
            // One that changes nothing makes nothing.
            let elder = ledger.arrivals()[..index].iter().rfind(same);
            let elder = elder.filter(|elder| elder.version != arrival.version);
            // What was refused, and so goes under a new key, may go so from a copy, too.
            let has_copies = RecordId::parse(&arrival.id).is_ok_and(|id| copied_records.contains(&id));
            if elder.is_some_and(|elder| !elder.deleted) && !has_copies {
                return Err(broken("I3", format!("a record of {} was made twice", arrival.entity)));
            }
        }
    }
    Ok(())
}
