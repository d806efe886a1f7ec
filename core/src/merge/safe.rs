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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Version;
    use serde_json::{Value, json};
    use uuid::Uuid;

    fn fields(value: Value) -> Fields {
        serde_json::from_value(value).unwrap()
    }

    fn question(collection: Collection, local: Option<Value>, remote: Option<Value>) -> StoredConflict {
        StoredConflict {
            id: Uuid::from_u128(1).into(),
            collection,
            record_id: Uuid::from_u128(2).into(),
            other_id: None,
            revision: 1,
            base: None,
            local: local.map(fields),
            remote: remote.map(fields),
            remote_version: Version(1),
            deferred: false,
            created_at: 0,
            answered_at: None,
        }
    }

    #[test]
    fn the_more_cautious_side() {
        use Collection::{Allergies, AllergyList, History};
        let state = |state: &str| Some(json!({"state": state}));
        let milk = |severity: &str, notes: &str| json!({"allergen": {"code": "milk"}, "severity": severity, "notes": notes});
        let soy = |severity: &str| json!({"allergen": {"code": "soybeans"}, "severity": severity});
        let one = |merged| Safe::Both { merged: fields(merged), beside: None };
        for (name, collection, local, remote, expected) in [
            ("removed there", Allergies, Some(soy("mild")), None, Safe::KeepLocal),
            ("removed here", Allergies, None, Some(soy("mild")), Safe::KeepRemote),
            ("a list beside none", AllergyList, state("listed"), state("confirmed_none"), Safe::KeepLocal),
            ("none beside a list", AllergyList, state("confirmed_none"), state("listed"), Safe::KeepRemote),
            ("unknown beside a list", AllergyList, state("unknown"), state("listed"), Safe::KeepRemote),
            ("unknown beside none", AllergyList, state("unknown"), state("confirmed_none"), Safe::KeepLocal),
            ("none beside unknown", AllergyList, state("confirmed_none"), state("unknown"), Safe::KeepRemote),
            (
                "what is said of no allergy",
                History,
                Some(json!({"note": "a"})),
                Some(json!({"note": "b"})),
                Safe::KeepLocal,
            ),
            (
                "worse there, over our notes",
                Allergies,
                Some(milk("mild", "ours")),
                Some(milk("severe", "theirs")),
                one(milk("severe", "ours")),
            ),
            (
                "worse here",
                Allergies,
                Some(milk("severe", "ours")),
                Some(milk("mild", "theirs")),
                one(milk("severe", "ours")),
            ),
            (
                "two allergens",
                Allergies,
                Some(soy("severe")),
                Some(milk("mild", "theirs")),
                Safe::Both { merged: fields(milk("severe", "theirs")), beside: Some(fields(soy("severe"))) },
            ),
        ] {
            assert_eq!(plan(&question(collection, local, remote)), expected, "{name}");
        }
        let between = StoredConflict {
            other_id: Some(Uuid::from_u128(3).into()),
            ..question(Allergies, Some(milk("mild", "one")), Some(milk("severe", "other")))
        };
        assert_eq!(plan(&between), one(json!({"severity": "severe"})), "of two records the severity alone");
    }
}
