//! Answers, kept under the keys of their operations.

use rusqlite::{Connection, OptionalExtension, Transaction, params};
use uuid::Uuid;

use crate::model::Answer;
use crate::store::{StoreError, Stored};

pub(super) fn find(conn: &Connection, user_id: i64, key: Uuid) -> Result<Option<Stored>, StoreError> {
    let mut statement =
        conn.prepare_cached("SELECT body_digest, answer FROM answers WHERE user_id = ?1 AND key = ?2")?;
    let row: Option<([u8; 32], String)> = statement
        .query_row(params![user_id, key.to_string()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((body_digest, answer)) = row else { return Ok(None) };
    let answer = serde_json::from_str(&answer).map_err(|_| StoreError::Corrupt("answer"))?;
    Ok(Some(Stored { body_digest, answer }))
}

pub(super) fn add(
    tx: &Transaction,
    user_id: i64,
    key: Uuid,
    body_digest: &[u8; 32],
    answer: &Answer,
    now_ms: i64,
) -> Result<(), StoreError> {
    let answer = serde_json::to_string(answer).map_err(|_| StoreError::Corrupt("answer"))?;
    let sql =
        "INSERT INTO answers (user_id, key, body_digest, answer, stored_at) VALUES (?1, ?2, ?3, ?4, ?5)";
    tx.prepare_cached(sql)?.execute(params![user_id, key.to_string(), body_digest, answer, now_ms])?;
    Ok(())
}
