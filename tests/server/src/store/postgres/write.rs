//! Writing on PostgreSQL, under the lock of the user's row.

use uuid::Uuid;

use super::session::Session;
use crate::model::Answer;
use crate::record::Record;
use crate::store::{StoreError, Write};

const NEXT_VERSION: &str = "UPDATE users SET seq = seq + 1 WHERE user_id = $1 RETURNING seq";

const PUT: &str =
    "INSERT INTO records (user_id, entity, id, version, deleted, fields, received_at, field_versions,
                                        server_id, is_nameless, occurred_at)
    VALUES ($1, $2, $3, $4, $5, $6::text::json, $7, $8::text::json, $9, $10, $11)
    ON CONFLICT (user_id, entity, id) DO UPDATE SET version = excluded.version, deleted = excluded.deleted,
      fields = excluded.fields, received_at = excluded.received_at, field_versions = excluded.field_versions,
      is_nameless = excluded.is_nameless, occurred_at = excluded.occurred_at
    RETURNING server_id";

const ADD_ANSWER: &str = "INSERT INTO answers (user_id, key, body_digest, answer, stored_at)
    VALUES ($1, $2, $3, $4::text::json, $5)";

impl Write for Session<'_> {
    fn take_next_version(&self, user_id: i64) -> Result<i64, StoreError> {
        Ok(self.row(NEXT_VERSION, &[&user_id])?.try_get(0)?)
    }

    fn put_record(&self, user_id: i64, record: Record, field_versions: &str) -> Result<Record, StoreError> {
        let row = self.row(
            PUT,
            &[
                &user_id,
                &record.entity,
                &record.id,
                &record.version,
                &record.deleted,
                &record.fields.to_string(),
                &record.received_at,
                &field_versions,
                &record.server_id,
                &record.is_nameless,
                &occurred_at(&record),
            ],
        )?;
        Ok(Record { server_id: row.try_get(0)?, ..record })
    }

    fn add_answer(
        &self,
        user_id: i64,
        key: Uuid,
        body_digest: &[u8; 32],
        answer: &Answer,
        now_ms: i64,
    ) -> Result<(), StoreError> {
        let answer = serde_json::to_string(answer).map_err(|_| StoreError::Corrupt("answer"))?;
        self.execute(ADD_ANSWER, &[&user_id, &key, &body_digest.as_slice(), &answer, &now_ms])?;
        Ok(())
    }
}

/// The lowest number where the record has no time that is whole.
fn occurred_at(record: &Record) -> i64 {
    record.fields.get("occurred_at").and_then(serde_json::Value::as_i64).unwrap_or(i64::MIN)
}
