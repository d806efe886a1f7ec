//! How a write is decided: the current record and an operation in, a [`Decision`] out. No database, no clock.
//!
//! The rules and their numbers are those of the contract, section "How a write is decided".

use std::collections::BTreeMap;

use serde_json::Value;

use crate::model::{Answer, Fields, Kind, Overwritten, Policy, VerdictKind};
use crate::operation::Operation;
use crate::problem::Code;

#[cfg(test)]
mod tests;

/// The most bytes of `fields` as compact JSON, of an operation and of the record after it.
pub const MAX_FIELDS_BYTES: usize = 65_536;

/// A record as the decision sees it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Current {
    /// The version of its last write.
    pub version: i64,
    /// Whether it is a tombstone.
    pub deleted: bool,
    /// Its values.
    pub fields: Fields,
    /// The version at which each field got its value, or was cleared.
    pub field_versions: BTreeMap<String, i64>,
}

/// What is to be done with a write. Only `Write` takes a sequence number.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision {
    /// Store this in place of the record.
    Write(NewState),
    /// It is so already: applied, nothing to store.
    Keep,
    /// A person decides; the current record goes with the answer.
    Conflict,
    /// Refused for good.
    Refuse(Code),
}

/// A record after a write, before it has its version.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NewState {
    /// Whether it is a tombstone now.
    pub deleted: bool,
    /// All its values.
    pub fields: Fields,
    /// The versions of all fields before this write.
    pub earlier_versions: BTreeMap<String, i64>,
    /// The fields that get the version of this write.
    pub changed: Vec<String>,
    /// What the write replaced and its device had not seen.
    pub overwritten: Vec<Overwritten>,
}

impl NewState {
    /// The versions of all fields, once this write has its own.
    pub fn field_versions(&self, version: i64) -> BTreeMap<String, i64> {
        let mut versions = self.earlier_versions.clone();
        versions.extend(self.changed.iter().map(|field| (field.clone(), version)));
        versions
    }
}

/// An answer that is kept under a key.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    /// Of the body that came with the key first.
    pub body_digest: [u8; 32],
    /// What it was answered.
    pub answer: Answer,
}

/// Rule 1: what a known key is answered. None for a new key.
pub fn replay(stored: Option<Stored>, body_digest: &[u8; 32]) -> Option<Answer> {
    let stored = stored?;
    if stored.body_digest != *body_digest {
        return Some(Answer::refused(Code::KeyReused));
    }
    let verdict = match stored.answer.verdict {
        VerdictKind::Applied => VerdictKind::Duplicate,
        other => other,
    };
    Some(Answer { verdict, ..stored.answer })
}

/// Rules 2 to 5: what becomes of a new operation.
pub fn decide(current: Option<&Current>, operation: &Operation) -> Decision {
    if json_bytes(&operation.fields) > MAX_FIELDS_BYTES {
        return Decision::Refuse(Code::TooLarge);
    }
    match operation.entity.policy() {
        Policy::Manual => manual(current, operation),
        Policy::LastWriterWins => last_writer_wins(current, operation),
    }
}

fn manual(current: Option<&Current>, operation: &Operation) -> Decision {
    let is_live = current.is_some_and(|record| !record.deleted);
    if operation.kind == Kind::Delete && !is_live {
        return Decision::Keep;
    }
    if operation.base_version != current.map(|record| record.version) {
        return Decision::Conflict;
    }
    match (operation.kind, current) {
        (Kind::Delete, Some(record)) => bury(record, operation.base_version),
        _ => patch(current, operation),
    }
}

fn last_writer_wins(current: Option<&Current>, operation: &Operation) -> Decision {
    match (operation.kind, current) {
        (Kind::Delete, Some(record)) if !record.deleted => bury(record, operation.base_version),
        (Kind::Delete, _) => Decision::Keep,
        (Kind::Update, None) if !operation.entity.is_single() => Decision::Refuse(Code::NotFound),
        (kind, Some(tombstone)) if tombstone.deleted => {
            let knows_of_deletion = operation.base_version == Some(tombstone.version);
            if kind == Kind::Create && knows_of_deletion {
                patch(current, operation)
            } else {
                Decision::Refuse(Code::Gone)
            }
        }
        _ => patch(current, operation),
    }
}

/// A tombstone keeps nothing, so every value that the device had not seen is overwritten.
fn bury(record: &Current, base_version: Option<i64>) -> Decision {
    let overwritten =
        record.fields.iter().filter_map(|(field, value)| unseen(record, base_version, field, value));
    Decision::Write(NewState { deleted: true, overwritten: overwritten.collect(), ..NewState::default() })
}

/// Merges the operation's fields into the record; absent and deleted records count as empty.
fn patch(current: Option<&Current>, operation: &Operation) -> Decision {
    let live = current.filter(|record| !record.deleted);
    let empty = Current::default();
    let record = live.unwrap_or(&empty);
    let mut state = NewState {
        fields: record.fields.clone(),
        earlier_versions: record.field_versions.clone(),
        ..NewState::default()
    };
    for (field, value) in &operation.fields {
        let before = record.fields.get(field).unwrap_or(&Value::Null);
        if before == value {
            continue;
        }
        state.overwritten.extend(unseen(record, operation.base_version, field, before));
        state.changed.push(field.clone());
        match value {
            Value::Null => state.fields.remove(field),
            value => state.fields.insert(field.clone(), value.clone()),
        };
    }
    let size = json_bytes(&state.fields);
    if live.is_some() && state.changed.is_empty() {
        Decision::Keep
    } else if size > MAX_FIELDS_BYTES && size > json_bytes(&record.fields) {
        Decision::Refuse(Code::TooLarge)
    } else {
        Decision::Write(state)
    }
}

/// The value that a write replaces, if it came after what the device had seen.
fn unseen(record: &Current, base_version: Option<i64>, field: &str, value: &Value) -> Option<Overwritten> {
    let version = *record.field_versions.get(field)?;
    let is_unseen = base_version.is_none_or(|base| version > base);
    is_unseen.then(|| Overwritten { field: field.to_owned(), value: value.clone(), version })
}

fn json_bytes(fields: &Fields) -> usize {
    serde_json::to_vec(fields).map_or(usize::MAX, |bytes| bytes.len())
}
