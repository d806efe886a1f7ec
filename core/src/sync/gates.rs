//! What may be sent now: the backend's pauses and the age of sensitive edits. Pure.

use super::capabilities::Capabilities;
use crate::collection::{Collection, FieldPolicy, Spec};
use crate::outbox::{Kind, Operation};

/// What to do with an operation whose turn it is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Gate {
    Open,
    /// The backend wants such writes held back.
    Paused,
    /// So old that a person should confirm it first.
    Stale,
}

/// Whether an operation may go. What may be at the server already is settled by its own answer and never held back for
/// its age. `stale_after`: ms; `None`: no limit.
pub(super) fn gate(
    operation: &Operation,
    spec: &Spec,
    capabilities: &Capabilities,
    stale_after: Option<i64>,
    now: i64,
) -> Gate {
    let age = now.saturating_sub(operation.created_at);
    if capabilities.holds(operation.collection, operation.kind) {
        Gate::Paused
    } else if !operation.attempted()
        && stale_after.is_some_and(|limit| age > limit)
        && may_weaken(operation, spec)
    {
        Gate::Stale
    } else {
        Gate::Open
    }
}

/// Whether an operation changes something that asks a person. A new allergy only adds caution: it always goes.
fn may_weaken(operation: &Operation, spec: &Spec) -> bool {
    match operation.kind {
        Kind::Create if operation.collection == Collection::Allergies => false,
        Kind::Delete => spec.server_checks(),
        Kind::Create | Kind::Update => {
            operation.payload.iter().any(|(name, _)| spec.policy_of(name) == FieldPolicy::Manual)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::Fields;
    use serde_json::{Value, json};

    fn operation(collection: Collection, kind: Kind, payload: Value) -> Operation {
        let payload = serde_json::from_value(payload).unwrap();
        let example = Operation::example(collection, kind, Fields::new(), payload);
        Operation { created_at: 1_000, ..example }
    }

    #[test]
    fn table() {
        use Collection::{Allergies, AllergyList, History};
        let none = Capabilities::read(None, None);
        let weaker = || operation(Allergies, Kind::Update, json!({"severity": "mild"}));
        let sent = Operation { first_attempt_at: Some(1), ..weaker() };
        let cases = [
            ("young", weaker(), 1_500, Gate::Open),
            ("just as old as may be", weaker(), 2_000, Gate::Open),
            ("old", weaker(), 2_500, Gate::Stale),
            ("a clock set back", weaker(), -9, Gate::Open),
            ("maybe at the server", sent, 2_500, Gate::Open),
            ("an old removal", operation(Allergies, Kind::Delete, json!({})), 2_500, Gate::Stale),
            (
                "an old allergy",
                operation(Allergies, Kind::Create, json!({"severity": "mild"})),
                2_500,
                Gate::Open,
            ),
            ("an old note", operation(Allergies, Kind::Update, json!({"notes": "n"})), 2_500, Gate::Open),
            (
                "an old 'none'",
                operation(AllergyList, Kind::Create, json!({"state": "confirmed_none"})),
                2_500,
                Gate::Stale,
            ),
            ("an old scan", operation(History, Kind::Create, json!({"kind": "scan"})), 2_500, Gate::Open),
        ];
        for (name, operation, now, expected) in cases {
            assert_eq!(
                gate(&operation, operation.collection.spec(), &none, Some(1_000), now),
                expected,
                "{name}"
            );
            assert_eq!(
                gate(&operation, operation.collection.spec(), &none, None, now),
                Gate::Open,
                "{name}, without a limit"
            );
        }
        let paused = Capabilities::read(Some(r#"{"pauses":[{"kind":"update"}]}"#), None);
        assert_eq!(gate(&weaker(), Allergies.spec(), &paused, None, 0), Gate::Paused);
    }
}
