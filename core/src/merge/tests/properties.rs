//! Laws of `merge`, `net_change`, `reconcile` and `view`, over generated records and edits.

use super::super::three_way::{Merged, merge};
use super::*;
use crate::collection::Spec;
use crate::merge::{Reconciled, Remote, net_change, reconcile};
use crate::records::view;

fn spec() -> &'static Spec {
    Collection::Allergies.spec()
}

fn merged(base: &Fields, local: &Fields, remote: &Fields) -> Merged {
    let patch = base.patch_to(local);
    merge(&base.touched_by(&patch), &patch, remote, spec().policy)
}

/// What all have in the end; `None`: a person is asked.
fn outcome(base: &Fields, local: &Fields, remote: &Fields) -> Option<Fields> {
    match merged(base, local, remote) {
        Merged::Clean { patch, .. } => Some(remote.patched(&patch)),
        Merged::Clash { .. } => None,
    }
}

fn reconciled(waiting: &[Operation], remote: Option<&Fields>) -> Reconciled {
    reconcile(&net_change(waiting), &Remote { version: Version(2), fields: remote.cloned() }, spec())
}

/// What an unsent update and a later one become where a collection folds them.
fn folded(waiting: &[Operation]) -> Vec<Operation> {
    let mut out: Vec<Operation> = Vec::new();
    for next in waiting {
        match out.last_mut() {
            Some(last) if last.kind == Kind::Update && next.kind == Kind::Update => {
                last.seen_before = next.seen_before.overlaid(&last.seen_before);
                last.payload = last.payload.overlaid(&next.payload).into();
            }
            _ => out.push(next.clone()),
        }
    }
    out
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn what_only_one_side_changed_becomes_so(base in record(), other in record()) {
        prop_assert_eq!(outcome(&base, &other, &base), Some(other.clone()), "only this device changed it");
        prop_assert_eq!(outcome(&base, &base, &other), Some(other), "only the other side changed it");
    }

    #[test]
    fn the_same_change_on_both_sides_is_no_conflict(base in record(), wanted in record()) {
        let nothing = Merged::Clean { patch: Fields::new(), overtaken: Fields::new() };
        prop_assert_eq!(merged(&base, &wanted, &wanted), nothing);
    }

    #[test]
    fn unrelated_changes_both_survive(
        base in record(), wanted in record(), mine in prop::collection::vec(any::<bool>(), NAMES.len())
    ) {
        let (mut local, mut remote) = (base.clone(), base.clone());
        for (name, mine) in NAMES.iter().zip(mine) {
            let side = if mine { &mut local } else { &mut remote };
            side.set(*name, wanted.get(name).clone());
        }
        let (local, remote) = (local.without_nulls(), remote.without_nulls());
        prop_assert_eq!(outcome(&base, &local, &remote), Some(wanted));
    }

    /// Whatever else changed: exactly the sensitive fields that both sides changed differently are asked about.
    #[test]
    fn a_clash_in_a_sensitive_field_always_asks_and_nothing_else_does(
        base in record(), local in record(), remote in record()
    ) {
        let both = |name: &&str| {
            changed(&base, &local, name) && changed(&base, &remote, name) && changed(&local, &remote, name)
        };
        let asked: Vec<_> = SENSITIVE.iter().filter(|name| both(name)).map(ToString::to_string).collect();
        match merged(&base, &local, &remote) {
            Merged::Clash { fields } => prop_assert_eq!(fields, asked),
            Merged::Clean { overtaken, .. } => {
                prop_assert_eq!(asked, Vec::<String>::new());
                for name in NAMES {
                    let noted = overtaken.contains(name).then(|| overtaken.get(name));
                    prop_assert_eq!(noted, both(&name).then(|| remote.get(name)), "{} is in the log", name);
                }
            }
        }
    }

    #[test]
    fn no_field_and_no_value_appears_that_neither_side_had(
        base in record(), local in record(), remote in record()
    ) {
        if let Some(all) = outcome(&base, &local, &remote) {
            for name in NAMES {
                prop_assert!([local.get(name), remote.get(name)].contains(&all.get(name)), "{}", name);
            }
            for (name, _) in all.iter() {
                prop_assert!(local.contains(name) || remote.contains(name));
            }
        }
    }

    /// What waits, laid over what it started from, is what the person was shown.
    #[test]
    fn the_view_is_what_the_edits_left(edits in prop::option::of(record()).prop_flat_map(|start| edits(start, true))) {
        let (body, deleted) = view(edits.start.as_ref(), None, &edits.waiting);
        prop_assert_eq!(deleted, edits.shown.is_none());
        if let Some(shown) = &edits.shown {
            prop_assert_eq!(&body, shown);
        }
        let last_sight = edits.waiting.last().map(|last| last.seen_before.clone());
        if edits.shown.is_none() {
            prop_assert_eq!(Some(body), last_sight, "what was deleted stays known");
        }
    }

    #[test]
    fn an_edit_of_what_the_server_deleted_shows_the_whole_record(
        edits in record().prop_flat_map(|start| edits(Some(start), false))
    ) {
        let (body, deleted) = view(None, edits.start.as_ref(), &edits.waiting);
        prop_assert!(!deleted);
        prop_assert_eq!(Some(body), edits.shown);
        prop_assert_eq!(reconciled(&edits.waiting, None), Reconciled::Clash);
    }

    #[test]
    fn folding_changes_neither_the_net_change_nor_the_view(
        edits in prop::option::of(record()).prop_flat_map(|start| edits(start, true)), remote in record()
    ) {
        let folded = folded(&edits.waiting);
        prop_assert_eq!(net_change(&folded), net_change(&edits.waiting));
        prop_assert_eq!(reconciled(&folded, Some(&remote)), reconciled(&edits.waiting, Some(&remote)));
        prop_assert_eq!(
            view(Some(&remote), None, &folded), view(Some(&remote), None, &edits.waiting), "over what others did"
        );
    }

    /// The net change remembers the first sight and the last value.
    #[test]
    fn the_net_change_leads_from_the_first_sight_to_the_last_value(
        edits in record().prop_flat_map(|start| edits(Some(start), false))
    ) {
        let (net, start) = (net_change(&edits.waiting), edits.start.unwrap_or_default());
        prop_assert!(!net.deletes && !net.creates);
        prop_assert_eq!(&net.seen, &start.touched_by(&net.patch));
        prop_assert_eq!(Some(start.patched(&net.patch)), edits.shown);
    }

    /// One by one to the server, or as one change: the fields end equal where nobody has to be asked.
    #[test]
    fn merging_edits_one_by_one_ends_as_merging_their_net_change(
        edits in record().prop_flat_map(|start| edits(Some(start), false)), remote in record()
    ) {
        let last_writer = Collection::Profile.spec().policy;
        let laid_over = |seen: &Fields, patch: &Fields, under: &Fields| {
            match merge(seen, patch, under, last_writer) {
                Merged::Clean { patch, .. } => under.patched(&patch),
                Merged::Clash { .. } => panic!("a last writer asks nobody"),
            }
        };
        let mut server = remote.clone();
        for next in &edits.waiting {
            server = laid_over(&next.seen_before, &next.payload, &server);
        }
        let net = net_change(&edits.waiting);
        prop_assert_eq!(server, laid_over(&net.seen, &net.patch, &remote));
    }

    /// What the app shows over the server's copy is what a merge that asks nobody makes of it.
    #[test]
    fn what_is_shown_is_what_a_merge_without_a_question_makes(
        edits in record().prop_flat_map(|start| edits(Some(start), false)), remote in record()
    ) {
        let (shown, deleted) = view(Some(&remote), None, &edits.waiting);
        prop_assert!(!deleted);
        match reconciled(&edits.waiting, Some(&remote)) {
            Reconciled::Clean { patch, .. } => prop_assert_eq!(shown, remote.patched(&patch)),
            Reconciled::Nothing => prop_assert_eq!(shown, remote),
            Reconciled::Clash => {}
            Reconciled::CleanDelete => prop_assert!(false, "nobody deleted it"),
        }
    }

    /// Deleted here: asked exactly when something that asks has moved there since it was seen, or was not seen at all.
    #[test]
    fn a_deletion_asks_when_something_sensitive_moved(seen in record(), remote in record()) {
        let delete = [operation(Kind::Delete, seen.clone(), Fields::new())];
        let moved = SENSITIVE.iter().any(|name| changed(&seen, &remote, name));
        let expected = if moved { Reconciled::Clash } else { Reconciled::CleanDelete };
        prop_assert_eq!(reconciled(&delete, Some(&remote)), expected);
        prop_assert_eq!(reconciled(&delete, None), Reconciled::Nothing, "deleted on both sides");
    }
}
