//! The shapes that travel on the wire, one Rust type per schema of `openapi.yaml`.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::pause::PauseRule;
use crate::problem::{Code, Refusal};
use crate::record::Record;

/// The fields of a record: one level of keys, each the unit of merging.
pub type Fields = Map<String, Value>;

/// What a record is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Entity {
    /// The one profile of a user.
    Profile,
    /// The one set of settings of a user.
    Settings,
    /// The state of the allergy list: empty never means none.
    AllergyList,
    /// One allergy.
    Allergies,
    /// One scan, meal or search.
    History,
}

/// Who wins when two devices wrote the same field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// A stale base is a conflict, a person decides.
    Manual,
    /// The write that the server received last, field by field.
    LastWriterWins,
}

impl Entity {
    /// All of them, in the order of the contract's table.
    pub const ALL: [Entity; 5] =
        [Entity::Profile, Entity::Settings, Entity::AllergyList, Entity::Allergies, Entity::History];

    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Entity::Profile => "profile",
            Entity::Settings => "settings",
            Entity::AllergyList => "allergy_list",
            Entity::Allergies => "allergies",
            Entity::History => "history",
        }
    }

    /// The entity of a wire name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|entity| entity.name() == name)
    }

    /// How concurrent edits meet.
    pub fn policy(self) -> Policy {
        match self {
            Entity::AllergyList | Entity::Allergies => Policy::Manual,
            Entity::Profile | Entity::Settings | Entity::History => Policy::LastWriterWins,
        }
    }

    /// Whether a user has exactly one such record, under the nil id.
    pub fn is_single(self) -> bool {
        matches!(self, Entity::Profile | Entity::Settings | Entity::AllergyList)
    }
}

/// What an operation does to its record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Carries all fields.
    Create,
    /// Carries the changed fields.
    Update,
    /// Carries nothing.
    Delete,
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 3] = [Kind::Create, Kind::Update, Kind::Delete];
}

/// A record that a test puts into a user's feed as it is, past every check.
#[derive(Debug, Clone, PartialEq)]
pub struct RawRecord {
    /// Any text, also one that no device knows.
    pub entity: String,
    /// Any text.
    pub id: String,
    /// Whether it is a tombstone.
    pub deleted: bool,
    /// Any JSON.
    pub fields: Value,
}

/// A value that a write replaced and that its device had not seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Overwritten {
    /// Which field.
    pub field: String,
    /// What stood there; null when somebody had cleared it.
    pub value: Value,
    /// The version of the write that had put it there.
    pub version: i64,
}

/// How an operation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VerdictKind {
    /// It took effect now.
    Applied,
    /// It took effect earlier, under the same key.
    Duplicate,
    /// The base was stale, a person decides.
    Conflict,
    /// Refused for good.
    Rejected,
    /// Not now.
    Deferred,
}

impl VerdictKind {
    /// All of them.
    pub const ALL: [VerdictKind; 5] = [
        VerdictKind::Applied,
        VerdictKind::Duplicate,
        VerdictKind::Conflict,
        VerdictKind::Rejected,
        VerdictKind::Deferred,
    ];

    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            VerdictKind::Applied => "applied",
            VerdictKind::Duplicate => "duplicate",
            VerdictKind::Conflict => "conflict",
            VerdictKind::Rejected => "rejected",
            VerdictKind::Deferred => "deferred",
        }
    }
}

/// How an operation ended, with what belongs to it. This is what is stored under the key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// The outcome.
    pub verdict: VerdictKind,
    /// The record after the write, or the current one for a conflict and for `gone`.
    pub record: Option<Record>,
    /// What the write replaced unseen.
    pub overwritten: Vec<Overwritten>,
    /// Why not, for `rejected` and `deferred`.
    pub problem: Option<Refusal>,
    /// When to come again, for `deferred`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub retry_after_s: Option<u32>,
}

impl Answer {
    /// As it is shown, see [`Record::shown`].
    pub(crate) fn shown(self, mint_ids: bool) -> Self {
        Self { record: self.record.map(|record| record.shown(mint_ids)), ..self }
    }

    /// Applied, with the record after it.
    pub(crate) fn applied(record: Option<Record>, overwritten: Vec<Overwritten>) -> Self {
        Self { verdict: VerdictKind::Applied, record, overwritten, problem: None, retry_after_s: None }
    }

    /// A stale base, with the current record.
    pub(crate) fn conflict(record: Option<Record>) -> Self {
        Self { verdict: VerdictKind::Conflict, ..Self::applied(record, Vec::new()) }
    }

    /// Refused for good.
    pub(crate) fn refused(code: Code) -> Self {
        let problem = Some(code.refusal());
        Self { verdict: VerdictKind::Rejected, problem, ..Self::applied(None, Vec::new()) }
    }

    /// Not now.
    pub(crate) fn deferred(code: Code) -> Self {
        let retry_after_s = code.retry_after_s();
        Self { verdict: VerdictKind::Deferred, retry_after_s, ..Self::refused(code) }
    }
}

/// The answer to one operation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// The operation's idempotency key.
    pub key: Uuid,
    /// How it ended.
    #[serde(flatten)]
    pub answer: Answer,
}

/// The answer to a batch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BatchAnswer {
    /// The token's user.
    pub user: String,
    /// The life of the database.
    pub epoch: String,
    /// One per operation, in order.
    pub verdicts: Vec<Verdict>,
}

/// The answer to a single write that was applied.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VerdictAnswer {
    /// The token's user.
    pub user: String,
    /// The life of the database.
    pub epoch: String,
    /// How it ended.
    pub verdict: Verdict,
}

/// One page of the feed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChangesPage {
    /// The token's user.
    pub user: String,
    /// The life of the database.
    pub epoch: String,
    /// How many changes are on this page: shows a reply that was cut.
    pub count: usize,
    /// Records at their latest version, in the order of versions.
    pub changes: Vec<Record>,
    /// Where the next call goes on.
    pub next_cursor: String,
    /// Whether there is more right now.
    pub has_more: bool,
}

/// One page of the history, newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HistoryPage {
    /// The token's user.
    pub user: String,
    /// The life of the database.
    pub epoch: String,
    /// How many records are on this page: shows a reply that was cut.
    pub count: usize,
    /// Live records, by the time at which they occurred, then by id, descending.
    pub records: Vec<Record>,
    /// Where the next call goes on; None at the end.
    pub next: Option<String>,
    /// How many live history records the user has.
    pub total: u64,
}

/// Who gives records their names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ids {
    /// Only the devices.
    Device,
    /// The server too: every record that is not single has a `server_id`.
    Server,
}

impl Ids {
    /// Both of them.
    pub const ALL: [Ids; 2] = [Ids::Device, Ids::Server];
}

/// What this backend can do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Capabilities {
    /// The token's user.
    pub user: String,
    /// The life of the database.
    pub epoch: String,
    /// None: one request per write.
    pub batch: Option<BatchLimits>,
    /// Limits of the feed.
    pub changes: ChangesLimits,
    /// Limits of the history, newest first; None where that is not offered.
    pub history: Option<HistoryLimits>,
    /// Who gives records their names.
    pub ids: Ids,
    /// The encodings that request bodies may have.
    pub compression: Vec<String>,
    /// The most bytes that the fields of a record may have.
    pub max_fields_bytes: usize,
    /// How long tombstones are kept.
    pub tombstone_days: i64,
    /// How long answers are kept under their keys.
    pub key_days: i64,
    /// Whether devices should hold back all their writes.
    pub paused: bool,
    /// Which writes devices should hold back.
    pub pauses: Vec<PauseRule>,
    /// When it is another than a device saw last, the device sends what it had parked once more.
    pub retry_parked: Option<String>,
}

/// Limits of a batch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BatchLimits {
    /// The most operations in one.
    pub max_operations: usize,
    /// The most bytes of its body.
    pub max_bytes: usize,
}

/// Limits of the feed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChangesLimits {
    /// The most records on a page.
    pub max_limit: usize,
    /// Whether a walk may start at the end, with `from=latest`.
    pub latest: bool,
}

/// Limits of the history, newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HistoryLimits {
    /// The most records on a page.
    pub max_limit: usize,
}

/// A plain read of one record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecordAnswer {
    /// The token's user.
    pub user: String,
    /// The life of the database.
    pub epoch: String,
    /// The record, never a tombstone.
    pub record: Record,
}

/// A plain read of the allergy list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AllergiesAnswer {
    /// The token's user.
    pub user: String,
    /// The life of the database.
    pub epoch: String,
    /// The record of the list's state, if there is one.
    pub list: Option<Record>,
    /// The allergies, in the order of versions, without tombstones.
    pub records: Vec<Record>,
}
