//! Carries out what an answer says of each operation. Acknowledgements of neighbours, which most of a long drain are, are marked
//! together.

use super::apply::{self, Effect};
use crate::error::Result;
use crate::observe::{Origin, Topic};
use crate::outbox::store as outbox;
use crate::outbox::{BackoffPolicy, Operation, OperationVerdict};
use crate::records::{Confirm, Writer};

/// An operation that was sent, and what became of it.
type Judged<'a> = (&'a Operation, OperationVerdict);

/// Carries out the verdicts on the operations of a request, in their order.
pub(super) fn verdicts(
    writer: &mut Writer<'_>,
    sent: &[Operation],
    verdicts: Vec<OperationVerdict>,
    backoff: &BackoffPolicy,
) -> Result<Vec<Effect>> {
    let judged: Vec<Judged<'_>> = sent.iter().zip(verdicts).collect();
    let runs: Vec<usize> = judged.chunk_by(go_together).map(<[_]>::len).collect();
    let (mut judged, mut effects) = (judged.into_iter(), Vec::with_capacity(sent.len()));
    for length in runs {
        let mut run = judged.by_ref().take(length);
        if length > 1 {
            acknowledged(writer, run.collect(), &mut effects)?;
        } else if let Some((operation, verdict)) = run.next() {
            effects.push(apply::verdict(writer, operation, verdict, backoff)?);
        }
    }
    Ok(effects)
}

/// Whether two that follow each other may be marked together: nothing can stand between them, and nothing has to be noted or
/// asked about either. (A claim holds one operation of a record: what is done for one changes nothing for the other.)
fn go_together((one, verdict): &Judged<'_>, (next, its): &Judged<'_>) -> bool {
    let is_plain = |verdict: &OperationVerdict| match verdict {
        OperationVerdict::Acknowledged { overwritten, .. } => overwritten.is_empty(),
        _ => false,
    };
    one.seq.checked_add(1) == Some(next.seq)
        && one.collection == next.collection
        && is_plain(verdict)
        && is_plain(its)
}

/// Neighbours of one collection, all of them acknowledged.
fn acknowledged(writer: &mut Writer<'_>, run: Vec<Judged<'_>>, effects: &mut Vec<Effect>) -> Result<()> {
    let ids = run.iter().map(|(operation, _)| operation.record_id);
    let (Some(least), Some(most)) = (ids.clone().min(), ids.max()) else { return Ok(()) };
    let (Some((first, _)), Some((last, _))) = (run.first(), run.last()) else { return Ok(()) };
    outbox::mark_synced(writer.tx, first.seq..=last.seq, writer.now, &mut writer.acknowledged)?;
    // What was made one after the other has ids side by side: one look tells that nothing waits for any of them.
    let nothing_waits = !outbox::any_waiting(writer.tx, first.collection, &(least..=most))?;
    let mut confirm = Confirm::prepare(writer.tx, writer.spec(first.collection), nothing_waits)?;
    writer.changes.topic(Topic::Queue, Origin::Remote);
    for (operation, verdict) in run {
        writer.changes.record(operation.collection, operation.record_id, Origin::Remote);
        if let OperationVerdict::Acknowledged { record, duplicate, .. } = verdict {
            apply::settle(writer, operation, record, &mut confirm)?;
            effects.push(Effect::Acknowledged { duplicate });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collection::Collection;
    use crate::fields::Fields;
    use crate::outbox::store::QueueFilter;
    use crate::outbox::{Kind, lanes};
    use crate::records::{self, Edit};
    use crate::sync::apply::tests::{fields, id, pull, scan, write};
    use crate::transport::OverwrittenValue;
    use serde_json::{Value, json};

    fn sent(collection: Collection, seq: i64) -> Operation {
        Operation { seq, ..Operation::example(collection, Kind::Update, Fields::new(), Fields::new()) }
    }

    fn acknowledged(overwritten: Vec<OverwrittenValue>) -> OperationVerdict {
        OperationVerdict::Acknowledged { record: None, overwritten, duplicate: false }
    }

    #[test]
    fn only_plain_acknowledgements_of_neighbours_in_one_collection_go_together() {
        let (entries, allergies) = (Collection::History, Collection::Allergies);
        let value = || vec![OverwrittenValue { field: "note".into(), value: 1.into() }];
        let plain = || acknowledged(Vec::new());
        let again = || OperationVerdict::Again { counted: false };
        for (name, one, next, together) in [
            ("neighbours", (entries, 4, plain()), (entries, 5, plain()), true),
            ("of another collection", (entries, 4, plain()), (allergies, 5, plain()), false),
            ("something stands between", (entries, 4, plain()), (entries, 6, plain()), false),
            ("the elder comes second", (entries, 5, plain()), (entries, 4, plain()), false),
            ("the last place there is", (entries, i64::MAX, plain()), (entries, i64::MIN, plain()), false),
            (
                "values to note of the first",
                (entries, 4, acknowledged(value())),
                (entries, 5, plain()),
                false,
            ),
            ("of the second", (entries, 4, plain()), (entries, 5, acknowledged(value())), false),
            ("the first waits", (entries, 4, again()), (entries, 5, plain()), false),
            ("the second waits", (entries, 4, plain()), (entries, 5, again()), false),
        ] {
            let ((here, seq, verdict), (there, its_seq, its)) = (one, next);
            let (one, next) = (sent(here, seq), sent(there, its_seq));
            assert_eq!(go_together(&(&one, verdict), &(&next, its)), together, "{name}");
        }
    }

    /// What the server says of one; null: it is deleted there.
    fn taken(sent: &Operation, version: i64, copy: &Value) -> OperationVerdict {
        let record = json!({
            "entity": sent.collection.name(), "id": sent.record_id, "version": version, "deleted": copy.is_null(),
            "fields": if copy.is_null() { json!({}) } else { copy.clone() },
        });
        let record: crate::transport::RemoteRecord = serde_json::from_value(record).unwrap();
        OperationVerdict::Acknowledged { record: Some(record.into()), overwritten: vec![], duplicate: false }
    }

    /// A queue with a bit of everything, judged; so many verdicts are carried out at a time. What is left of it.
    fn left_by(at_a_time: usize) -> Vec<String> {
        let entries = Collection::History;
        let mut left = Vec::new();
        write(|writer| {
            let of = writer.spec(entries);
            pull(writer, entries, 1, &scan())?;
            for _ in 0..6 {
                writer.create_new(of, fields(scan()))?;
            }
            writer.edit(of, id(), Edit::Delete)?;
            let sent = outbox::list(writer.tx, QueueFilter::Unsent, 0, 99)?;
            outbox::mark_sending(writer.tx, &sent, "r", 7)?;
            // Meanwhile the second is edited, and the sixth: that edit waits for the fifth.
            let ids: Vec<_> = sent.iter().map(|operation| operation.record_id).collect();
            for place in [1, 5] {
                let (seen, patch) = (fields(scan()), fields(json!({"note": "later"})));
                writer.edit(of, ids[place], Edit::Update { seen, patch })?;
            }
            let last = outbox::waiting(writer.tx, entries, ids[5])?.remove(1);
            lanes::hold(writer.tx, last.seq, &[sent[4].seq])?;
            let mut verdicts: Vec<_> = (10..).zip(&sent).map(|(at, sent)| taken(sent, at, &scan())).collect();
            let as_edited = json!({"kind": "scan", "occurred_at": 1, "note": "later"});
            verdicts[1] = taken(&sent[1], 11, &as_edited);
            verdicts[2] = taken(&sent[2], 12, &json!({"kind": "scan", "occurred_at": 1, "brand": "theirs"}));
            verdicts[3] = OperationVerdict::Again { counted: true };
            verdicts[4] = taken(&sent[4], 14, &Value::Null);
            verdicts[6] = acknowledged(Vec::new());
            for sent in sent.chunks(at_a_time) {
                let some = verdicts.drain(..sent.len()).collect();
                let at_once = BackoffPolicy { first_ms: 0, ..BackoffPolicy::default() };
                super::verdicts(writer, sent, some, &at_once)?;
            }
            for one in outbox::list(writer.tx, QueueFilter::All, 0, 99)? {
                left.push(format!("{} {:?} {:?} {:?}", one.seq, one.state, one.ready_at, one.base_version));
            }
            for id in ids {
                let row = records::get(writer.tx, of, id)?;
                left.push(format!("{:?}", row.map(|row| (row.version, row.body, row.base, row.deleted))));
            }
            Ok(())
        });
        left
    }

    #[test]
    fn together_or_one_by_one_the_same_is_left() {
        let one_by_one = left_by(1);
        assert_eq!(one_by_one.iter().filter(|line| line.contains("Synced")).count(), 6);
        assert_eq!(
            one_by_one[7..9],
            ["8 Pending Some(0) Some(Version(11))", "9 Pending Some(0) Some(Version(15))"]
        );
        assert_eq!(left_by(99), one_by_one);
        assert_eq!(left_by(3), one_by_one);
    }
}
