//! Carries a decision out, in the transaction that it was made in.

use std::collections::BTreeMap;

use rusqlite::Transaction;
use serde_json::Value;
use uuid::Uuid;

use crate::decide::{Decision, NewState, decide, replay};
use crate::model::{Answer, Record};
use crate::operation::{Incoming, Operation};
use crate::problem::Code;
use crate::store::{StoreError, answers, records, users};

/// Looks the key up, decides, writes the record and the answer.
pub(crate) fn apply(
    tx: &Transaction,
    user: &str,
    incoming: &Incoming,
    now_ms: i64,
) -> Result<Answer, StoreError> {
    let user_id = users::find_or_add(tx, user)?;
    let stored = answers::find(tx, user_id, incoming.key)?;
    if let Some(answer) = replay(stored, &incoming.body_digest) {
        return Ok(answer);
    }
    let answer = match &incoming.operation {
        Ok(operation) => carry_out(tx, user_id, operation, now_ms)?,
        Err(code) => Answer::refused(*code),
    };
    answers::add(tx, user_id, incoming.key, &incoming.body_digest, &answer, now_ms)?;
    Ok(answer)
}

fn carry_out(
    tx: &Transaction,
    user_id: i64,
    operation: &Operation,
    now_ms: i64,
) -> Result<Answer, StoreError> {
    let found = records::find(tx, user_id, operation.entity, &operation.id.to_string())?;
    let decision = decide(found.as_ref().map(|found| &found.current), operation);
    let current = found.map(|found| found.record);
    Ok(match decision {
        Decision::Write(state) => {
            let record = write(tx, user_id, operation, &state, now_ms)?;
            Answer::applied(Some(record), state.overwritten)
        }
        Decision::Keep => Answer::applied(current, Vec::new()),
        Decision::Conflict => Answer::conflict(current),
        Decision::Refuse(Code::Gone) => Answer { record: current, ..Answer::refused(Code::Gone) },
        Decision::Refuse(code) => Answer::refused(code),
    })
}

fn write(
    tx: &Transaction,
    user_id: i64,
    operation: &Operation,
    state: &NewState,
    now_ms: i64,
) -> Result<Record, StoreError> {
    let version = users::take_next_version(tx, user_id)?;
    let record = Record {
        entity: operation.entity.name().to_owned(),
        id: operation.id.to_string(),
        version,
        deleted: state.deleted,
        fields: Value::Object(state.fields.clone()),
        received_at: now_ms,
    };
    records::put(tx, user_id, &record, &json_of(&state.field_versions(version)))?;
    Ok(record)
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
