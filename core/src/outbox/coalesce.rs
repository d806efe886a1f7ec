//! How an edit joins the operations that already wait for its record. Pure.

use super::operation::{FailureReason, Kind, State};

/// What the person does to a record that is there. (Making one always appends.)
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EditKind {
    Update,
    Delete,
}

/// What the rule needs to know of a waiting operation.
#[derive(Debug, Clone)]
pub(crate) struct Queued {
    pub kind: Kind,
    pub attempted: bool,
    pub state: State,
}

/// What to do with the edit.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Enqueue {
    /// A new operation behind the others.
    Append,
    /// Fold it into the last one, which gets a new key: it was never sent.
    FoldIntoLast,
    /// The first one was refused or held back, and nothing behind it was ever sent: one new operation, with this edit in
    /// it, takes the place of all.
    Supersede,
    /// None of them was ever sent: where the server does not have the record all the same, drop them and the record.
    CancelOut,
}

/// The rules, in order:
/// - what was never sent by anybody may vanish (create, then delete);
/// - a refused operation gives way to a later edit of its record, else it would hold the record back for ever, and what
///   waits behind it with it;
/// - updates that were never attempted fold, where the collection allows it;
/// - what this build cannot read gives way to nothing: it is not known what would be lost;
/// - all else waits its turn behind its elders. A body once sent is frozen. (One that was tried too often may be at the
///   server: it goes again under its key, the edit behind it.)
pub(crate) fn enqueue(queue: &[Queued], edit: EditKind, coalesces: bool) -> Enqueue {
    let (Some(head), Some(last)) = (queue.first(), queue.last()) else { return Enqueue::Append };
    let untouched = queue.iter().all(|operation| !operation.attempted && operation.state == State::Pending);
    let refused = matches!(head.state, State::Failed(reason) if reason != FailureReason::Conflict && reason.is_certain());
    match edit {
        EditKind::Delete if untouched && head.kind == Kind::Create => Enqueue::CancelOut,
        _ if refused && queue.iter().skip(1).all(|operation| !operation.attempted) => Enqueue::Supersede,
        EditKind::Update
            if coalesces
                && last.kind == Kind::Update
                && (!last.attempted || sabotaged!(AttemptedFolded))
                && last.state == State::Pending =>
        {
            Enqueue::FoldIntoLast
        }
        _ => Enqueue::Append,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn op(kind: Kind, attempted: bool, state: State) -> Queued {
        Queued { kind, attempted, state }
    }

    #[test]
    fn table() {
        use EditKind as E;
        use Kind::{Create, Delete, Update};
        use State::{Failed, Pending, Sending};
        let refused = || Failed(FailureReason::Invalid);
        let conflict = || Failed(FailureReason::Conflict);
        let cases: Vec<(&str, Vec<Queued>, E, bool, Enqueue)> = vec![
            ("nothing waits", vec![], E::Update, true, Enqueue::Append),
            (
                "two unsent updates fold",
                vec![op(Update, false, Pending)],
                E::Update,
                true,
                Enqueue::FoldIntoLast,
            ),
            ("allergy edits never fold", vec![op(Update, false, Pending)], E::Update, false, Enqueue::Append),
            (
                "an attempted body is frozen",
                vec![op(Update, true, Pending)],
                E::Update,
                true,
                Enqueue::Append,
            ),
            ("one in flight is frozen", vec![op(Update, true, Sending)], E::Update, true, Enqueue::Append),
            (
                "an update is not folded into a create",
                vec![op(Create, false, Pending)],
                E::Update,
                true,
                Enqueue::Append,
            ),
            (
                "create + delete, never sent",
                vec![op(Create, false, Pending)],
                E::Delete,
                true,
                Enqueue::CancelOut,
            ),
            (
                "create + update + delete, never sent",
                vec![op(Create, false, Pending), op(Update, false, Pending)],
                E::Delete,
                false,
                Enqueue::CancelOut,
            ),
            ("create maybe sent + delete", vec![op(Create, true, Pending)], E::Delete, true, Enqueue::Append),
            (
                "create sent, update not, + delete",
                vec![op(Create, true, Sending), op(Update, false, Pending)],
                E::Delete,
                true,
                Enqueue::Append,
            ),
            (
                "a refused update is mended",
                vec![op(Update, true, refused())],
                E::Update,
                false,
                Enqueue::Supersede,
            ),
            (
                "a refused create is mended",
                vec![op(Create, true, refused())],
                E::Update,
                false,
                Enqueue::Supersede,
            ),
            (
                "a refused update gives way to delete",
                vec![op(Update, true, refused())],
                E::Delete,
                true,
                Enqueue::Supersede,
            ),
            (
                "a question is not answered by an edit",
                vec![op(Update, true, conflict())],
                E::Update,
                true,
                Enqueue::Append,
            ),
            (
                "a refused operation frees what waits behind it",
                vec![op(Update, true, refused()), op(Update, false, Pending)],
                E::Update,
                true,
                Enqueue::Supersede,
            ),
            (
                "a refused create and what followed give way to delete",
                vec![op(Create, true, refused()), op(Update, false, Pending)],
                E::Delete,
                true,
                Enqueue::Supersede,
            ),
            (
                "what followed a refused one on another device may be at the server",
                vec![op(Update, true, refused()), op(Update, true, Pending)],
                E::Update,
                true,
                Enqueue::Append,
            ),
            (
                "one held back for its age is confirmed by an edit",
                vec![op(Delete, false, Failed(FailureReason::Stale)), op(Create, false, Pending)],
                E::Update,
                false,
                Enqueue::Supersede,
            ),
            (
                "what cannot be read gives way to nothing",
                vec![op(Update, false, Failed(FailureReason::Unreadable))],
                E::Update,
                true,
                Enqueue::Append,
            ),
            (
                "nor is it cancelled out",
                vec![op(Create, false, Failed(FailureReason::Unreadable))],
                E::Delete,
                true,
                Enqueue::Append,
            ),
            (
                "one tried too often may be at the server",
                vec![op(Update, true, Failed(FailureReason::Exhausted))],
                E::Update,
                true,
                Enqueue::Append,
            ),
        ];
        for (name, queue, edit, coalesces, expected) in cases {
            assert_eq!(enqueue(&queue, edit, coalesces), expected, "{name}");
        }
    }
}
