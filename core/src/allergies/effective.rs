//! The cautious view of the allergy list while anything is in doubt. Pure.

use super::model::{Allergy, AllergyContent, ListState, Severity};
use super::wire::SPEC;
use crate::fields::Fields;
use crate::ids::Version;
use crate::merge::{Reconciled, Remote, net_change, reconcile};
use crate::outbox::Operation;
use crate::records::{Base, Row, SyncInfo};

/// The entries that one stored record contributes: none (deleted, and nobody doubts it), one, or two while both sides
/// differ in what the allergy is to.
pub(super) fn entries(row: &Row, waiting: &[Operation]) -> Vec<Allergy> {
    let sync = SyncInfo::of(row, waiting);
    let mine = (!row.deleted).then(|| AllergyContent::from_fields(&row.body));
    let theirs = row.server_copy().map(AllergyContent::from_fields);
    let entry = |content, in_question| Allergy {
        id: row.id,
        content,
        linked: Vec::new(),
        in_question,
        sync: sync.clone(),
    };
    if !in_doubt(row, waiting) {
        return mine.into_iter().map(|content| entry(content, false)).collect();
    }
    match (mine, theirs) {
        (Some(_), None) | (None, Some(_)) if sabotaged!(RemovalWins) => Vec::new(),
        // An edit that the other side has not seen beats a deletion, on whichever side.
        (Some(only), None) | (None, Some(only)) => vec![entry(only, true)],
        (Some(mine), Some(theirs)) if mine.allergen == theirs.allergen => {
            let severity = more_severe(mine.severity.clone(), theirs.severity);
            vec![entry(AllergyContent { severity, ..mine }, true)]
        }
        (Some(mine), Some(theirs)) => {
            let severity = more_severe(mine.severity.clone(), theirs.severity.clone());
            vec![
                entry(AllergyContent { severity: severity.clone(), ..mine }, true),
                entry(AllergyContent { severity, ..theirs }, true),
            ]
        }
        (None, None) => Vec::new(),
    }
}

/// Whether the server's copy and what waits here differ in something that a person has to decide. Asked of the data
/// itself, not of the stored question, so that the list is cautious from the moment the other side's copy arrives.
pub(super) fn in_doubt(row: &Row, waiting: &[Operation]) -> bool {
    if waiting.is_empty() || row.base == Base::Absent {
        return false;
    }
    if waiting.iter().any(|operation| !operation.readable) {
        return true;
    }
    let remote = Remote { version: row.version.unwrap_or(Version(0)), fields: row.server_copy().cloned() };
    let net = net_change(waiting);
    // Made here and there already: its severity may have been taken back since, which looks as if it had never been stated.
    let taken_back = |fields: &Fields| net.creates && Severity::of(fields) != Severity::of(&row.body);
    remote.fields.as_ref().is_some_and(taken_back) || reconcile(&net, &remote, &SPEC) == Reconciled::Clash
}

pub(super) fn more_severe(mine: Option<Severity>, theirs: Option<Severity>) -> Option<Severity> {
    let worse = Severity::rank(theirs.as_ref()) > Severity::rank(mine.as_ref());
    if sabotaged!(WeakerShown) {
        return if worse { mine } else { theirs };
    }
    if worse { theirs } else { mine }
}

/// What is said about the list as a whole. `stored`: what this device holds; `remote`: the server's copy while an edit
/// of it waits. "None" needs an empty list and nobody who says otherwise: in doubt it is not said.
pub(super) fn list_state(
    any_entry: bool,
    all_readable: bool,
    stored: ListState,
    remote: Option<ListState>,
) -> ListState {
    let contradicted = remote.is_some_and(|remote| remote == ListState::Listed);
    match stored {
        _ if any_entry => ListState::Listed,
        ListState::ConfirmedNone if all_readable && !contradicted => ListState::ConfirmedNone,
        _ => ListState::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collection::Collection;
    use crate::ids::RecordId;
    use crate::outbox::Kind;
    use serde_json::json;

    #[test]
    fn not_stated_neither_yields_to_mild_nor_hides_severe() {
        use Severity::{LifeThreatening, Mild, Severe, Unrecognised};
        let worse = |a: Option<Severity>, b: Option<Severity>, expected: Option<Severity>| {
            assert_eq!(more_severe(a.clone(), b.clone()), expected);
            assert_eq!(more_severe(b, a), expected, "and the other way round");
        };
        worse(None, Some(Mild), None);
        worse(None, Some(Severe), Some(Severe));
        worse(Some(Mild), Some(LifeThreatening), Some(LifeThreatening));
        worse(Some(Severe), Some(Unrecognised("x".into())), Some(Unrecognised("x".into())));
    }

    #[test]
    fn a_severity_that_was_taken_back_while_its_creation_is_in_doubt_is_not_shown_as_mild() {
        let fields = |value| serde_json::from_value::<Fields>(value).unwrap();
        let milk = || json!({"allergen": {"code": "milk"}, "severity": "mild"});
        let make = Operation::example(Collection::Allergies, Kind::Create, Fields::new(), fields(milk()));
        for (there, doubted, shown) in [
            (milk(), false, Some(Severity::Mild)),
            (json!({"allergen": {"code": "milk"}}), true, None),
            (json!({"allergen": {"code": "milk"}, "severity": "severe"}), true, Some(Severity::Severe)),
        ] {
            let row = Row {
                version: Some(Version(2)),
                body: fields(milk()),
                base: Base::Fields(fields(there)),
                deleted: false,
                ..Row::blank(RecordId::SINGLE, 0)
            };
            let waiting = std::slice::from_ref(&make);
            assert_eq!(in_doubt(&row, waiting), doubted);
            assert_eq!(entries(&row, waiting)[0].content.severity, shown);
        }
    }

    #[test]
    fn none_is_said_only_when_nothing_speaks_against_it() {
        use ListState::{ConfirmedNone, Listed, Unknown};
        for (name, any, readable, stored, remote, expected) in [
            ("a person confirmed it", false, true, ConfirmedNone, None, ConfirmedNone),
            ("offline, edit waits, server unknown", false, true, ConfirmedNone, Some(Unknown), ConfirmedNone),
            ("an entry is there all the same", true, true, ConfirmedNone, None, Listed),
            ("the last one was removed", false, true, Listed, None, Unknown),
            ("an allergy that cannot be read", false, false, ConfirmedNone, None, Unknown),
            ("another device says listed", false, true, ConfirmedNone, Some(Listed), Unknown),
            ("nothing was ever said", false, true, Unknown, None, Unknown),
        ] {
            assert_eq!(list_state(any, readable, stored, remote), expected, "{name}");
        }
    }
}
