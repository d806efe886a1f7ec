//! Carries a decision out, in the transaction that it was made in.

use std::collections::BTreeMap;

use serde_json::Value;
use uuid::Uuid;

use crate::decide::{Decision, NewState, decide, replay};
use crate::model::{Answer, Entity, Fields, Kind, Policy, RawRecord};
use crate::operation::{Incoming, Operation};
use crate::problem::Code;
use crate::record::{Record, derived_id, mint_server_id};
use crate::store::{Found, Name, Read, StoreError, Write};

/// Looks the key up, decides, writes the record and the answer.
pub(crate) fn apply(
    tx: &dyn Write,
    user_id: i64,
    incoming: &Incoming,
    now_ms: i64,
) -> Result<Answer, StoreError> {
    let found = target(tx, user_id, incoming)?;
    let body_digest = body_digest(incoming, found.as_ref());
    let stored = tx.answer(user_id, incoming.key)?;
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
    tx.add_answer(user_id, incoming.key, &body_digest, &answer, now_ms)?;
    Ok(answer)
}

/// What the operation was answered before, if its key is known.
pub(crate) fn known_answer(
    db: &dyn Read,
    user: &str,
    incoming: &Incoming,
) -> Result<Option<Answer>, StoreError> {
    let Some(user) = db.user(user)? else { return Ok(None) };
    let Some(stored) = db.answer(user.id, incoming.key)? else { return Ok(None) };
    let found = target(db, user.id, incoming)?;
    Ok(replay(Some(stored), &body_digest(incoming, found.as_ref())))
}

/// By its server id first; by its id when no record has that one, as after a restore that lost it.
fn target(db: &dyn Read, user_id: i64, incoming: &Incoming) -> Result<Option<Found>, StoreError> {
    let Ok(operation) = &incoming.operation else { return Ok(None) };
    let by_server_id = match &incoming.server_id {
        Some(server_id) => db.record(user_id, operation.entity, Name::ServerId(server_id))?,
        None => None,
    };
    match by_server_id {
        Some(found) => Ok(Some(found)),
        None => db.record(user_id, operation.entity, Name::Id(&operation.id.to_string())),
    }
}

fn body_digest(incoming: &Incoming, found: Option<&Found>) -> [u8; 32] {
    found.map_or_else(|| incoming.body.digest(), |found| incoming.body.of_record(&found.record.id).digest())
}

fn carry_out(
    tx: &dyn Write,
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
    tx: &dyn Write,
    user_id: i64,
    entity: Entity,
    id: String,
    state: &NewState,
    now_ms: i64,
) -> Result<Record, StoreError> {
    let version = tx.take_next_version(user_id)?;
    let record = Record {
        entity: entity.name().to_owned(),
        id,
        server_id: mint_server_id(entity.name(), version),
        is_nameless: false,
        version,
        deleted: state.deleted,
        fields: Value::Object(state.fields.clone()),
        received_at: now_ms,
    };
    tx.put_record(user_id, record, &json_of(&state.field_versions(version)))
}

/// See [`super::Service::make_elsewhere`].
pub(crate) fn make_elsewhere(
    tx: &dyn Write,
    user_id: i64,
    entity: Entity,
    fields: &Fields,
    now_ms: i64,
) -> Result<Record, StoreError> {
    let version = tx.take_next_version(user_id)?;
    let server_id = mint_server_id(entity.name(), version);
    let id = server_id.as_ref().map_or(Uuid::nil(), |server_id| derived_id(entity.name(), server_id));
    let versions = fields.keys().map(|field| (field.clone(), version)).collect();
    let record = Record {
        entity: entity.name().to_owned(),
        id: id.to_string(),
        is_nameless: server_id.is_some(),
        server_id,
        version,
        deleted: false,
        fields: Value::Object(fields.clone()),
        received_at: now_ms,
    };
    tx.put_record(user_id, record, &json_of(&versions))
}

/// See [`super::Service::put_raw`]. Every field counts as written now.
pub(crate) fn put_raw(
    tx: &dyn Write,
    user_id: i64,
    raw: &RawRecord,
    now_ms: i64,
) -> Result<Record, StoreError> {
    let version = tx.take_next_version(user_id)?;
    let names = raw.fields.as_object().into_iter().flat_map(Fields::keys);
    let versions = names.map(|name| (name.clone(), version)).collect();
    let record = Record {
        entity: raw.entity.clone(),
        id: raw.id.clone(),
        server_id: mint_server_id(&raw.entity, version),
        is_nameless: false,
        version,
        deleted: raw.deleted,
        fields: raw.fields.clone(),
        received_at: now_ms,
    };
    tx.put_record(user_id, record, &json_of(&versions))
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
