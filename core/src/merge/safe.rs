//! Deciding without a person, for a team that has turned its merge screen off: last writer wins, but no allergy goes and no
//! severity falls.

use super::conflicts::StoredConflict;
use super::resolve::{Decision, answer};
use crate::allergies::Severity;
use crate::collection::Collection;
use crate::error::Result;
use crate::fields::Fields;
use crate::records::Writer;

/// What is done about a question.
#[derive(Debug, PartialEq)]
enum Safe {
    KeepLocal,
    KeepRemote,
    /// These fields in the record, and, where both allergens must stay, a record of its own for the other.
    Both {
        merged: Fields,
        beside: Option<Fields>,
    },
}

/// The more cautious of what two sides say. Pure.
///
/// | question | decision |
/// |---|---|
/// | deleted on one side, changed on the other | the change |
/// | severities differ | the higher one, over this device's other fields |
/// | allergens differ | both, the server's in this record, each with the higher severity |
/// | the state of the list | `listed` before `unknown` before `confirmed_none` |
fn plan(conflict: &StoredConflict) -> Safe {
    let (Some(local), Some(remote)) = (&conflict.local, &conflict.remote) else {
        return if conflict.local.is_some() { Safe::KeepLocal } else { Safe::KeepRemote };
    };
    if !matches!(conflict.collection, Collection::Allergies | Collection::AllergyList) {
        // Neither side is the safer one: what the server received last stays.
        return Safe::KeepLocal;
    }
    if conflict.collection == Collection::AllergyList {
        let caution = |fields: &Fields| match fields.get("state").as_str() {
            Some("listed") => 2,
            Some("confirmed_none") => 0,
            _ => 1,
        };
        return if caution(local) >= caution(remote) { Safe::KeepLocal } else { Safe::KeepRemote };
    }
    let rank = |fields: &Fields| Severity::rank(Severity::of(fields).as_ref());
    let worst = if rank(local) >= rank(remote) { local } else { remote };
    let with_severity = |fields: &Fields| {
        let mut fields = fields.clone();
        fields.set("severity", worst.get("severity").clone());
        fields
    };
    if local.get("allergen") == remote.get("allergen") || conflict.other_id.is_some() {
        let mut severity = Fields::new();
        severity.set("severity", worst.get("severity").clone());
        let merged = if conflict.other_id.is_some() { severity } else { with_severity(local) };
        return Safe::Both { merged, beside: None };
    }
    Safe::Both { merged: with_severity(remote), beside: Some(with_severity(local).without_nulls()) }
}

/// Decides a stored question at once.
pub(crate) fn decide(writer: &mut Writer<'_>, conflict: &StoredConflict) -> Result<()> {
    let decision = match plan(conflict) {
        Safe::KeepLocal => Decision::KeepLocal,
        Safe::KeepRemote => Decision::KeepRemote,
        Safe::Both { merged, beside } => {
            if let Some(fields) = beside {
                writer.create_new(writer.spec(conflict.collection), fields)?;
            }
            Decision::Merged(merged)
        }
    };
    answer(writer, conflict.id, conflict.revision, decision)?;
    Ok(())
}
