//! What to do with a server's copy of a record on which operations wait. Pure.

use super::three_way::{Merged, merge};
use crate::collection::{FieldPolicy, Spec};
use crate::fields::Fields;
use crate::ids::Version;
use crate::outbox::{Kind, Operation};

/// The server's copy.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Remote {
    pub version: Version,
    /// `None`: deleted there.
    pub fields: Option<Fields>,
}

/// All that waits for one record, folded into one change.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LocalChange {
    /// The record ends deleted.
    pub deletes: bool,
    /// The record was made here.
    pub creates: bool,
    /// What the person saw in the touched fields before the first edit of each.
    pub seen: Fields,
    /// The last value of each touched field.
    pub patch: Fields,
}

/// Folds the waiting operations: the first sight and the last value of each field.
pub(crate) fn net_change(waiting: &[Operation]) -> LocalChange {
    let mut net = LocalChange { deletes: false, creates: false, seen: Fields::new(), patch: Fields::new() };
    for operation in waiting {
        for (name, value) in operation.seen_before.iter() {
            if !net.seen.contains(name) && !net.patch.contains(name) {
                net.seen.set(name, value.clone());
            }
        }
        match operation.kind {
            Kind::Delete => {
                net.deletes = true;
                net.patch = Fields::new();
            }
            Kind::Create | Kind::Update => {
                if operation.kind == Kind::Create && net.deletes {
                    // Made anew: what the deleted one had is not in it.
                    let gone: Vec<_> = net.seen.iter().map(|(name, _)| name.to_owned()).collect();
                    gone.into_iter().for_each(|name| net.patch.set(name, serde_json::Value::Null));
                }
                net.creates |= operation.kind == Kind::Create && !net.deletes;
                net.deletes = false;
                for (name, value) in operation.payload.iter() {
                    if operation.kind == Kind::Create && !net.seen.contains(name) {
                        net.seen.set(name, serde_json::Value::Null);
                    }
                    net.patch.set(name, value.clone());
                }
            }
        }
    }
    net
}

/// What operations that were never sent say in fields that ask, where the copy in a server's verdict says the same. The
/// verdict may be an old one, given again, and the record another since: what is said is sent on top of that copy, so that
/// the server tells.
pub(crate) fn unheard(waiting: &[Operation], copy: &Fields, spec: &Spec) -> Fields {
    let never_sent: Vec<_> = waiting.iter().filter(|operation| !operation.attempted()).cloned().collect();
    let mut said = Fields::new();
    for (name, value) in net_change(&never_sent).patch.iter() {
        if spec.policy_of(name) == FieldPolicy::Manual && value == copy.get(name) {
            said.set(name, value.clone());
        }
    }
    said
}

/// How a local change and the server's copy come together.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Reconciled {
    /// The change can go on top of the server's copy, without asking. `overtaken`: values that it replaces.
    Clean { patch: Fields, overtaken: Fields },
    /// The deletion can go on top of the server's copy.
    CleanDelete,
    /// The server already is as the person wants it.
    Nothing,
    /// A person has to choose.
    Clash,
}

/// Decides for a record whose fields follow the policy of `spec`.
pub(crate) fn reconcile(change: &LocalChange, remote: &Remote, spec: &Spec) -> Reconciled {
    match (&remote.fields, change.deletes) {
        (None, true) => Reconciled::Nothing,
        // Deleted there, edited here: an edit that the other side has not seen beats a deletion until asked.
        (None, false) => Reconciled::Clash,
        (Some(fields), true) => {
            // Deleted here: did something that asks change there since the person saw it? What they did not see at all
            // was not stated.
            let mut names = change.seen.iter().chain(fields.iter()).map(|(name, _)| name);
            let moved = names.any(|name| {
                spec.policy_of(name) == FieldPolicy::Manual && fields.get(name) != change.seen.get(name)
            });
            if moved { Reconciled::Clash } else { Reconciled::CleanDelete }
        }
        (Some(fields), false) => {
            match merge(&change.seen, &change.patch, fields, |name| spec.policy_of(name)) {
                Merged::Clash { .. } if sabotaged!(NoBaseCheck) => {
                    Reconciled::Clean { patch: change.patch.clone(), overtaken: Fields::new() }
                }
                Merged::Clash { .. } => Reconciled::Clash,
                Merged::Clean { patch, .. } if patch.is_empty() => Reconciled::Nothing,
                Merged::Clean { patch, overtaken } => Reconciled::Clean { patch, overtaken },
            }
        }
    }
}

/// What a pulled copy does to what is stored.
#[derive(Debug, PartialEq)]
pub(crate) enum Incoming {
    /// Known already, or older than what is known.
    Ignore,
    /// Nothing waits: take it as it is.
    Take,
    /// Nothing waits and the server deleted it: remove it here.
    Remove,
    /// Edits wait: the base advances below them. `rebase`: operations that were never sent now stand on it.
    Advance { rebase: bool, overtaken: Fields },
    /// Edits wait and a person has to choose.
    Ask,
}

/// Plans what a pulled copy does. `known`: the version that is stored; `waiting`: the unacknowledged operations.
pub(crate) fn plan_incoming(
    spec: &Spec,
    known: Option<Version>,
    waiting: &[Operation],
    remote: &Remote,
) -> Incoming {
    if known.is_some_and(|known| remote.version <= known) && !sabotaged!(OlderTaken) {
        return Incoming::Ignore;
    }
    if remote.fields.is_none() && sabotaged!(DeletionTakesEdits) {
        return Incoming::Remove;
    }
    let Some(head) = waiting.first() else {
        return if remote.fields.is_some() { Incoming::Take } else { Incoming::Remove };
    };
    if waiting.iter().any(|operation| !operation.readable) {
        // Nobody knows what is wanted here: when a build can read it, the server's answer decides.
        return Incoming::Advance { rebase: false, overtaken: Fields::new() };
    }
    let clash = || reconcile(&net_change(waiting), remote, spec) == Reconciled::Clash;
    let decided_here = spec.server_checks() || spec.asks() && remote.fields.is_some() && clash();
    if !decided_here {
        // Last writer wins: the server decides when the edit arrives, and its answer names what was overwritten.
        // A deletion there wins then, too (410).
        return Incoming::Advance { rebase: false, overtaken: Fields::new() };
    }
    if head.attempted() && !matches!(head.state, crate::outbox::State::Failed(_)) {
        // The server may have it already: its answer to the retry decides, and this copy may be its own echo.
        return Incoming::Advance { rebase: false, overtaken: Fields::new() };
    }
    match reconcile(&net_change(waiting), remote, spec) {
        Reconciled::Clash => Incoming::Ask,
        Reconciled::Clean { overtaken, .. } => Incoming::Advance { rebase: true, overtaken },
        Reconciled::CleanDelete | Reconciled::Nothing => {
            Incoming::Advance { rebase: true, overtaken: Fields::new() }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collection::Collection;
    use crate::outbox::{FailureReason, State};
    use serde_json::json;

    fn fields(value: serde_json::Value) -> Fields {
        serde_json::from_value(value).unwrap()
    }

    fn op(kind: Kind, seen: serde_json::Value, payload: serde_json::Value) -> Operation {
        Operation::example(Collection::Allergies, kind, fields(seen), fields(payload))
    }

    fn remote(value: Option<serde_json::Value>) -> Remote {
        Remote { version: Version(2), fields: value.map(fields) }
    }

    fn sent(mut operation: Operation) -> Operation {
        operation.first_attempt_at = Some(1);
        operation
    }

    #[test]
    fn two_edits_fold_to_first_sight_and_last_value() {
        let net = net_change(&[
            op(Kind::Update, json!({"severity": "mild"}), json!({"severity": "moderate"})),
            op(
                Kind::Update,
                json!({"severity": "moderate", "notes": null}),
                json!({"severity": "severe", "notes": "n"}),
            ),
        ]);
        assert_eq!(net.seen, fields(json!({"severity": "mild", "notes": null})));
        assert_eq!(net.patch, fields(json!({"severity": "severe", "notes": "n"})));
        assert!(!net.deletes && !net.creates);
    }

    #[test]
    fn the_first_sight_of_a_field_stays_whatever_comes_after_it() {
        let milk = || json!({"severity": "mild"});
        let moderate = || json!({"severity": "moderate"});
        let net = net_change(&[op(Kind::Delete, milk(), json!({})), op(Kind::Delete, moderate(), json!({}))]);
        assert_eq!(net.seen, fields(milk()), "deleted twice");
        let unseen = op(Kind::Update, json!({}), milk());
        let net = net_change(&[unseen, op(Kind::Update, milk(), moderate())]);
        assert_eq!(net.seen, Fields::new(), "what an edit wrote is not what was there before it");
    }

    #[test]
    fn what_is_made_here_was_not_there_before_and_what_is_made_anew_was() {
        let make = || op(Kind::Create, json!({}), json!({"severity": "mild"}));
        let made = net_change(&[make(), op(Kind::Update, json!({}), json!({"notes": "n"}))]);
        assert!(made.creates && !made.deletes);
        assert_eq!(made.seen, fields(json!({"severity": null})), "nothing was there");
        let anew = net_change(&[op(Kind::Delete, json!({"severity": "severe"}), json!({})), make()]);
        assert!(!anew.creates && !anew.deletes);
    }

    #[test]
    fn what_was_never_sent_says_the_fields_that_ask_where_the_copy_says_the_same() {
        let both = || json!({"severity": "mild", "notes": "n"});
        let edit = || op(Kind::Update, json!({}), both());
        let spec = Collection::Allergies.spec();
        assert_eq!(unheard(&[edit()], &fields(both()), spec), fields(json!({"severity": "mild"})));
        let other = fields(json!({"severity": "severe", "notes": "n"}));
        assert_eq!(unheard(&[edit()], &other, spec), Fields::new(), "the copy says something else");
        assert_eq!(unheard(&[sent(edit())], &fields(both()), spec), Fields::new(), "it was sent");
    }

    #[test]
    fn what_was_deleted_and_made_anew_keeps_nothing_of_the_old() {
        let before = json!({"allergen": {"code": "milk"}, "severity": "mild", "notes": "old"});
        let after = json!({"allergen": {"code": "milk"}, "severity": "severe"});
        let waiting =
            [op(Kind::Delete, before.clone(), json!({})), op(Kind::Create, json!({}), after.clone())];
        let net = net_change(&waiting);
        assert!(!net.deletes);
        let theirs = remote(Some(before.clone()));
        let spec = Collection::Allergies.spec();
        let Reconciled::Clean { patch, .. } = reconcile(&net, &theirs, spec) else { panic!("a question") };
        assert_eq!(fields(before).patched(&patch), fields(after));
    }

    #[test]
    fn incoming_table() {
        let spec = Collection::Allergies.spec();
        let edit = || op(Kind::Update, json!({"severity": "mild"}), json!({"severity": "moderate"}));
        let delete = || op(Kind::Delete, json!({"severity": "mild", "notes": "x"}), json!({}));
        let refused = || {
            let mut operation = sent(edit());
            operation.state = State::Failed(FailureReason::Invalid);
            operation
        };
        let advance = |rebase| Incoming::Advance { rebase, overtaken: Fields::new() };
        let cases = [
            ("nothing waits", vec![], Some(json!({"severity": "severe"})), Incoming::Take),
            ("nothing waits, deleted there", vec![], None, Incoming::Remove),
            (
                "unrelated change",
                vec![edit()],
                Some(json!({"severity": "mild", "notes": "n"})),
                advance(true),
            ),
            ("sensitive on both sides", vec![edit()], Some(json!({"severity": "severe"})), Incoming::Ask),
            ("the same on both sides", vec![edit()], Some(json!({"severity": "moderate"})), advance(true)),
            ("deleted there, edited here", vec![edit()], None, Incoming::Ask),
            (
                "deleted here, changed there",
                vec![delete()],
                Some(json!({"severity": "severe", "notes": "x"})),
                Incoming::Ask,
            ),
            (
                "deleted here, a note there",
                vec![delete()],
                Some(json!({"severity": "mild", "notes": "y"})),
                advance(true),
            ),
            (
                "deleted here without a severity, which was stated there",
                vec![op(Kind::Delete, json!({"notes": "x"}), json!({}))],
                Some(json!({"severity": "severe", "notes": "x"})),
                Incoming::Ask,
            ),
            ("deleted on both sides", vec![delete()], None, advance(true)),
            (
                "maybe sent: its answer decides",
                vec![sent(edit())],
                Some(json!({"severity": "severe"})),
                advance(false),
            ),
            (
                "refused before, and now changed there",
                vec![refused()],
                Some(json!({"severity": "severe"})),
                Incoming::Ask,
            ),
        ];
        for (name, waiting, copy, expected) in cases {
            assert_eq!(plan_incoming(spec, Some(Version(1)), &waiting, &remote(copy)), expected, "{name}");
        }
        assert_eq!(plan_incoming(spec, Some(Version(2)), &[], &remote(Some(json!({})))), Incoming::Ignore);
    }

    #[test]
    fn made_on_two_devices_with_one_id_asks_only_where_they_differ() {
        let spec = Collection::Allergies.spec();
        let create = op(Kind::Create, json!({}), json!({"allergen": {"code": "milk"}, "severity": "mild"}));
        let same = remote(Some(json!({"allergen": {"code": "milk"}, "severity": "mild", "notes": "n"})));
        let other = remote(Some(json!({"allergen": {"code": "milk"}, "severity": "severe"})));
        assert_eq!(reconcile(&net_change(std::slice::from_ref(&create)), &same, spec), Reconciled::Nothing);
        assert_eq!(reconcile(&net_change(&[create]), &other, spec), Reconciled::Clash);
    }

    #[test]
    fn a_field_that_the_app_asks_about_is_asked_where_both_changed_it_and_a_deletion_is_not() {
        let note = vec![String::from("note")];
        let spec = Spec { also_ask: note, ..Collection::History.spec().clone() };
        let edit = op(Kind::Update, json!({"note": "a"}), json!({"note": "b"}));
        let later = Incoming::Advance { rebase: false, overtaken: Fields::new() };
        for (name, copy, asking, plain) in [
            ("the same field", Some(json!({"note": "c"})), Incoming::Ask, &later),
            (
                "another field",
                Some(json!({"note": "a", "title": "t"})),
                Incoming::Advance { rebase: false, overtaken: Fields::new() },
                &later,
            ),
            ("deleted there", None, Incoming::Advance { rebase: false, overtaken: Fields::new() }, &later),
        ] {
            let copy = remote(copy);
            let plan = |spec| plan_incoming(spec, Some(Version(1)), std::slice::from_ref(&edit), &copy);
            assert_eq!(plan(&spec), asking, "{name}");
            assert_eq!(&plan(Collection::History.spec()), plain, "{name}, and nobody is asked");
        }
    }

    #[test]
    fn a_deletion_there_wins_over_a_history_edit_when_it_is_sent() {
        let spec = Collection::History.spec();
        let edit = op(Kind::Update, json!({"note": null}), json!({"note": "n"}));
        let planned = plan_incoming(spec, Some(Version(1)), &[edit], &remote(None));
        assert_eq!(planned, Incoming::Advance { rebase: false, overtaken: Fields::new() });
    }
}
