//! What the service asks of a database, in the service's words. Each database says it in its own SQL.

use uuid::Uuid;

use super::StoreError;
use crate::clock::Seams;
use crate::decide::Current;
pub(crate) use crate::decide::Stored;
use crate::model::{Answer, Entity};
use crate::record::Record;

/// What the database says about itself.
#[derive(Debug, Clone)]
pub(crate) struct Meta {
    /// One life of the database.
    pub epoch: String,
    /// Seals cursors; kept here so that they outlive a restart and a change of the token secret.
    pub cursor_key: String,
    /// Grows when all cursors are to be forgotten.
    pub cursor_generation: i64,
}

impl Meta {
    /// The names and values that a new database begins with.
    pub fn fresh(seams: &Seams) -> [(&'static str, String); 3] {
        let fresh = || (seams.fresh_id)().simple().to_string();
        [
            ("cursor_key", format!("{}{}", fresh(), fresh())),
            ("cursor_generation", "1".to_owned()),
            ("epoch", fresh()),
        ]
    }

    /// From the value of each name.
    pub fn from_values(value: impl Fn(&str) -> Result<String, StoreError>) -> Result<Self, StoreError> {
        let generation = value("cursor_generation")?;
        Ok(Self {
            epoch: value("epoch")?,
            cursor_key: value("cursor_key")?,
            cursor_generation: generation.parse().map_err(|_| StoreError::Corrupt("cursor generation"))?,
        })
    }
}

/// A user who has written at least once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct User {
    /// The key of the row.
    pub id: i64,
    /// The last sequence number.
    pub seq: i64,
    /// The highest version of a tombstone that is no longer kept.
    pub purged: i64,
    /// How many history records there are, without tombstones.
    pub live_history: u64,
}

/// Some records in their order, and whether there are more.
pub(crate) type Page = (Vec<Record>, bool);

/// A record in both its forms: for the decision, and for the wire.
pub(crate) struct Found {
    pub current: Current,
    pub record: Record,
}

/// What a record is looked up by.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Name<'a> {
    Id(&'a str),
    ServerId(&'a str),
}

/// A place in the history, newest first. Records without a time stand at the lowest number, behind all others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub occurred_at: i64,
    pub id: String,
}

/// Reading in one snapshot. `user_id` is the key of the user's row.
pub(crate) trait Read {
    fn meta(&self) -> Result<Meta, StoreError>;

    fn user(&self, name: &str) -> Result<Option<User>, StoreError>;

    fn record(&self, user_id: i64, entity: Entity, name: Name) -> Result<Option<Found>, StoreError>;

    /// What was answered under the key.
    fn answer(&self, user_id: i64, key: Uuid) -> Result<Option<Stored>, StoreError>;

    /// The part of the feed after `position`, until the limit or `max_bytes` is reached.
    fn feed_after(
        &self,
        user_id: i64,
        position: i64,
        entities: &[Entity],
        limit: usize,
        max_bytes: usize,
    ) -> Result<Page, StoreError>;

    /// Live records of one entity in the order of versions.
    fn live_of(&self, user_id: i64, entity: Entity) -> Result<Vec<Record>, StoreError>;

    /// Live history behind `place`, or from the newest on, until the limit or `max_bytes` is reached.
    fn newest_behind(
        &self,
        user_id: i64,
        place: Option<&Place>,
        limit: usize,
        max_bytes: usize,
    ) -> Result<Page, StoreError>;

    /// Where a live history record stands.
    fn place_of(&self, user_id: i64, id: &str) -> Result<Place, StoreError>;
}

/// Writing for one user, whom nothing else writes for until the transaction ends.
pub(crate) trait Write: Read {
    /// Only for a write that takes effect in this same transaction: the numbers have no gaps.
    fn take_next_version(&self, user_id: i64) -> Result<i64, StoreError>;

    /// Gives the record as it is stored: one that was there keeps the server id of its creation.
    fn put_record(&self, user_id: i64, record: Record, field_versions: &str) -> Result<Record, StoreError>;

    /// Fails when the key is there already: two effects under one key are impossible, whatever the code above does.
    fn add_answer(
        &self,
        user_id: i64,
        key: Uuid,
        body_digest: &[u8; 32],
        answer: &Answer,
        now_ms: i64,
    ) -> Result<(), StoreError>;
}

/// What is done to everybody's data.
pub(crate) trait Operate {
    fn set_epoch(&self, epoch: &str) -> Result<(), StoreError>;

    fn forget_cursors(&self) -> Result<(), StoreError>;

    /// Leaves room for all numbers that an earlier life of the data can have handed out after its backup.
    fn skip_versions(&self, count: i64) -> Result<(), StoreError>;

    /// Whether nobody else sweeps until this transaction ends.
    fn may_sweep(&self) -> Result<bool, StoreError>;

    /// Removes tombstones that were received before `before_ms`, at most so many, and raises their users' purge marks.
    /// Gives how many went.
    fn sweep_tombstones(&self, before_ms: i64, most: usize) -> Result<usize, StoreError>;

    /// Forgets keys that were stored before `before_ms`, at most so many. Gives how many went.
    fn sweep_answers(&self, before_ms: i64, most: usize) -> Result<usize, StoreError>;
}
