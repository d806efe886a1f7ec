//! The service's words in SQLite's statements.

use rusqlite::Transaction;
use uuid::Uuid;

use super::{answers, meta, newest, records, sweep, users};
use crate::model::{Answer, Entity};
use crate::record::Record;
use crate::store::{Found, Meta, Name, Operate, Page, Place, Read, StoreError, Stored, User, Write};

impl Read for Transaction<'_> {
    fn meta(&self) -> Result<Meta, StoreError> {
        meta::read(self)
    }

    fn user(&self, name: &str) -> Result<Option<User>, StoreError> {
        users::find(self, name)
    }

    fn record(&self, user_id: i64, entity: Entity, name: Name) -> Result<Option<Found>, StoreError> {
        records::find(self, user_id, entity, name)
    }

    fn answer(&self, user_id: i64, key: Uuid) -> Result<Option<Stored>, StoreError> {
        answers::find(self, user_id, key)
    }

    fn feed_after(
        &self,
        user_id: i64,
        position: i64,
        entities: &[Entity],
        limit: usize,
        max_bytes: usize,
    ) -> Result<Page, StoreError> {
        records::feed_after(self, user_id, position, entities, limit, max_bytes)
    }

    fn live_of(&self, user_id: i64, entity: Entity) -> Result<Vec<Record>, StoreError> {
        records::live_of(self, user_id, entity)
    }

    fn newest_behind(
        &self,
        user_id: i64,
        place: Option<&Place>,
        limit: usize,
        max_bytes: usize,
    ) -> Result<Page, StoreError> {
        newest::behind(self, user_id, place, limit, max_bytes)
    }

    fn place_of(&self, user_id: i64, id: &str) -> Result<Place, StoreError> {
        newest::place_of(self, user_id, id)
    }
}

/// SQLite has one writer for all users.
impl Write for Transaction<'_> {
    fn take_next_version(&self, user_id: i64) -> Result<i64, StoreError> {
        users::take_next_version(self, user_id)
    }

    fn put_record(&self, user_id: i64, record: Record, field_versions: &str) -> Result<Record, StoreError> {
        records::put(self, user_id, record, field_versions)
    }

    fn add_answer(
        &self,
        user_id: i64,
        key: Uuid,
        body_digest: &[u8; 32],
        answer: &Answer,
        now_ms: i64,
    ) -> Result<(), StoreError> {
        answers::add(self, user_id, key, body_digest, answer, now_ms)
    }
}

impl Operate for Transaction<'_> {
    fn set_epoch(&self, epoch: &str) -> Result<(), StoreError> {
        meta::set_epoch(self, epoch)
    }

    fn forget_cursors(&self) -> Result<(), StoreError> {
        meta::forget_cursors(self)
    }

    fn skip_versions(&self, count: i64) -> Result<(), StoreError> {
        users::skip_versions(self, count)
    }

    fn may_sweep(&self) -> Result<bool, StoreError> {
        Ok(true)
    }

    fn sweep_tombstones(&self, before_ms: i64, most: usize) -> Result<usize, StoreError> {
        sweep::tombstones(self, before_ms, most)
    }

    fn sweep_answers(&self, before_ms: i64, most: usize) -> Result<usize, StoreError> {
        sweep::answers(self, before_ms, most)
    }
}
