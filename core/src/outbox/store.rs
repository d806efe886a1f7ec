//! SQL of the outbox.

use super::lanes;
use super::operation::{FailureReason, Kind, Operation, State};
use super::payload::{self, Payload};
use crate::collection::Collection;
use crate::db::Transaction;
use crate::error::{Result, readable};
use crate::fields::Fields;
use crate::ids::{OperationId, RecordId, UserId, Version};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::HashSet;
use std::ops::RangeInclusive;

/// Receipts of acknowledged operations that are kept.
const RECEIPTS: i64 = 500;

const COLUMNS: &str =
    "seq, key, collection, record_id, kind, payload, seen_before, base_version, state, attempts,
    created_at, first_attempt_at, ready_at, failure, server_code, http_status, request_id, payload_version,
    yields";

/// An operation to be queued.
#[derive(Clone, Copy)]
pub(crate) struct NewOperation<'a> {
    pub key: OperationId,
    pub user: &'a UserId,
    pub collection: Collection,
    pub record_id: RecordId,
    pub kind: Kind,
    pub payload: &'a Fields,
    pub seen_before: &'a Fields,
    pub base_version: Option<Version>,
    /// When the edit was made.
    pub created_at: i64,
    /// Only of an operation that comes back by a rescue: it may have been sent before.
    pub first_attempt_at: Option<i64>,
    /// No elder of its lane waits.
    pub is_head: bool,
    /// Made by an import: gives way to what the server knows of the record.
    pub yields: bool,
}

/// Why an operation is parked, with what the server said.
pub(crate) struct Failure<'a> {
    pub reason: FailureReason,
    pub server_code: Option<&'a str>,
    pub http_status: Option<u16>,
}

/// How many operations a write has acknowledged that the queue's counts do not know of yet.
#[derive(Debug, Default)]
pub(crate) struct Acknowledged(u64);

/// Which operations a page of the queue shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueueFilter {
    /// All of them, with the receipts of acknowledged ones (the last 500).
    All,
    /// Everything that is not acknowledged.
    Unsent,
    /// What waits to be sent.
    Pending,
    /// What is under way.
    Sending,
    /// What is parked with a reason.
    Failed,
    /// The receipts.
    Acknowledged,
}

/// How many operations are in which state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct QueueCounts {
    /// Wait to be sent.
    pub pending: u64,
    /// Under way.
    pub sending: u64,
    /// Parked with a reason.
    pub failed: u64,
}

pub(crate) fn append(tx: &Transaction<'_>, new: &NewOperation<'_>) -> Result<()> {
    append_written(tx, new, &new.payload.to_json())
}

/// The same of one whose payload is at hand as text.
pub(crate) fn append_written(tx: &Transaction<'_>, new: &NewOperation<'_>, payload: &str) -> Result<()> {
    tx.prepare_cached(
        "INSERT INTO operations (key, user_id, collection, record_id, kind, payload_version, payload, seen_before,
            base_version, state, ready_at, created_at, first_attempt_at, yields)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 0, ?10, ?11, ?12, ?13)",
    )?
    .execute(params![
        new.key,
        new.user.as_str(),
        new.collection,
        new.record_id,
        new.kind,
        payload::VERSION,
        payload,
        new.seen_before,
        new.base_version,
        new.is_head.then_some(0_i64),
        new.created_at,
        new.first_attempt_at,
        new.yields,
    ])?;
    Ok(())
}

/// The operations of a record that are not acknowledged, in order.
pub(crate) fn waiting(conn: &Connection, collection: Collection, id: RecordId) -> Result<Vec<Operation>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM operations WHERE collection = ?1 AND record_id = ?2 AND receipt = 0 ORDER BY seq"
    );
    let mut statement = conn.prepare_cached(&sql)?;
    let rows = statement.query_map(params![collection, id], read_row)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Whether any operation that is not acknowledged is of a record from one id to another.
pub(crate) fn any_waiting(
    conn: &Connection,
    collection: Collection,
    ids: &RangeInclusive<RecordId>,
) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM operations
        WHERE collection = ?1 AND record_id BETWEEN ?2 AND ?3 AND receipt = 0)";
    let values = params![collection, ids.start(), ids.end()];
    Ok(conn.prepare_cached(sql)?.query_row(values, |row| row.get(0))?)
}

/// The places of all operations of a collection that are not acknowledged.
pub(crate) fn places(conn: &Connection, collection: Collection) -> Result<Vec<i64>> {
    let mut statement =
        conn.prepare_cached("SELECT seq FROM operations WHERE collection = ?1 AND receipt = 0")?;
    let rows = statement.query_map([collection], |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

pub(crate) fn find(conn: &Connection, position: i64, key: OperationId) -> Result<Option<Operation>> {
    let sql = format!("SELECT {COLUMNS} FROM operations WHERE seq = ?1");
    let found = conn.prepare_cached(&sql)?.query_row([position], read_row).optional()?;
    Ok(found.filter(|operation| operation.key == key))
}

/// Rewrites an operation that no request holds: a new key and content, pending again, as if made now.
pub(crate) fn replace(tx: &Transaction<'_>, seq: i64, new: &NewOperation<'_>) -> Result<()> {
    tx.prepare_cached(
        "UPDATE operations SET key = ?2, kind = ?3, payload = ?4, seen_before = ?5, base_version = ?6, state = 0,
            ready_at = NULL, attempts = 0, created_at = ?7, first_attempt_at = NULL, settled_at = NULL, failure = NULL,
            server_code = NULL, http_status = NULL, request_id = NULL, payload_version = ?8
         WHERE seq = ?1 AND state IN (0, 2)",
    )?
    .execute(params![
        seq,
        new.key,
        new.kind,
        new.payload,
        new.seen_before,
        new.base_version,
        new.created_at,
        payload::VERSION,
    ])?;
    lanes::release(tx, new.collection, new.record_id)
}

/// The keys of all operations here, in whatever state: a rescue looks once.
pub(crate) fn keys(conn: &Connection) -> Result<HashSet<OperationId>> {
    let mut statement = conn.prepare_cached("SELECT key FROM operations")?;
    let keys = statement.query_map([], |row| row.get(0))?;
    Ok(keys.collect::<rusqlite::Result<_>>()?)
}

/// Takes operations out without a receipt: cancelled out, folded into a decision, or discarded by the app.
pub(crate) fn remove(tx: &Transaction<'_>, operations: &[Operation]) -> Result<()> {
    let mut statement = tx.prepare_cached("DELETE FROM operations WHERE seq = ?1")?;
    for operation in operations {
        statement.execute([operation.seq])?;
        lanes::forget(tx, operation.seq)?;
    }
    Ok(())
}

/// Operations that may go at once have the time 0, also for a clock that stands before 1970.
fn ready_by(now: i64) -> i64 {
    now.max(0)
}

/// Whether any operation may be sent now.
pub(crate) fn any_ready(conn: &Connection, now: i64) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM operations WHERE ready_at IS NOT NULL AND ready_at <= ?1)";
    Ok(conn.prepare_cached(sql)?.query_row([ready_by(now)], |row| row.get(0))?)
}

/// What may be sent now.
pub(crate) struct Ready {
    /// Elders first.
    pub batch: Vec<Operation>,
    /// The places of rows that cannot even be told by their ids: to be parked, so that they end no claim.
    pub strangers: Vec<i64>,
}

/// The operations that may be sent now, elders first, at most `limit` of them and about `max_bytes` of payload.
/// Each is the head of its lane.
pub(crate) fn peek_ready(conn: &Connection, now: i64, limit: usize, max_bytes: usize) -> Result<Ready> {
    let sql = format!(
        "SELECT {COLUMNS} FROM operations WHERE ready_at IS NOT NULL AND ready_at <= ?1 ORDER BY ready_at, seq LIMIT ?2"
    );
    let mut statement = conn.prepare_cached(&sql)?;
    let mut rows = statement.query(params![ready_by(now), i64::try_from(limit).unwrap_or(i64::MAX)])?;
    let (mut batch, mut strangers, mut bytes) = (Vec::new(), Vec::new(), 0);
    while let Some(row) = rows.next()? {
        let Some(operation) = readable(read_row(row))? else {
            strangers.push(row.get(0)?);
            continue;
        };
        bytes += operation.bytes();
        if bytes > max_bytes && !batch.is_empty() {
            break;
        }
        batch.push(operation);
    }
    Ok(Ready { batch, strangers })
}

/// Whether anything may go that an import made and that was never sent. (What is parked does not go.)
pub(crate) fn any_yielding(conn: &Connection) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM operations WHERE yields = 1 AND first_attempt_at IS NULL AND state = 0)";
    Ok(conn.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
}

/// When the next operation that is backing off may go.
pub(crate) fn next_ready_at(conn: &Connection) -> Result<Option<i64>> {
    Ok(conn
        .prepare_cached("SELECT min(ready_at) FROM operations WHERE ready_at IS NOT NULL")?
        .query_row([], |row| row.get(0))?)
}

/// Marks operations as being sent. From the first time on, body, key and base version are frozen. (`OR FAIL`: as every error
/// ends the write, SQLite need not be able to take back the statement alone, and keeps no journal of it.)
pub(crate) fn mark_sending(
    tx: &Transaction<'_>,
    batch: &[Operation],
    request_id: &str,
    now: i64,
) -> Result<()> {
    let mut statement = tx.prepare_cached(
        "UPDATE OR FAIL operations SET state = 1, ready_at = NULL, first_attempt_at = coalesce(first_attempt_at, ?3),
            request_id = ?4 WHERE seq BETWEEN ?1 AND ?2",
    )?;
    // What waits stands mostly side by side.
    for run in batch.chunk_by(|one, next| one.seq.checked_add(1) == Some(next.seq)) {
        if let (Some(first), Some(last)) = (run.first(), run.last()) {
            statement.execute(params![first.seq, last.seq, now, request_id])?;
        }
    }
    Ok(())
}

/// Holds one that was not sent back until then.
pub(crate) fn postpone(tx: &Transaction<'_>, seq: i64, until: i64) -> Result<()> {
    tx.prepare_cached("UPDATE operations SET ready_at = ?2 WHERE seq = ?1 AND state = 0")?
        .execute(params![seq, until])?;
    Ok(())
}

/// Puts one back to wait; `attempts` is what is counted from now on.
pub(crate) fn mark_pending(tx: &Transaction<'_>, seq: i64, ready_at: i64, attempts: u32) -> Result<()> {
    tx.prepare_cached(
        "UPDATE operations SET state = 0, ready_at = ?2, attempts = ?3, failure = NULL
         WHERE seq = ?1 AND receipt = 0",
    )?
    .execute(params![seq, ready_at, attempts])?;
    Ok(())
}

/// Parks one. Its successors keep waiting behind it.
pub(crate) fn mark_failed(
    tx: &Transaction<'_>,
    seq: i64,
    failure: &Failure<'_>,
    attempts: u32,
    now: i64,
) -> Result<()> {
    tx.prepare_cached(
        "UPDATE operations SET state = 2, ready_at = NULL, failure = ?2, server_code = ?3, http_status = ?4,
            attempts = ?5, settled_at = ?6 WHERE seq = ?1",
    )?
    .execute(params![
        seq,
        failure.reason.code(),
        failure.server_code,
        failure.http_status,
        attempts,
        now
    ])?;
    Ok(())
}

/// Turns those from one place to another into receipts, all of which were acknowledged. Their content is not needed any more
/// and leaves the file. The queue's counts know of it once [`count_acknowledged`] has been told.
pub(crate) fn mark_synced(
    tx: &Transaction<'_>,
    places: RangeInclusive<i64>,
    now: i64,
    acknowledged: &mut Acknowledged,
) -> Result<()> {
    let mut became = become_receipts(tx, &places, now)?;
    if became < places.clone().count() {
        // Parked since by another run: out of that first, since what is parked is counted by itself.
        for seq in places.clone() {
            mark_pending(tx, seq, 0, 0)?;
        }
        became += become_receipts(tx, &places, now)?;
    }
    acknowledged.0 += became as u64;
    lanes::release_dependents(tx, &places)
}

/// Counts what a write has acknowledged: once, since a count at each would be a third of what that costs.
pub(crate) fn count_acknowledged(tx: &Transaction<'_>, acknowledged: Acknowledged) -> Result<()> {
    if acknowledged.0 > 0 {
        tx.prepare_cached("UPDATE queue_counts SET gone = gone + ?1")?.execute([acknowledged.0])?;
    }
    Ok(())
}

/// Of what is under way, or waits: so many.
fn become_receipts(tx: &Transaction<'_>, places: &RangeInclusive<i64>, now: i64) -> Result<usize> {
    let sql =
        "UPDATE OR FAIL operations SET state = 3, receipt = 1, ready_at = NULL, settled_at = ?3, payload = '{}',
            seen_before = '{}'
         WHERE seq BETWEEN ?1 AND ?2 AND state <= 1";
    Ok(tx.prepare_cached(sql)?.execute(params![places.start(), places.end(), now])?)
}

/// Gives operations that were never sent the version on which they now stand.
pub(crate) fn rebase(tx: &Transaction<'_>, seq: i64, version: Option<Version>) -> Result<()> {
    tx.prepare_cached("UPDATE operations SET base_version = ?2 WHERE seq = ?1 AND first_attempt_at IS NULL")?
        .execute(params![seq, version])?;
    Ok(())
}

/// What was under way when its process died goes back to wait, under the same key and uncounted; waits that a clock
/// jump made absurd are shortened. Returns how many had been under way.
pub(crate) fn settle_interrupted(tx: &Transaction<'_>, now: i64, longest_wait: i64) -> Result<usize> {
    let interrupted = if sabotaged!(InterruptedStays) {
        0
    } else {
        tx.prepare_cached("UPDATE operations SET state = 0, ready_at = 0 WHERE state = 1 AND state <> 0")?
            .execute([])?
    };
    tx.prepare_cached("UPDATE operations SET ready_at = ?1 WHERE ready_at IS NOT NULL AND ready_at > ?2")?
        .execute(params![now, now.saturating_add(longest_wait)])?;
    Ok(interrupted)
}

/// Lets go what was parked because no build could read it, where this one can.
pub(crate) fn release_readable(tx: &Transaction<'_>) -> Result<()> {
    let sql = format!(
        "SELECT {COLUMNS} FROM operations WHERE state = 2 AND state <> 0 AND failure = ?1 AND payload_version <= ?2"
    );
    let mut statement = tx.prepare_cached(&sql)?;
    let rows = statement.query_map(params![FailureReason::Unreadable.code(), payload::VERSION], read_row)?;
    let held: Vec<Operation> = rows.filter_map(|row| readable(row).transpose()).collect::<Result<_>>()?;
    for operation in held.into_iter().filter(|operation| operation.readable) {
        tx.prepare_cached(
            "UPDATE operations SET state = 0, failure = NULL, settled_at = NULL WHERE seq = ?1",
        )?
        .execute([operation.seq])?;
        lanes::release(tx, operation.collection, operation.record_id)?;
    }
    Ok(())
}

/// How an operation is stored that cannot be read: the version of its payload, the payload, and what was seen before.
pub(crate) fn stored(conn: &Connection, seq: i64) -> Result<(i64, String, String)> {
    let text = |row: &rusqlite::Row<'_>, column| -> rusqlite::Result<String> {
        Ok(String::from_utf8_lossy(row.get_ref(column)?.as_bytes().unwrap_or_default()).into_owned())
    };
    let sql = "SELECT payload_version, payload, seen_before FROM operations WHERE seq = ?1";
    Ok(conn.prepare_cached(sql)?.query_row([seq], |row| Ok((row.get(0)?, text(row, 1)?, text(row, 2)?)))?)
}

/// Forgets the oldest receipts.
pub(crate) fn prune_receipts(tx: &Transaction<'_>) -> Result<()> {
    if sabotaged!(ReceiptsKept) {
        return Ok(());
    }
    tx.prepare_cached(
        "DELETE FROM operations WHERE state = 3 AND state <> 0 AND seq <=
            (SELECT seq FROM operations WHERE state = 3 AND state <> 0 ORDER BY seq DESC LIMIT 1 OFFSET ?1)",
    )?
    .execute([RECEIPTS])?;
    Ok(())
}

/// A page of the queue in the device's order. A row whose ids cannot be read is skipped.
pub(crate) fn list(conn: &Connection, filter: QueueFilter, after: i64, limit: u32) -> Result<Vec<Operation>> {
    // Where only the settled and the moving ones are wanted, an index holds just these; see the schema.
    let wanted = match filter {
        QueueFilter::All => "TRUE",
        QueueFilter::Unsent => "state <> 3",
        QueueFilter::Pending => "state = 0",
        QueueFilter::Sending => "state = 1 AND state <> 0",
        QueueFilter::Failed => "state = 2 AND state <> 0",
        QueueFilter::Acknowledged => "state = 3 AND state <> 0",
    };
    let sql = format!("SELECT {COLUMNS} FROM operations WHERE seq > ?1 AND {wanted} ORDER BY seq LIMIT ?2");
    let mut statement = conn.prepare_cached(&sql)?;
    let rows = statement.query_map(params![after, limit], read_row)?;
    rows.filter_map(|row| readable(row).transpose()).collect()
}

/// Without a walk: see the migration that brought `queue_counts`. What is under way is a batch or two at most.
pub(crate) fn counts(conn: &Connection) -> Result<QueueCounts> {
    let sql =
        "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'operations'), 0) - gone, failed,
            (SELECT count(*) FROM operations WHERE state = 1 AND state <> 0)
         FROM queue_counts";
    Ok(conn.prepare_cached(sql)?.query_row([], |row| {
        let (waiting, failed, sending): (u64, u64, u64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(QueueCounts { pending: waiting.saturating_sub(failed + sending), sending, failed })
    })?)
}

/// The eldest write of no record is known to be unsent: another copy of this queue may have sent it. Bodies and keys stay as
/// they are. What waits behind it goes in both copies on top of what the server made of the one before, as ever.
pub(crate) fn may_have_been_sent(tx: &Transaction<'_>, now: i64) -> Result<()> {
    tx.execute(
        "UPDATE operations AS waiting SET first_attempt_at = ?1
         WHERE state <> 3 AND first_attempt_at IS NULL AND NOT EXISTS (
            SELECT 1 FROM operations AS elder
            WHERE elder.collection = waiting.collection AND elder.record_id = waiting.record_id
                AND elder.receipt = 0 AND elder.seq < waiting.seq)",
        [now],
    )?;
    Ok(())
}

/// Position of the last operation there ever was.
pub(crate) fn last_ever(conn: &Connection) -> Result<i64> {
    let sql = "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'operations'), 0)";
    Ok(conn.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
}

/// When the oldest unacknowledged edit was made.
pub(crate) fn oldest_unsent(conn: &Connection) -> Result<Option<i64>> {
    Ok(conn
        .prepare_cached("SELECT created_at FROM operations WHERE state <> 3 ORDER BY seq LIMIT 1")?
        .query_row([], |row| row.get(0))
        .optional()?)
}

fn read_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Operation> {
    let failure: Option<String> = row.get(13)?;
    let state = match row.get::<_, i64>(8)? {
        0 => State::Pending,
        1 => State::Sending,
        2 => State::Failed(FailureReason::from_code(failure.as_deref().unwrap_or_default())),
        _ => State::Synced,
    };
    let version: i64 = row.get(17)?;
    let text = |column| row.get_ref(column).ok()?.as_str().ok();
    let payload = text(5).and_then(|text| payload::read(version, text).ok());
    let seen_before = text(6).and_then(|text| payload::read_fields(version, text).ok());
    let key = row.get(1).ok();
    let content = (row.get(4).ok().filter(|_| key.is_some()), payload, seen_before);
    let (readable, kind, payload, seen_before) = match content {
        // A receipt has no content to read.
        (Some(kind), ..) if state == State::Synced => (true, kind, Payload::default(), Fields::new()),
        (Some(kind), Some(payload), Some(seen_before)) => (true, kind, payload, seen_before),
        (kind, ..) => (false, kind.unwrap_or(Kind::Update), Payload::default(), Fields::new()),
    };
    let state = if readable { state } else { State::Failed(FailureReason::Unreadable) };
    Ok(Operation {
        seq: row.get(0)?,
        key: key.unwrap_or_else(|| uuid::Uuid::nil().into()),
        collection: row.get(2)?,
        record_id: row.get(3)?,
        kind,
        readable,
        payload,
        seen_before,
        base_version: row.get(7)?,
        state,
        attempts: row.get(9)?,
        created_at: row.get(10)?,
        first_attempt_at: row.get(11)?,
        ready_at: row.get(12)?,
        // What is only told to a person must not hold an operation back.
        server_code: row.get(14).unwrap_or_default(),
        http_status: row.get(15).unwrap_or_default(),
        request_id: row.get(16).unwrap_or_default(),
        yields: row.get(18)?,
        server_id: None,
    })
}
