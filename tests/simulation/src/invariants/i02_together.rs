//! I2: record and operation commit together.

use super::{Check, broken, name};
use crate::world::look::Seen;
use std::collections::BTreeSet;

/// A record says that edits wait exactly when there are some; one that the server has never heard of has some.
pub fn together(seen: &Seen) -> Check {
    let waiting: BTreeSet<_> = seen.operations.iter().map(|(place, _)| *place).collect();
    for (place, record) in seen.records.iter() {
        let waits = waiting.contains(place);
        if record.pending != waits {
            let what = if waits { "operations without their edit" } else { "an edit without its operation" };
            return Err(broken("I2", format!("{}: {what}", name(*place))));
        }
        if !waits && record.version.is_none() {
            return Err(broken("I2", format!("{} is neither the server's nor queued", name(*place))));
        }
    }
    match waiting.iter().find(|place| !seen.records.contains_key(place)) {
        Some(place) => Err(broken("I2", format!("{}: an operation without its record", name(*place)))),
        None => Ok(()),
    }
}
