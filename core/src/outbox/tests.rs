//! What the queue's SQL does at its edges, on a file of its own.

use super::lanes;
use super::store::*;
use super::{FailureReason, Kind, Operation, State};
use crate::clock::Environment;
use crate::collection::{Collection, Specs};
use crate::db::Transaction;
use crate::db::{Account, Database, Entry, Place, test_key};
use crate::error::Result;
use crate::fields::Fields;
use crate::ids::{RecordId, UserId, Version};
use crate::observe::{Changes, Observers};
use crate::records::Writer;
use std::ops::RangeInclusive;
use uuid::Uuid;

/// Runs this in a write of a new file, which is gone afterwards.
pub(crate) fn in_a_file(body: impl FnOnce(&Transaction<'_>) -> Result<()>) {
    let folder = tempfile::tempdir().unwrap();
    let user = UserId::new("ana").unwrap();
    let account = Account { user: &user, server: "s", device_id: Uuid::nil() };
    let place = Place::of(folder.path(), folder.path(), &account).unwrap();
    let opened = Database::open(place, &account, test_key().as_ref(), Entry::SignIn, Observers::default());
    opened.unwrap().0.write(|tx, _| body(tx)).unwrap();
}

/// The same with what an edit needs, at this time. `asks`: fields that ask a person, too.
pub(crate) fn in_a_write(
    asks: &[(Collection, String)],
    now: i64,
    body: impl FnOnce(&mut Writer<'_>) -> Result<()>,
) {
    in_a_file(|tx| {
        let (env, specs, user) = (Environment::system(), Specs::new(asks), UserId::new("ana")?);
        let (changes, acknowledged) = (&mut Changes::default(), Acknowledged::default());
        body(&mut Writer {
            tx,
            changes,
            env: &env,
            user: &user,
            specs: &specs,
            now,
            yields: false,
            acknowledged,
        })
    });
}

fn record(number: u128) -> RecordId {
    Uuid::from_u128(number).into()
}

/// Queues an update of a record and returns it. `is_head`: no elder of its lane waits.
pub(crate) fn queue(tx: &Transaction<'_>, number: u128, at: i64, is_head: bool) -> Result<Operation> {
    let user = UserId::new("ana")?;
    let (mut payload, none) = (Fields::new(), Fields::new());
    payload.set("note", "x".repeat(1_000));
    let new = NewOperation {
        key: Uuid::from_u128(last_ever(tx)?.unsigned_abs().into()).into(),
        user: &user,
        collection: Collection::History,
        record_id: record(number),
        kind: Kind::Update,
        payload: &payload,
        seen_before: &none,
        base_version: None,
        created_at: at,
        first_attempt_at: None,
        is_head,
        yields: false,
    };
    append(tx, &new)?;
    again(tx, last_ever(tx)?)
}

/// The operation as it is stored now.
fn again(tx: &Transaction<'_>, seq: i64) -> Result<Operation> {
    Ok(list(tx, QueueFilter::All, seq - 1, 1)?.remove(0))
}

pub(crate) fn fail(tx: &Transaction<'_>, seq: i64) -> Result<()> {
    let failure = Failure { reason: FailureReason::Invalid, server_code: None, http_status: Some(422) };
    mark_failed(tx, seq, &failure, 1, 0)
}

fn acknowledge(tx: &Transaction<'_>, seq: i64) -> Result<()> {
    acknowledge_all(tx, seq..=seq)
}

fn acknowledge_all(tx: &Transaction<'_>, places: RangeInclusive<i64>) -> Result<()> {
    let mut acknowledged = Acknowledged::default();
    mark_synced(tx, places, 1, &mut acknowledged)?;
    count_acknowledged(tx, acknowledged)
}

#[test]
fn a_batch_ends_at_its_count_or_at_its_bytes_and_has_one_operation_at_least() {
    in_a_file(|tx| {
        let each = queue(tx, 1, 0, true)?.payload.to_json().len() + 256;
        queue(tx, 2, 0, true)?;
        queue(tx, 3, 0, true)?;
        for (limit, bytes, expected) in [
            (10, 10 * each, 3),
            (2, 10 * each, 2),
            (10, 3 * each, 3),
            (10, 3 * each - 1, 2),
            (10, 2 * each, 2),
            (10, each, 1),
            (10, 0, 1),
        ] {
            let ready = peek_ready(tx, 0, limit, bytes)?;
            assert_eq!(ready.batch.len(), expected, "{limit} of {bytes} bytes");
            assert!(ready.strangers.is_empty());
        }
        Ok(())
    });
}

#[test]
fn what_backs_off_is_ready_when_its_time_has_come_and_what_need_not_wait_always_is() {
    in_a_file(|tx| {
        assert!(!any_ready(tx, i64::MAX)?);
        let one = queue(tx, 1, 0, true)?;
        assert!(any_ready(tx, -5)?, "a clock before 1970");
        mark_pending(tx, one.seq, 100, 1)?;
        assert!(!any_ready(tx, 99)? && any_ready(tx, 100)?);
        assert_eq!((next_ready_at(tx)?, again(tx, one.seq)?.attempts), (Some(100), 1));
        Ok(())
    });
}

#[test]
fn an_import_waits_until_it_is_sent() {
    in_a_file(|tx| {
        let edit = queue(tx, 1, 0, true)?;
        assert!(!any_yielding(tx)?);
        let user = UserId::new("ana")?;
        let new = NewOperation {
            key: Uuid::from_u128(9).into(),
            user: &user,
            collection: Collection::History,
            record_id: record(2),
            kind: Kind::Create,
            payload: &edit.payload,
            seen_before: &edit.seen_before,
            base_version: None,
            created_at: 0,
            first_attempt_at: None,
            is_head: true,
            yields: true,
        };
        append(tx, &new)?;
        assert!(any_yielding(tx)?);
        mark_sending(tx, &[again(tx, edit.seq + 1)?], "r", 1)?;
        assert!(!any_yielding(tx)?);
        Ok(())
    });
}

#[test]
fn the_last_500_receipts_are_kept_and_what_waits_is_no_receipt() {
    in_a_file(|tx| {
        let waits = queue(tx, 1, 0, true)?;
        for number in 2..=503 {
            let seq = queue(tx, number, 0, true)?.seq;
            acknowledge(tx, seq)?;
        }
        prune_receipts(tx)?;
        let kept = list(tx, QueueFilter::Acknowledged, 0, 1_000)?;
        assert_eq!((kept.len(), kept[0].record_id), (500, record(4)));
        assert_eq!(kept[0].payload, Fields::new(), "its content has left the file");
        assert_eq!(again(tx, waits.seq)?.payload, *waits.payload);
        Ok(())
    });
}

#[test]
fn a_receipt_of_any_build_can_be_read() {
    in_a_file(|tx| {
        let seq = queue(tx, 1, 0, true)?.seq;
        acknowledge(tx, seq)?;
        tx.execute("UPDATE operations SET payload_version = 99 WHERE seq = ?1", [seq])?;
        assert_eq!((again(tx, seq)?.state, again(tx, seq)?.readable), (State::Synced, true));
        Ok(())
    });
}

#[test]
fn what_is_in_which_state_is_counted() {
    in_a_file(|tx| {
        assert_eq!(oldest_unsent(tx)?, None);
        let all = (1..=6_u8).map(|number| queue(tx, number.into(), i64::from(number) * 10, true));
        let all = all.collect::<Result<Vec<_>>>()?;
        acknowledge(tx, all[0].seq)?;
        mark_sending(tx, &all[1..3], "r", 1)?;
        fail(tx, all[3].seq)?;
        assert_eq!(counts(tx)?, QueueCounts { pending: 2, sending: 2, failed: 1 });
        assert_eq!(oldest_unsent(tx)?, Some(20));
        Ok(())
    });
}

#[test]
fn what_another_run_has_parked_or_acknowledged_since_is_counted_once_and_a_receipt_stays_one() {
    in_a_file(|tx| {
        let (parked, other) = (queue(tx, 1, 0, true)?, queue(tx, 2, 0, true)?);
        mark_sending(tx, std::slice::from_ref(&parked), "r", 1)?;
        fail(tx, parked.seq)?;
        acknowledge(tx, parked.seq)?;
        let one_waits = QueueCounts { pending: 1, sending: 0, failed: 0 };
        assert_eq!(counts(tx)?, one_waits);
        acknowledge(tx, parked.seq)?;
        mark_pending(tx, parked.seq, 0, 1)?;
        assert_eq!(counts(tx)?, one_waits);
        assert_eq!(again(tx, parked.seq)?.state, State::Synced);
        assert!(waiting(tx, Collection::History, record(1))?.is_empty(), "it has left its lane");
        fail(tx, other.seq)?;
        mark_pending(tx, other.seq, 0, 0)?;
        assert_eq!(counts(tx)?, one_waits, "out of the parked ones again");
        Ok(())
    });
}

#[test]
fn neighbours_become_receipts_together_whatever_another_run_has_done_with_some() {
    in_a_file(|tx| {
        let all = (1..=7).map(|number| queue(tx, number, 0, true)).collect::<Result<Vec<_>>>()?;
        lanes::hold(tx, all[6].seq, &[all[2].seq, all[4].seq])?;
        mark_sending(tx, &all[..5], "r", 1)?;
        fail(tx, all[1].seq)?;
        acknowledge(tx, all[3].seq)?;
        mark_pending(tx, all[0].seq, 9, 0)?;
        acknowledge_all(tx, all[0].seq..=all[4].seq)?;
        assert_eq!(counts(tx)?, QueueCounts { pending: 2, sending: 0, failed: 0 });
        let receipts = list(tx, QueueFilter::Acknowledged, 0, 9)?;
        let are_bare = receipts.iter().all(|one| one.payload.is_empty() && one.ready_at.is_none());
        assert!(are_bare && receipts.iter().map(|one| one.seq).eq(all[..5].iter().map(|one| one.seq)));
        assert_eq!(again(tx, all[5].seq)?.state, State::Pending, "beside them");
        assert_eq!(again(tx, all[6].seq)?.ready_at, Some(0), "it waited for two of them");
        Ok(())
    });
}

#[test]
fn a_claim_marks_its_batch_and_nothing_that_stands_between() {
    in_a_file(|tx| {
        let all = (1..=6).map(|number| queue(tx, number, 0, true)).collect::<Result<Vec<_>>>()?;
        let batch: Vec<_> = [0, 1, 3, 5].iter().map(|&index: &usize| all[index].clone()).collect();
        mark_sending(tx, &batch, "r", 7)?;
        let under_way = list(tx, QueueFilter::Sending, 0, 10)?;
        let marked: Vec<_> = under_way.iter().map(|one| (one.seq, one.first_attempt_at)).collect();
        let expected: Vec<_> = batch.iter().map(|one| (one.seq, Some(7))).collect();
        assert_eq!(marked, expected);
        Ok(())
    });
}

#[test]
fn what_a_dead_process_was_sending_waits_again_and_no_wait_is_longer_than_the_longest() {
    in_a_file(|tx| {
        let all = (1..=4).map(|number| queue(tx, number, 0, true)).collect::<Result<Vec<_>>>()?;
        mark_sending(tx, &all[..2], "r", 7)?;
        mark_pending(tx, all[2].seq, 1_500, 1)?;
        mark_pending(tx, all[3].seq, 1_501, 1)?;
        assert_eq!(settle_interrupted(tx, 1_000, 500)?, 2);
        let ready: Vec<_> =
            all.iter().map(|one| again(tx, one.seq).map(|now| now.ready_at)).collect::<Result<_>>()?;
        assert_eq!(ready, [Some(0), Some(0), Some(1_500), Some(1_000)]);
        let first = again(tx, all[0].seq)?;
        assert_eq!((first.state, first.key, first.attempts), (State::Pending, all[0].key, 0));
        assert_eq!(first.first_attempt_at, Some(7), "it may be at the server");
        Ok(())
    });
}

#[test]
fn of_a_copied_queue_the_eldest_of_each_record_may_have_been_sent_by_the_other_copy() {
    in_a_file(|tx| {
        let eldest = queue(tx, 1, 0, true)?;
        let behind = queue(tx, 1, 0, false)?;
        let sent = queue(tx, 2, 0, true)?;
        mark_sending(tx, std::slice::from_ref(&sent), "r", 3)?;
        may_have_been_sent(tx, 9)?;
        let first = |seq| again(tx, seq).map(|now| now.first_attempt_at);
        assert_eq!((first(eldest.seq)?, first(behind.seq)?, first(sent.seq)?), (Some(9), None, Some(3)));
        Ok(())
    });
}

#[test]
fn only_what_was_never_sent_moves_on_to_another_version() {
    in_a_file(|tx| {
        let (sent, unsent) = (queue(tx, 1, 0, true)?, queue(tx, 2, 0, true)?);
        mark_sending(tx, std::slice::from_ref(&sent), "r", 3)?;
        rebase(tx, sent.seq, Some(Version(5)))?;
        rebase(tx, unsent.seq, Some(Version(5)))?;
        assert_eq!(again(tx, sent.seq)?.base_version, None);
        assert_eq!(again(tx, unsent.seq)?.base_version, Some(Version(5)));
        Ok(())
    });
}

#[test]
fn what_waits_for_another_record_goes_when_that_one_is_acknowledged_or_taken_out() {
    in_a_file(|tx| {
        let (one, other, waits) = (queue(tx, 1, 0, true)?, queue(tx, 2, 0, true)?, queue(tx, 3, 0, true)?);
        lanes::hold(tx, waits.seq, &[one.seq, other.seq])?;
        assert_eq!(again(tx, waits.seq)?.ready_at, None);
        assert_eq!(lanes::waits_for(tx, waits.seq)?, [one.seq, other.seq]);
        assert_eq!(lanes::dependents(tx, &(one.seq..=one.seq))?, [waits.seq]);
        acknowledge(tx, one.seq)?;
        assert_eq!(again(tx, waits.seq)?.ready_at, None, "it waits for the other still");
        remove(tx, &[other])?;
        assert_eq!(again(tx, waits.seq)?.ready_at, Some(0));
        let last = queue(tx, 4, 0, true)?;
        lanes::hold(tx, last.seq, &[waits.seq])?;
        remove(tx, &[last])?;
        assert_eq!(
            lanes::dependents(tx, &(waits.seq..=waits.seq))?,
            Vec::<i64>::new(),
            "what is taken out waits for nothing"
        );
        Ok(())
    });
}
