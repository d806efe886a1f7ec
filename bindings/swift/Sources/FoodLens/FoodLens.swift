// The data types (Allergy, Severity, SyncReport, …) are generated; whoever imports FoodLens has them.
@_exported import FoodLensFFI
import Foundation

/// The library, set up for one backend. Keep one per process and ask it for a ``Session`` per user.
public final class FoodLens: Sendable {
    private let core: Core
    private let queue = DispatchQueue(label: "dev.foodlens.open", qos: .userInitiated)

    /// Sets the library up. Opens no database and sends nothing.
    ///
    /// - Parameters:
    ///   - dataDirectory: folder for the databases, made when it is not there; private to the app, not backed up. Nil:
    ///     ``applicationSupport(excludedFromBackup:)``.
    ///   - baseURL: the backend, for instance `https://api.example.com`.
    ///   - http: limits of the built-in network stack.
    ///   - transport: a network stack of the app's own, instead of the built-in one.
    ///   - appVersion: the app's own version, dotted numbers such as `2.4.0`: sent with every request, so that a backend can
    ///     hold back what a faulty version writes; and another version than the last sends again what was parked.
    ///   - staleAfter: how old, in seconds, an edit that changes an allergen or a severity, removes an allergy or changes the
    ///     state of the list may be when it is first sent; an older one is parked as `stale` until a person confirms it. A
    ///     new allergy always goes. 90 days unless said otherwise; nil: no limit.
    ///   - historyWindow: how much of the history a first restore brings: back to this age in seconds, where the backend can
    ///     give the newest first. The rest comes by ``History/fetchOlder(_:budget:)``. Nil: all of it.
    ///   - askAbout: fields that ask a person when two devices changed them, beside an allergy's allergen and severity and the
    ///     state of the list, named as in the contract: `CollectionField(collection: .profile, field: "date_of_birth")`. The
    ///     write that the server received last is in effect until the question is answered.
    ///   - markDirectory: folder for the marks, which tell a database that was lost, restored from a backup or cloned from a new
    ///     one: a folder that no backup and no move to another device carries along (`isExcludedFromBackup`). Nil: beside the
    ///     databases; then what is put back in place by a backup of the whole folder may pass for this device's own.
    ///   - keys: gives the keys of the users' files, which are encrypted then; for a library that was built with encryption. Nil:
    ///     files are plain.
    ///   - telemetry: takes structured events about sync.
    ///   - clock: for tests: the time, which measures durations, too, and so never goes back. It is asked within
    ///     transactions: it must answer at once. Nil: the device's time.
    ///   - mergeHook: decides conflicts; without one, every conflict waits for a person (``Session/conflicts``).
    ///   - tokens: gives access tokens at the moment of sending.
    /// - Throws: ``FoodLensError/config(reason:)`` for a base URL that cannot be used;
    ///   ``FoodLensError/storageUnavailable(reason:)`` when the folder of the app cannot be made.
    public init(
        dataDirectory: URL? = nil,
        baseURL: URL,
        http: HttpOptions = HttpOptions(),
        transport: HTTPTransport? = nil,
        appVersion: String? = nil,
        staleAfter: TimeInterval? = 90 * 24 * 60 * 60,
        historyWindow: TimeInterval? = nil,
        askAbout: [CollectionField] = [],
        markDirectory: URL? = nil,
        keys: (any KeyProvider)? = nil,
        telemetry: (any Telemetry)? = nil,
        clock: (@Sendable () -> Date)? = nil,
        mergeHook: (any MergeHook)? = nil,
        tokens: any TokenProvider
    ) throws {
        let config = Config(
            dataDir: try (dataDirectory ?? FoodLens.applicationSupport()).path, markDir: markDirectory?.path,
            baseUrl: baseURL.absoluteString, http: http,
            appVersion: appVersion, staleAfter: staleAfter, historyWindow: historyWindow, askAbout: askAbout)
        let (tokens, merge) = (TokenAdapter(tokens), mergeHook.map(MergeAdapter.init))
        let (told, keys) = (telemetry.map(TelemetryAdapter.init), keys.map(KeyAdapter.init))
        let clock = clock.map(ClockAdapter.init)
        core = try typed {
            guard let transport else {
                return try Core.open(config: config, tokens: tokens, merge: merge, telemetry: told, keys: keys, clock: clock)
            }
            return try Core.openWithTransport(
                config: config, tokens: tokens, merge: merge, telemetry: told, keys: keys,
                transport: TransportAdapter(transport), clock: clock)
        }
    }

    /// As the other one, with tokens from a closure.
    public convenience init(
        dataDirectory: URL? = nil,
        baseURL: URL,
        http: HttpOptions = HttpOptions(),
        transport: HTTPTransport? = nil,
        appVersion: String? = nil,
        staleAfter: TimeInterval? = 90 * 24 * 60 * 60,
        historyWindow: TimeInterval? = nil,
        askAbout: [CollectionField] = [],
        markDirectory: URL? = nil,
        keys: (any KeyProvider)? = nil,
        telemetry: (any Telemetry)? = nil,
        clock: (@Sendable () -> Date)? = nil,
        mergeHook: (any MergeHook)? = nil,
        tokens: @escaping @Sendable (_ userID: String, _ refused: Bool) async throws -> AccessToken
    ) throws {
        try self.init(
            dataDirectory: dataDirectory, baseURL: baseURL, http: http, transport: transport, appVersion: appVersion,
            staleAfter: staleAfter, historyWindow: historyWindow, askAbout: askAbout, markDirectory: markDirectory,
            keys: keys, telemetry: telemetry, clock: clock, mergeHook: mergeHook, tokens: TokensOf(give: tokens))
    }

    /// Opens a user's data, making it when this is the first time. Works offline. Every call for the same user gives the
    /// same data while one of its sessions is open, so closing one closes all. What was sealed by a sign-out is there again,
    /// its queue included. Damage further in than an open looks is told by the call that meets it, or by
    /// ``Session/verify()``.
    ///
    /// - Throws: ``FoodLensError``, among others `needsNewerApp`, `corrupt`, `storeMissing`, `wrongAccount`, `wrongKey`,
    ///   `keyUnavailable`: what is there is left as it is in each of these cases; `invalid` for a key that is not of 32
    ///   bytes; `config` for keys in a library that was built without encryption.
    public func session(userID: String) async throws -> Session {
        try await run { Session(userID: userID, calls: Calls(try $0.session(userId: userID))) }
    }

    /// As ``session(userID:)``, for work in the background: only where the user is signed in. A late worker opens nothing
    /// that a sign-out has sealed.
    ///
    /// - Throws: ``FoodLensError/signedOut(reason:)`` when the user is not signed in here; as ``session(userID:)``.
    public func signedInSession(userID: String) async throws -> Session {
        try await run { Session(userID: userID, calls: Calls(try $0.signedInSession(userId: userID))) }
    }

    /// Goes on after ``FoodLensError/corrupt(reason:)`` or ``FoodLensError/storeMissing(reason:)``, from ``session(userID:)``
    /// or from any call of a session: the damaged file is set aside beside the place where it was (renamed, never deleted,
    /// never written over), and a fresh one takes its place with all that no server can give back: every unsent operation
    /// that can still be read, under its key and in its order; what was parked, parked; records that could not be read and
    /// old data; the log of overwritten values; ``Session/setPaused(_:)`` and ``Session/setManualMerge(_:)``. Everything else
    /// comes by the next syncs, as on a new phone: until then `complete` of the list of allergies is false, which a person
    /// should see.
    ///
    /// A file that is sound is left as it is, whatever made the app call; finding that out reads all of it. A session of this
    /// user is closed if the file is damaged: use the one in ``Recovery``, and begin its sequences anew. Killed at any point,
    /// the next ``session(userID:)`` or recovery finishes it or does it again. Works offline; takes as long as reading the
    /// file, or, beside a sync that does not end, half a minute.
    ///
    /// - Throws: as ``session(userID:)``, and ``FoodLensError/storageUnavailable(reason:)`` while another process syncs or
    ///   recovers this user's data: nothing has changed, and the same call may be made again.
    public func recover(userID: String) async throws -> Recovery {
        try await run {
            let found = try $0.recover(userId: userID)
            return Recovery(
                session: Session(userID: userID, calls: Calls(found.session)),
                setAside: found.setAside.map(URL.init(fileURLWithPath:)), salvaged: Int(found.salvaged),
                unreadable: Int(found.unreadable), complete: found.complete)
        }
    }

    /// Deletes everything that this device holds of a user, signed in or not, what was never sent included: there is no way
    /// back. ``Session/signOut(_:)`` shows before what would be lost. Sessions of the user end.
    ///
    /// - Throws: ``FoodLensError/storageUnavailable(reason:)`` and others of the storage: the next opening of anything goes on
    ///   with it.
    public func wipe(userID: String) async throws {
        try await run { try $0.wipe(userId: userID) }
    }

    /// The data of an anonymous user of this device (`from`: the id under which the app opened sessions before the person
    /// signed in) as an import into the account `into`. Run it after the sign-in.
    ///
    /// What is shown under `from` becomes new records of the account, with ids made of the account and the record, so that a
    /// repetition makes no second one. Of profile and settings the account's values stay, and those that differ are in the
    /// log of overwritten values (``Conflicts/overwritten(before:limit:)``), to be brought back. Allergies are all taken
    /// over: where two records of one allergen differ in severity, a person is asked and the higher one is shown; "no
    /// allergies" on either side hides none. Nothing of `from` is changed or sent; its store remains.
    public func adopt(from: String, into: String) -> LegacyImport {
        LegacyImport { [core] in try core.adopt(from: from, into: into) }
    }

    /// Writes a user's database anew under another key, while no session of theirs is open; the key provider gives the
    /// present key meanwhile, and the new one from then on. A plain database becomes an encrypted one. Takes room for a
    /// second copy.
    ///
    /// After a death on the way the database is whole, under the one key or the other: keep both until this has returned,
    /// and call it again in the same way. What the new key opens already is left as it is, and so is a user without a
    /// database.
    ///
    /// - Parameters:
    ///   - userID: whose database.
    ///   - newKey: 32 random bytes.
    /// - Throws: ``FoodLensError/sessionOpen(reason:)`` while a session of this user is open,
    ///   ``FoodLensError/invalid(field:rule:)`` for a key that is not of 32 bytes, and as ``session(userID:)``: the present key
    ///   stays, unless the storage failed after the change itself; then, too, call it again.
    public func rekey(userID: String, newKey: Data) async throws {
        try await run { try $0.rekey(userId: userID, newKey: newKey) }
    }

    /// How much the library writes to the log of this process from now on; `info` at the start. The log is what
    /// ``setLogSink(_:)`` says; without it there is none. Its lines hold ids and codes, no content.
    public static func setLogLevel(_ level: LogLevel) throws {
        try typed { try FoodLensFFI.setLogLevel(level: level) }
    }

    /// Sends the log's lines of this process to the sink from now on (``OSLogSink``, for instance); nil: nowhere.
    public static func setLogSink(_ sink: (any LogSink)?) throws {
        try typed { try FoodLensFFI.setLogSink(sink: sink.map(LogAdapter.init)) }
    }

    private func run<T: Sendable>(_ call: @escaping @Sendable (Core) throws -> T) async throws -> T {
        try await on(queue) { [core] in try call(core) }
    }
}
