//! What can happen on a bad day, each a line that a person can read.

use serde::{Deserialize, Serialize};

/// One thing that happens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Step {
    /// A person writes.
    Edit { device: usize, edit: Edit },
    /// A run of sync with so much time.
    Sync { device: usize, budget_ms: u64 },
    /// The app does what each report says is next, for so long.
    Follow { device: usize, ms: i64 },
    /// A person asks for a run again and again.
    Insist { device: usize, every_ms: i64, times: u32 },
    /// More of the history, further back.
    FetchOlder { device: usize },
    /// A request of this device meets trouble: the next one (0), or one after it.
    Line { device: usize, after: u32, trouble: Trouble },
    /// The network of this device from now on.
    Network { device: usize, network: Network },
    /// What the app gives when it is asked for a token, from now on.
    Token { device: usize, token: Token },
    /// What the app's merge hook does, from now on.
    Hook { device: usize, hook: Hook },
    /// The device's storage fails during its next step.
    Disk { device: usize, after: u32, fault: DiskFault },
    /// A person looks at the open questions, to answer one of them later.
    LookAtQuestions { device: usize },
    /// A person answers a question as it is now, or as they looked at it.
    Answer { device: usize, pick: u64, answer: Side, as_looked_at: bool },
    /// A person does something about a parked or waiting operation.
    Queue { device: usize, pick: u64, act: QueueAct },
    /// Dispatch is paused or goes on.
    Pause { device: usize, paused: bool },
    /// Conflicts are asked about, or decided by the more cautious side.
    ManualMerge { device: usize, on: bool },
    /// Another user comes to the front; the first one's session stays open or is closed.
    SwitchUser { device: usize, user: usize },
    /// The user signs out, and in again.
    SignOut { device: usize, how: SignOut },
    /// The user signs out and in again, while another process of the app still has the former session.
    LateWorker { device: usize },
    /// The app ends and starts again.
    Restart { device: usize, killed: bool },
    /// The app is deleted and installed anew.
    Reinstall { device: usize },
    /// The device's files are backed up (or the marks beside them, too).
    BackUp { device: usize },
    /// The last backup of the device is put back.
    PutBack { device: usize },
    /// A device's files are moved to another one, which had others.
    CloneTo { from: usize, to: usize },
    /// The app asks the library to recover the user's file.
    Recover { device: usize },
    /// The unsent work is written to a text and read back (after a reinstallation, say).
    Rescue { device: usize, reinstall: bool },
    /// The app is updated to another version.
    Update { device: usize },
    /// Old data are imported.
    Import { device: usize, first: u64, count: u64 },
    /// A device's wall clock is wrong by so much from now on.
    SetClock { device: usize, off_by_ms: i64 },
    /// Time passes.
    Pass { ms: i64 },
    /// An allergy is made on the backend's website.
    Elsewhere { user: usize, allergen: u64, severity: u64 },
    /// Something happens at the backend.
    Backend(Backend),
}

/// A write by a person. `pick` chooses among what is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Edit {
    /// A new allergy: one of the fourteen or (from 14 on) the person's own words.
    AddAllergy { allergen: u64, severity: u64 },
    /// Another severity.
    ChangeSeverity { pick: u64, severity: u64 },
    /// Another allergen.
    ChangeAllergen { pick: u64, allergen: u64 },
    /// Other notes.
    ChangeNotes { pick: u64, text: u64 },
    /// An allergy goes.
    RemoveAllergy { pick: u64 },
    /// "No allergies."
    ConfirmNone,
    /// "I don't know."
    SetUnknown,
    /// A field of the profile.
    Profile { field: u64, text: u64 },
    /// A setting.
    Settings { field: u64, text: u64 },
    /// So many new entries of the history.
    AddHistory { count: u64, at: u64, text: u64 },
    /// A note on one, or a favourite.
    ChangeHistory { pick: u64, text: u64, favourite: bool },
    /// One goes.
    DeleteHistory { pick: u64 },
    /// A value that was overwritten comes back.
    RestoreOverwritten { pick: u64 },
}

/// What a request meets, in the order of its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Trouble {
    /// No connection.
    BeforeConnect,
    /// The connection breaks before the request is whole.
    HalfSent,
    /// Received, and the server breaks off before it takes effect.
    ReceivedNotCommitted,
    /// It takes effect, and no answer comes.
    CommittedAndSilent,
    /// Only so many writes of it take effect, and no answer comes.
    PartlyCommitted { writes: usize },
    /// Half the answer comes, and that is noticed.
    HalfReply,
    /// Half the answer comes, and nobody can tell.
    HalfReplyUnnoticed,
    /// It arrives twice; the second answer comes.
    DeliveredTwice,
    /// It arrives a second time, later, behind other requests.
    DeliveredAgainLater,
    /// The answer comes after the run's time.
    LateReply,
    /// It takes so long.
    Slow { ms: u32 },
    /// Another answer in its place.
    Status { status: u16, retry_after: Option<u32> },
    /// A hotel's page.
    Portal,
    /// JSON, but no answer.
    Garbage,
    /// The answer is for another user.
    AnswerForAnother,
    /// A person writes while it is under way.
    EditMeanwhile,
    /// The run is cancelled while it is under way.
    CancelMeanwhile,
    /// The user signs out while it is under way: the reply is late.
    SignOutMeanwhile,
    /// The device dies while it is under way.
    DeathMeanwhile,
}

/// How a device is connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Network {
    Good,
    Down,
    /// Everything is sent and nothing comes back.
    Silent,
    /// Something before the server answers everything with 500.
    Failing,
    /// It answers everything with 429, and asks for a minute.
    Overloaded,
}

/// Whose token the app gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Token {
    Good,
    /// The server refuses it; a fresh one, asked for, is good.
    Expired,
    /// The server refuses it and every fresh one.
    Refused,
    /// Another user's, called this user's.
    OfAnother,
    /// Another user's, and said so.
    OfAnotherHonestly,
    /// The app has none.
    None,
}

/// What the merge hook does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hook {
    Defers,
    Throws,
    KeepsLocal,
    KeepsRemote,
    /// The local side with the higher severity.
    Merges,
}

/// The side that a person chooses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    Local,
    Remote,
    Merged,
    Defer,
}

/// What is done about an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QueueAct {
    Retry,
    Discard,
}

/// How a user signs out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignOut {
    Keep,
    Flush,
    Wipe,
}

/// How storage fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DiskFault {
    /// Power is gone at a write.
    CrashAtWrite,
    /// Power is gone when data are to be forced to storage.
    CrashAtSync,
    /// The disk is full from a write on, for this step.
    Full,
    /// A write fails.
    WriteError,
    /// Forcing data to storage fails.
    SyncError,
    /// A read fails.
    ReadError,
    /// A file does not open.
    OpenError,
    /// Somebody else has a file locked, for this step.
    Busy,
}

/// What happens at the backend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Backend {
    /// Restored from a backup without a loss: a new epoch.
    NewEpoch,
    /// Its database is copied.
    BackUp,
    /// The copy is put back, as another life: what was written since is lost.
    PutBack,
    /// All cursors are too old.
    ExpireCursors,
    /// All writes are put off, or not.
    Pause { on: bool },
    /// Writes to the history are put off, or not.
    PauseHistory { on: bool },
    /// Batches are offered, or there is one request a write.
    Batch { on: bool },
    /// It says what it can do, or not.
    Capabilities { on: bool },
    /// The newest history can be read first, or not.
    NewestFirst { on: bool },
    /// From now on it gives records ids of its own.
    MintIds,
    /// Requests may be compressed, or not.
    Compression { on: bool },
    /// Most records on a page.
    Pages { records: usize },
    /// Reads are answered from a copy that does not hear of new writes, or by the database again.
    Lag { on: bool },
    /// What is parked may go again.
    RetryParked { word: u64 },
    /// The server process ends and starts again.
    Restart,
    /// It lets go of keys and tombstones that are old enough.
    Purge,
}
