//! What is left of an imported write once the server's copy of the record is known. Pure.
//!
//! Old data are older than whatever the account holds: what the server knows of a record stays, what it does not know is
//! filled in, and where the two differ in an allergy's allergen or severity a person is asked.

use crate::allergies::Severity;
use crate::collection::{Collection, FieldPolicy, Spec};
use crate::fields::Fields;
use crate::outbox::Operation;

/// An imported write beside the server's copy.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Left {
    /// What is still to be sent.
    pub payload: Fields,
    /// Values that gave way to others.
    pub yielded: Fields,
}

/// Splits a payload by what the server has.
///
/// | the server's field | it asks a person | result |
/// |---|---|---|
/// | not set | – | sent |
/// | the same | – | nothing left |
/// | another | no | the server's stays, ours is noted |
/// | another | yes | sent, so that it becomes a question |
/// | an allergy's severity, not set | – | sent, but a weak one: that is noted |
/// | an allergy's severity, and ours was taken back | – | nothing left, but where theirs is a weak one: sent, so that it becomes a question |
///
/// "None" and "unknown", said of the list as a whole by old data, are no reason to ask: the account's word stays. That there are
/// allergies is one.
pub(crate) fn left_of(payload: &Fields, server: &Fields, spec: &Spec) -> Left {
    let mut left = Left { payload: Fields::new(), yielded: Fields::new() };
    for (name, value) in payload.iter() {
        let theirs = server.get(name);
        if spec.collection == Collection::Allergies && name == "severity" {
            if value.is_null() && !weakens(server, payload) {
                continue;
            }
            if weakens(payload, server) {
                left.yielded.set(name, value.clone());
                continue;
            }
        }
        let asks = spec.policy_of(name) == FieldPolicy::Manual
            && (spec.collection != Collection::AllergyList || value == "listed");
        if theirs.is_null() || asks && theirs != value {
            left.payload.set(name, value.clone());
        } else if theirs != value && is_kept(name, spec) {
            left.yielded.set(name, value.clone());
        }
    }
    left
}

/// Whether a severity that is not stated `before` would become a weak one `after`: it may be anything, and nobody is asked.
fn weakens(after: &Fields, before: &Fields) -> bool {
    let (after, before) = (Severity::of(after), Severity::of(before));
    before.is_none() && Severity::rank(after.as_ref()) < Severity::rank(None)
}

/// Whether a value that gave way is worth keeping: not when it was written down, nor what was said of a list as a whole.
fn is_kept(name: &str, spec: &Spec) -> bool {
    spec.collection != Collection::AllergyList && !matches!(name, "created_at" | "updated_at")
}

/// What waits, as far as it stands beside the server's copy, and the values that give way.
pub(crate) fn standing(waiting: &[Operation], server: &Fields, spec: &Spec) -> (Vec<Operation>, Fields) {
    let mut yielded = Fields::new();
    let standing = waiting.iter().map(|operation| {
        if !operation.yields {
            return operation.clone();
        }
        let left = left_of(&operation.payload, server, spec);
        yielded = yielded.overlaid(&left.yielded);
        Operation { payload: left.payload.into(), ..operation.clone() }
    });
    (standing.collect(), yielded)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn fields(value: serde_json::Value) -> Fields {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn what_the_server_knows_stays_and_what_it_does_not_is_filled_in() {
        for (name, collection, ours, theirs, payload, yielded) in [
            (
                "a gap is filled, a value stays",
                Collection::Profile,
                json!({"display_name": "Old", "country": "PT"}),
                json!({"display_name": "New"}),
                json!({"country": "PT"}),
                json!({"display_name": "Old"}),
            ),
            (
                "the same twice is nothing to send",
                Collection::History,
                json!({"kind": "scan", "occurred_at": 1}),
                json!({"kind": "scan", "occurred_at": 1, "note": "n"}),
                json!({}),
                json!({}),
            ),
            (
                "another severity becomes a question, other notes give way",
                Collection::Allergies,
                json!({"allergen": {"code": "milk"}, "severity": "mild", "notes": "old"}),
                json!({"allergen": {"code": "milk"}, "severity": "severe", "notes": "new"}),
                json!({"severity": "mild"}),
                json!({"notes": "old"}),
            ),
            (
                "taken back, and there it is a weak one again: a question",
                Collection::Allergies,
                json!({"severity": null}),
                json!({"severity": "moderate"}),
                json!({"severity": null}),
                json!({}),
            ),
            (
                "taken back, and there it is a strong one: that stays",
                Collection::Allergies,
                json!({"severity": null}),
                json!({"severity": "severe"}),
                json!({}),
                json!({}),
            ),
            (
                "taken back, and not stated there either",
                Collection::Allergies,
                json!({"severity": null}),
                json!({"allergen": {"code": "milk"}}),
                json!({}),
                json!({}),
            ),
            (
                "not stated may be anything: no weak severity fills that in",
                Collection::Allergies,
                json!({"severity": "moderate", "notes": "old"}),
                json!({"allergen": {"code": "milk"}}),
                json!({"notes": "old"}),
                json!({"severity": "moderate"}),
            ),
            (
                "not stated may be anything: a high severity does",
                Collection::Allergies,
                json!({"severity": "severe"}),
                json!({"allergen": {"code": "milk"}}),
                json!({"severity": "severe"}),
                json!({}),
            ),
            (
                "no allergies, says the old list; the account says otherwise",
                Collection::AllergyList,
                json!({"state": "confirmed_none"}),
                json!({"state": "listed"}),
                json!({}),
                json!({}),
            ),
            (
                "there are allergies; the account, set back, says none",
                Collection::AllergyList,
                json!({"state": "listed"}),
                json!({"state": "confirmed_none"}),
                json!({"state": "listed"}),
                json!({}),
            ),
            (
                "when it was made is nothing to keep",
                Collection::History,
                json!({"created_at": 1}),
                json!({"created_at": 2}),
                json!({}),
                json!({}),
            ),
        ] {
            let left = left_of(&fields(ours), &fields(theirs), collection.spec());
            assert_eq!(left, Left { payload: fields(payload), yielded: fields(yielded) }, "{name}");
        }
    }

    #[test]
    fn only_what_was_imported_gives_way() {
        let edit = Operation::example(
            Collection::Profile,
            crate::outbox::Kind::Update,
            fields(json!({"country": null})),
            fields(json!({"country": "PT"})),
        );
        let imported = Operation { yields: true, ..edit.clone() };
        let server = fields(json!({"country": "DE"}));
        let (standing, yielded) = standing(&[imported, edit], &server, Collection::Profile.spec());
        assert_eq!(standing[0].payload, Fields::new());
        assert_eq!(standing[1].payload, fields(json!({"country": "PT"})));
        assert_eq!(yielded, fields(json!({"country": "PT"})));
    }
}
