//! Carries a decision out, in the transaction that it was made in.

use std::collections::BTreeMap;

use rusqlite::{Connection, Transaction};
use serde_json::Value;
use uuid::Uuid;

use crate::decide::{Decision, NewState, decide, replay};
use crate::model::{Answer, Entity, Fields, Kind, Policy};
use crate::operation::{Incoming, Operation};
use crate::problem::Code;
use crate::record::{Record, derived_id};
use crate::store::records::{self, Found, Name};
use crate::store::{StoreError, answers, users};

/// Looks the key up, decides, writes the record and the answer.
pub(crate) fn apply(
    tx: &Transaction,
    user: &str,
    incoming: &Incoming,
    now_ms: i64,
) -> Result<Answer, StoreError> {
    let user_id = users::find_or_add(tx, user)?;
    let found = target(tx, user_id, incoming)?;
    let body_digest = body_digest(incoming, found.as_ref());
    let stored = answers::find(tx, user_id, incoming.key)?;
    if let Some(answer) = replay(stored, &body_digest) {
        return Ok(answer);
    }
    let answer = match &incoming.operation {
        Ok(operation) => {
            let is_named = incoming.server_id.is_some();
            carry_out(tx, user_id, operation, is_named, found, now_ms)?
        }
        Err(code) => Answer::refused(*code),
    };
    answers::add(tx, user_id, incoming.key, &body_digest, &answer, now_ms)?;
    Ok(answer)
}

/// What the operation was answered before, if its key is known.
pub(crate) fn known_answer(
    conn: &Connection,
    user: &str,
    incoming: &Incoming,
) -> Result<Option<Answer>, StoreError> {
    let Some(user) = users::find(conn, user)? else { return Ok(None) };
    let Some(stored) = answers::find(conn, user.id, incoming.key)? else { return Ok(None) };
    let found = target(conn, user.id, incoming)?;
    Ok(replay(Some(stored), &body_digest(incoming, found.as_ref())))
}

/// By its server id first; by its id when no record has that one, as after a restore that lost it.
fn target(conn: &Connection, user_id: i64, incoming: &Incoming) -> Result<Option<Found>, StoreError> {
    let Ok(operation) = &incoming.operation else { return Ok(None) };
    let by_server_id = match &incoming.server_id {
        Some(server_id) => records::find(conn, user_id, operation.entity, Name::ServerId(server_id))?,
        None => None,
    };
    match by_server_id {
        Some(found) => Ok(Some(found)),
        None => records::find(conn, user_id, operation.entity, Name::Id(&operation.id.to_string())),
    }
}

fn body_digest(incoming: &Incoming, found: Option<&Found>) -> [u8; 32] {
    found.map_or_else(|| incoming.body.digest(), |found| incoming.body.of_record(&found.record.id).digest())
}

fn carry_out(
    tx: &Transaction,
    user_id: i64,
    operation: &Operation,
    is_named: bool,
    found: Option<Found>,
    now_ms: i64,
) -> Result<Answer, StoreError> {
    // Whoever knows a server id has seen the record, whatever its base says: an update must not make a second one.
    let is_lost = found.is_none() && is_named && operation.kind == Kind::Update;
    let decision = if is_lost && operation.entity.policy() == Policy::Manual {
        Decision::Conflict
    } else {
        decide(found.as_ref().map(|found| &found.current), operation)
    };
    let current = found.map(|found| found.record);
    Ok(match decision {
        Decision::Write(state) => {
            let id = current.map_or_else(|| operation.id.to_string(), |record| record.id);
            let record = write(tx, user_id, operation.entity, id, &state, now_ms)?;
            Answer::applied(Some(record), state.overwritten)
        }
        Decision::Keep => Answer::applied(current, Vec::new()),
        Decision::Conflict => Answer::conflict(current),
        Decision::Refuse(Code::Gone) => Answer { record: current, ..Answer::refused(Code::Gone) },
        Decision::Refuse(code) => Answer::refused(code),
    })
}

/// A record that a device wrote has a name that devices know.
fn write(
    tx: &Transaction,
    user_id: i64,
    entity: Entity,
    id: String,
    state: &NewState,
    now_ms: i64,
) -> Result<Record, StoreError> {
    let version = users::take_next_version(tx, user_id)?;
    let record = Record {
        entity: entity.name().to_owned(),
        id,
        server_id: records::mint_server_id(entity.name(), version),
        is_nameless: false,
        version,
        deleted: state.deleted,
        fields: Value::Object(state.fields.clone()),
        received_at: now_ms,
    };
    records::put(tx, user_id, record, &json_of(&state.field_versions(version)))
}

/// See [`super::Service::make_elsewhere`].
pub(crate) fn make_elsewhere(
    tx: &Transaction,
    user_id: i64,
    entity: Entity,
    fields: Fields,
    now_ms: i64,
) -> Result<Record, StoreError> {
    let version = users::take_next_version(tx, user_id)?;
    let server_id = records::mint_server_id(entity.name(), version);
    let id = server_id.as_ref().map_or(Uuid::nil(), |server_id| derived_id(entity.name(), server_id));
    let versions = fields.keys().map(|field| (field.clone(), version)).collect();
    let record = Record {
        entity: entity.name().to_owned(),
        id: id.to_string(),
        is_nameless: server_id.is_some(),
        server_id,
        version,
        deleted: false,
        fields: Value::Object(fields),
        received_at: now_ms,
    };
    records::put(tx, user_id, record, &json_of(&versions))
}

fn json_of(versions: &BTreeMap<String, i64>) -> String {
    versions
        .iter()
        .map(|(field, version)| (field.clone(), Value::from(*version)))
        .collect::<Value>()
        .to_string()
}

/// The id of a single record.
pub(crate) fn nil_id() -> String {
    Uuid::nil().to_string()
}
