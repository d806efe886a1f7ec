//! The rescue: every unsent operation as text, and back. For the day when a store cannot go on: hand the text to the
//! person or to support, and read it into a fresh installation.

use super::Session;
use crate::collection::Collection;
use crate::error::{Error, ErrorKind, Result};
use crate::fields::Fields;
use crate::ids::{OperationId, RecordId, UserId, Version};
use crate::observe::{Origin, Topic};
use crate::outbox::lanes;
use crate::outbox::store::{self as outbox, NewOperation};
use crate::outbox::{Kind, Operation, QueueFilter};
use crate::records::{self, Base, Row, Writer};
use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Value, json};

const FORMAT: &str = "foodlens-unsent";
const PAGE: u32 = 500;

/// What an import of unsent operations did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RescueReport {
    /// Queued here now.
    pub imported: u64,
    /// Known here already, waiting or acknowledged: left as they are.
    pub already_there: u64,
    /// Could not be read; the text still holds them.
    pub unreadable: u64,
}

#[derive(Serialize, Deserialize)]
struct Rescue<T> {
    format: String,
    version: i64,
    user: String,
    operations: Vec<T>,
}

/// An operation with what its record was on the server when the device last saw it.
#[derive(Serialize, Deserialize)]
struct Rescued {
    key: OperationId,
    entity: String,
    record_id: RecordId,
    kind: String,
    payload: Fields,
    seen_before: Fields,
    base_version: Option<Version>,
    created_at: i64,
    first_attempt_at: Option<i64>,
    #[serde(default)]
    yields: bool,
    server_copy: Option<Fields>,
    server_version: Option<Version>,
}

impl Session {
    /// Every operation that is not acknowledged, with its content and its key, as JSON text. Personal data: not for
    /// logs. Nothing leaves the queue by this.
    ///
    /// # Errors
    /// Storage errors.
    pub fn rescue_export(&self) -> Result<String> {
        self.read(|conn| {
            let (mut operations, mut after) = (Vec::new(), 0);
            loop {
                let page = outbox::list(conn, QueueFilter::Unsent, after, PAGE)?;
                let Some(last) = page.last() else { break };
                after = last.seq;
                operations.extend(page);
            }
            text_of(conn, &self.inner.user, operations)
        })
    }

    /// Reads the text of [`Self::rescue_export`] back, in one transaction. Keys stay, so that what the server knows
    /// already takes no second effect; repeating an import is harmless.
    ///
    /// # Errors
    /// [`ErrorKind::RescueFormat`] for another text, [`ErrorKind::WrongAccount`] for another user's; storage errors. On
    /// an error nothing was stored.
    pub fn rescue_import(&self, json: &str) -> Result<RescueReport> {
        let rescue: Rescue<Box<RawValue>> =
            serde_json::from_str(json).map_err(|_| Error::from(ErrorKind::RescueFormat))?;
        if rescue.format != FORMAT || rescue.version != 1 {
            return Err(ErrorKind::RescueFormat.into());
        }
        if rescue.user != self.inner.user.as_str() {
            return Err(ErrorKind::WrongAccount.into());
        }
        self.edit(|writer| {
            let mut report = RescueReport::default();
            let mut known = outbox::keys(writer.tx)?;
            for raw in &rescue.operations {
                let rescued = serde_json::from_str::<Rescued>(raw.get()).ok();
                match rescued.as_ref().and_then(|rescued| Some((rescued, rescued.known()?))) {
                    None => report.unreadable += 1,
                    Some((rescued, _)) if !known.insert(rescued.key) => report.already_there += 1,
                    Some((rescued, (collection, kind))) => {
                        put_back(writer, rescued, collection, kind)?;
                        report.imported += 1;
                    }
                }
            }
            Ok(report)
        })
    }
}

/// The text that holds these operations, each with what its record was on the server.
pub(super) fn text_of(conn: &Connection, user: &UserId, operations: Vec<Operation>) -> Result<String> {
    let mut rescued = Vec::with_capacity(operations.len());
    for operation in operations {
        rescued.push(value_of(conn, operation)?);
    }
    let user = user.as_str().to_owned();
    let rescue = Rescue { format: FORMAT.to_owned(), version: 1, user, operations: rescued };
    serde_json::to_string(&rescue).map_err(|_| Error::internal("rescue"))
}

/// One that this build cannot read, with its content as it is stored: an import counts it as unreadable.
fn as_stored(conn: &Connection, operation: &Operation) -> Result<Value> {
    let (payload_version, payload, seen_before) = outbox::stored(conn, operation.seq)?;
    Ok(json!({
        "key": operation.key,
        "entity": operation.collection.name(),
        "record_id": operation.record_id,
        "kind": operation.kind.wire_name(),
        "payload_version": payload_version,
        "payload": payload,
        "seen_before": seen_before,
        "base_version": operation.base_version,
        "created_at": operation.created_at,
        "first_attempt_at": operation.first_attempt_at,
    }))
}

/// One operation, as it stands in such a text.
pub(super) fn value_of(conn: &Connection, operation: Operation) -> Result<Value> {
    if !operation.readable {
        return as_stored(conn, &operation);
    }
    let row = records::get(conn, operation.collection.spec(), operation.record_id)?;
    serde_json::to_value(Rescued::of(operation, row.as_ref())).map_err(|_| Error::internal("rescue"))
}

impl Rescued {
    fn of(operation: Operation, row: Option<&Row>) -> Self {
        let server_version = row.and_then(|row| match &row.base {
            // Who reads it back hears of the deletion again, and asks again: what is written down is the record before it.
            Base::Deleted(_) => operation.base_version,
            Base::Body | Base::Absent | Base::Fields(_) => row.version,
        });
        Self {
            key: operation.key,
            entity: operation.collection.name().to_owned(),
            record_id: operation.record_id,
            kind: operation.kind.wire_name().to_owned(),
            payload: operation.payload.into_fields(),
            seen_before: operation.seen_before,
            base_version: operation.base_version,
            created_at: operation.created_at,
            first_attempt_at: operation.first_attempt_at,
            yields: operation.yields,
            server_copy: row.and_then(Row::last_server_copy).cloned(),
            server_version,
        }
    }

    /// The collection and the kind, if this build knows them.
    fn known(&self) -> Option<(Collection, Kind)> {
        let kind =
            [Kind::Create, Kind::Update, Kind::Delete].into_iter().find(|k| k.wire_name() == self.kind)?;
        Some((Collection::from_name(&self.entity)?, kind))
    }

    /// The row of a record that is not known here: what it was on the server when the other installation last saw it.
    fn row(&self) -> Row {
        Row {
            id: self.record_id,
            server_id: None,
            version: self.server_version,
            body: Fields::new(),
            base: self.server_copy.clone().map_or(Base::Absent, Base::Fields),
            deleted: false,
            created_at: self.created_at,
            updated_at: self.created_at,
        }
    }
}

/// Queues a rescued operation, key and first attempt included, behind what waits for its record.
fn put_back(writer: &mut Writer<'_>, rescued: &Rescued, collection: Collection, kind: Kind) -> Result<()> {
    let (spec, id) = (collection.spec(), rescued.record_id);
    let new = NewOperation {
        key: rescued.key,
        user: writer.user,
        collection,
        record_id: id,
        kind,
        payload: &rescued.payload,
        seen_before: &rescued.seen_before,
        base_version: rescued.base_version,
        created_at: rescued.created_at,
        first_attempt_at: rescued.first_attempt_at,
        is_head: false,
        yields: rescued.yields,
    };
    outbox::append(writer.tx, &new)?;
    let row = records::get(writer.tx, spec, id)?.unwrap_or_else(|| rescued.row());
    let waiting = outbox::waiting(writer.tx, collection, id)?;
    let server = row.server_copy().cloned();
    records::refresh(writer.tx, spec, row, server, &waiting)?;
    lanes::release(writer.tx, collection, id)?;
    writer.changes.record(collection, id, Origin::Local);
    writer.changes.topic(Topic::Queue, Origin::Local);
    Ok(())
}
