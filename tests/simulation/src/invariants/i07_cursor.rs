//! I7: the cursor is never ahead of what was applied: after a run that says it is done, nothing of the server's is missing.

use super::{Check, broken, name};
use crate::world::look::{Seen, collection};
use foodlens_core::RecordId;
use foodlens_server::Record;

/// Every record of the server's is here in its version, but where edits wait.
pub fn up_to_date(seen: &Seen, server: &[Record]) -> Check {
    for record in server {
        let Some(place) = collection(&record.entity).zip(RecordId::parse(&record.id).ok()) else { continue };
        let here = seen.records.get(&place);
        if here.is_some_and(|here| here.pending) {
            continue;
        }
        match here {
            None if !record.deleted => {
                return Err(broken("I7", format!("{} is missing after a run that is done", name(place))));
            }
            Some(_) if record.deleted => {
                return Err(broken("I7", format!("{} is still here after a run that is done", name(place))));
            }
            Some(here) if here.version != Some(record.version) => {
                let what =
                    format!("{} has version {:?}, the server {}", name(place), here.version, record.version);
                return Err(broken("I7", what));
            }
            _ => {}
        }
    }
    Ok(())
}
