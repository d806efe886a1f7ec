//! Ways to break the contract on purpose, for the tests of the conformance kit: only with the feature `sabotage`.
//!
//! Each is one deviation between the wire and the server, in `http/sabotage_layer/`; the server behind it stays whole.

/// What goes wrong, always.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sabotage {
    /// Every write is a new one.
    NoDedupe,
    /// Keys are forgotten when the process ends.
    DedupeInMemory,
    /// Two repeats at the same time both find the key unknown.
    DedupeRaces,
    /// A known key with another body is a new write.
    KeyTakesAnyBody,
    /// A repeat is answered with the record as it is now.
    RepeatAnswersNow,
    /// An allergy takes an edit of somebody who has not seen how it stands.
    StaleBaseTaken,
    /// A patch of a stale record replaces all of it.
    WholeRecordWins,
    /// The later `updated_at` wins, not the later arrival.
    DeviceClockDecides,
    /// A late update brings a deleted record back.
    DeletedComesBack,
    /// Fields that the backend does not know are left out.
    UnknownFieldsDropped,
    /// What does not fit is left out.
    LargeFieldsCut,
    /// A write that changes nothing is one more version.
    NoChangeIsAWrite,
    /// Nothing is said of overwritten values.
    OverwrittenLost,
    /// Whole numbers become floating point.
    NumbersAreFloats,
    /// A refused write is 200 with an error inside.
    OkWithErrorInside,
    /// Verdicts come in another order than their operations.
    VerdictsReversed,
    /// Deletions do not come by the feed.
    NoTombstones,
    /// The feed has the newest first.
    FeedReversed,
    /// Pages do not say how many records they have.
    CountMissing,
    /// Pages are as long as the server likes.
    LimitIgnored,
    /// Numbers are given out before their writes can be seen.
    GapBesideWriters,
    /// The cursor is the time of the page, in seconds.
    WallClockCursor,
    /// A cursor that is too old gets an empty page.
    ExpiredCursorIsEmpty,
    /// A cursor that was made up starts from the beginning.
    BadCursorStartsOver,
    /// The end of the feed is its beginning.
    LatestStartsOver,
    /// A record can be read by whoever knows its id.
    OthersRowReadable,
    /// Whoever repeats the key of another user gets that user's answer.
    KeysOfAllUsers,
    /// The feed opens without a token.
    NoTokenNeeded,
    /// A body that cannot be read is an error of the server.
    StrangeInputIs500,
    /// Some requests are told to come again, not when.
    NoRetryAfter,
    /// A deleted record can still be read.
    DeletedStillRead,
    /// The capabilities hide the batch, which is there.
    BatchHidden,
    /// The history has the oldest first.
    HistoryReversed,
    /// Packed bodies are unpacked without a limit.
    BombTaken,
    /// The server's name of a record changes with every write.
    ServerIdChanges,
    /// The feed from its beginning has the records of all users.
    FeedOfAllUsers,
    /// A batch for somebody else is taken for the token's user.
    BatchOfAnybody,
    /// An update of an allergy that is not there makes one.
    BaseOfNothingTaken,
    /// Of two writes of a field the first one stays.
    FirstWriterWins,
    /// What is cleared stays.
    NullsIgnored,
    /// A `PUT` replaces the whole record.
    PutReplaces,
    /// Everything that is replaced counts as unseen.
    OverwrittenAlways,
    /// A deletion of what is not there is an error.
    DeleteOfNothingRefused,
    /// Nothing that was deleted can come back, even when it is asked for.
    GoneForEver,
    /// The feed has all entities, whatever was asked for.
    EntitiesIgnored,
    /// A page can be read once.
    PageOnce,
    /// When there is nothing new, the last change comes again.
    LastComesAgain,
    /// Spaces at the ends of texts are cut off.
    TextTrimmed,
    /// A problem has no title.
    ProblemsUntitled,
    /// Paths and methods that nobody knows are fine.
    UnknownIsFine,
    /// Some answers do not say whose they are.
    AnswersUnnamed,
    /// No request id in any answer.
    RequestIdDropped,
    /// Half of what is promised fits.
    HalfTheLimit,
    /// What is too much in a batch is left out.
    BatchCut,
    /// A limit that is none counts as absent.
    AnyLimitTaken,
    /// A body that is no object counts as an empty one.
    AnyShapeTaken,
    /// The receipt has the device's time.
    DeviceClockStamps,
    /// Pauses stand in the capabilities and are not held.
    PausesNotHeld,
    /// The list of allergies misses the last one.
    ListCutShort,
    /// The capabilities do not say of which life they are.
    CapabilitiesUnnamed,
    /// The total counts tombstones too.
    TotalWithTombstones,
    /// What cannot be unpacked counts as empty.
    EncodingIgnored,
    /// An update under a server id that nobody has makes a record.
    ServerIdMakesRecord,
}
