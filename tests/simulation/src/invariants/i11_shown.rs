//! I11: people read what they wrote, also after a refusal: the record shows the last value of every field that waits.

use super::{Check, broken, name};
use crate::world::look::Seen;
use std::collections::BTreeMap;

/// Folds each record's operations, and compares.
pub fn shown(seen: &Seen) -> Check {
    let mut last: BTreeMap<_, (bool, BTreeMap<&str, &serde_json::Value>)> = BTreeMap::new();
    for (place, operation) in seen.operations.iter() {
        // What was imported gives way to what the account knows.
        if operation.yields {
            continue;
        }
        let (deleted, fields) = last.entry(*place).or_default();
        *deleted = operation.kind == "delete";
        if *deleted {
            fields.clear();
        }
        fields.extend(operation.payload.iter().map(|(field, value)| (field.as_str(), value)));
    }
    for (place, (deleted, fields)) in last {
        let Some(record) = seen.records.get(&place) else { continue };
        if record.deleted != deleted {
            let what = if deleted { "is deleted here and shown" } else { "is edited here and not shown" };
            return Err(broken("I11", format!("{} {what}", name(place))));
        }
        let hidden = fields
            .iter()
            .find(|(field, value)| record.fields.get(**field).unwrap_or(&serde_json::Value::Null) != **value);
        if let Some((field, _)) = hidden.filter(|_| !deleted) {
            return Err(broken("I11", format!("{} does not show the {field} that was written", name(place))));
        }
    }
    Ok(())
}
