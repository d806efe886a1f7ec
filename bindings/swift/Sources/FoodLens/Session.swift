import FoodLensFFI
import Foundation

/// One user's data. Reads never wait for the network, writes are durable when they return. Safe to use from any task;
/// functions throw ``FoodLensError``.
public final class Session: Sendable {
    /// The user whose session this is.
    public let userID: String
    /// The allergies and the state of their list.
    public let allergies: Allergies
    /// The profile.
    public let profile: ProfileStore
    /// The settings.
    public let settings: SettingsStore
    /// Scans, meals and searches.
    public let history: History
    /// The queue of writes that the server has not acknowledged.
    public let queue: Queue
    /// Questions that only a person may answer.
    public let conflicts: Conflicts

    let calls: Calls

    init(userID: String, calls: Calls) {
        self.userID = userID
        self.calls = calls
        allergies = Allergies(calls: calls)
        profile = ProfileStore(calls: calls)
        settings = SettingsStore(calls: calls)
        history = History(calls: calls)
        queue = Queue(calls: calls)
        conflicts = Conflicts(calls: calls)
    }

    /// Where sync stands, for a banner: now, and whenever it changes.
    public var status: AsyncThrowingStream<SyncStatus, any Error> {
        calls.observe([.queue, .conflicts, .status]) { try $0.status() }
    }

    /// Syncs now: pushes what waits, pulls what is new, asks the merge hook. Network, server, tokens and hooks never make
    /// it throw; `next` of the report says what to do next. When the task is cancelled, this run (and no other one) gives
    /// up its request and ends, or never begins, and its report says `moreWork`; nothing is lost.
    ///
    /// - Parameter budget: bounds the time spent; a request under way when it ends is given up.
    public func sync(budget: TimeInterval = 30) async throws -> SyncReport {
        try await calls.start(budget: budget) { try $0.syncRun() }
    }

    /// Asks whatever ``sync(budget:)`` is running to stop: it gives up the request that it waits for. Returns at once.
    public func cancelSync() throws {
        try calls.now { try $0.cancelSync() }
    }

    /// Pauses or resumes sync; kept over restarts. Writes go on as ever.
    public func setPaused(_ paused: Bool) async throws {
        try await calls.run { try $0.setPaused(paused: paused) }
    }

    /// Turns the asking off (false) or on again, for a rollback in the field; kept over restarts. While it is off, every
    /// question, the open ones included, is decided at once by the more cautious side: a change beats a deletion, the higher
    /// severity stays, of two allergens both stay.
    public func setManualMerge(_ ask: Bool) async throws {
        try await calls.run { try $0.setManualMerge(ask: ask) }
    }

    /// What a record is made of: the server's copy, what waits on top of it, and what is shown. One that was deleted here is
    /// there until the server has acknowledged it.
    ///
    /// - Throws: ``FoodLensError/notFound(reason:)`` when there is none.
    public func layers(_ collection: Collection, _ id: RecordId) async throws -> Layers {
        try await calls.run { try $0.layers(collection: collection, id: id) }
    }

    /// Makes everything that is derived anew, compares it with what is stored, and says what does not hold: for support, and
    /// for the app's own tests. Changes nothing. Reads every record, so not for every start.
    public func verify() async throws -> VerifyReport {
        try await calls.run { try $0.verify() }
    }

    /// Takes over an app's old data, in one call: see ``legacyImport(json:)``, and ``LegacyImport/run(progress:)`` for what it
    /// throws.
    @discardableResult
    public func importLegacy(json: String) async throws -> LegacyReport {
        try await legacyImport(json: json).run()
    }

    /// What ``importLegacy(json:)`` would report now. Stores nothing.
    public func previewLegacy(json: String) async throws -> LegacyReport {
        try await legacyImport(json: json).preview()
    }

    /// An import of an app's old data (JSON text of the documented form). Every readable record is stored and queued; the
    /// others are kept raw, listed by ``unreadable()`` and reported. The text is kept as long as the import.
    ///
    /// The records are kept as they were handed in, read-only, until ``finishLegacy()``: so an import goes on after a kill,
    /// without the text if need be (``resumeLegacyImport()``), and reads can go back to them (``setLegacyReads(_:)``). A
    /// record's id is made of the user and its `legacy_id`, so that an import on two devices makes one record. Before what
    /// was imported is sent, a sync first reads what the server has: what the server knows stays, gaps are filled, severities
    /// that differ are asked about, with the higher one shown meanwhile.
    public func legacyImport(json: String) -> LegacyImport {
        LegacyImport { [calls] in try calls.now { try $0.legacyImport(json: json) } }
    }

    /// The import that was begun, from the snapshot: for an app that has the text no more. Running it when all was taken over
    /// reports every record as there already.
    public func resumeLegacyImport() -> LegacyImport {
        LegacyImport { [calls] in try calls.now { try $0.resumeLegacyImport() } }
    }

    /// Where the import of old data stands.
    public func legacyStatus() async throws -> LegacyStatus {
        try await calls.run { try $0.legacyStatus() }
    }

    /// Ends the import: the snapshot is removed; records that could not be read stay listed until they are dismissed. There
    /// is no way back to reads on the old data afterwards. Harmless when repeated.
    ///
    /// - Throws: ``FoodLensError/legacyInUse(waiting:readsOn:)`` while records still wait to be taken over, or reads are on the
    ///   snapshot; ``FoodLensError/notFound(reason:)`` when there was no import.
    public func finishLegacy() async throws {
        try await calls.run { try $0.finishLegacy() }
    }

    /// Turns reads on the snapshot on, or off again, for a rollback in the field; kept over restarts. While it is on, profile,
    /// settings and history show the old data as they were handed in, and the list of allergies shows the old ones and the
    /// new ones together, each with the higher severity, so that none vanishes. Writes go on as ever, to the new data: they
    /// are seen when this is off again, and sync goes on. An entry of the old data that is not among the new cannot be
    /// changed (``FoodLensError/notFound(reason:)``).
    ///
    /// - Throws: ``FoodLensError/notFound(reason:)`` when there is no snapshot, or not a whole one.
    public func setLegacyReads(_ on: Bool) async throws {
        try await calls.run { try $0.setLegacyReads(on: on) }
    }

    /// Everything that this device holds of the user, as JSON text: personal data, not for logs.
    public func exportJSON() async throws -> String {
        try await calls.run { try $0.exportJson() }
    }

    /// As ``exportJSON()``, into a file, with little memory however much there is. A file of that name is replaced once the new
    /// one is complete, and not before: what is there is never half an export. Only the app's own user may read it.
    ///
    /// - Throws: ``FoodLensError/storageFull(reason:)`` or ``FoodLensError/storageUnavailable(reason:)`` when the file cannot
    ///   be written.
    public func export(to file: URL) async throws {
        try await calls.run { try $0.exportTo(path: file.path) }
    }

    /// Cancels a running sync and waits, at most `longest` seconds, until it has ended and no request of it is in flight.
    /// False: the time was up before.
    public func quiesce(longest: TimeInterval) async throws -> Bool {
        try await calls.run { try $0.quiesce(longest: longest) }
    }

    /// Lets go of every file, for an app that the system is about to suspend (one that is suspended with a file locked in a
    /// shared container is ended: `0xdead10cc`). A running sync is cancelled, reads and writes under way go to their end, and the
    /// database is closed. Until ``resume()``, calls throw ``FoodLensError/suspended(reason:)`` and do nothing; sequences stay,
    /// and go on afterwards. Harmless when repeated. `FoodLensBackgroundSync` does this with the phases of the app's scenes.
    ///
    /// - Parameter longest: seconds that this may take.
    /// - Returns: whether no lock is held. False: the time was up before, and what is under way still (an export, say, or a
    ///   hook) lets go when it ends; or ``resume()`` was called meanwhile.
    @discardableResult
    public func suspend(longest: TimeInterval = 5) async throws -> Bool {
        try await calls.run { try $0.suspend(longest: longest) }
    }

    /// Goes on after ``suspend(longest:)``: returns at once, sequences read anew, and the next call opens the files.
    ///
    /// When another process has signed the user out meanwhile, or put another file in the place of this one, the next call
    /// throws ``FoodLensError/signedOut(reason:)``, ``FoodLensError/closed(reason:)`` or
    /// ``FoodLensError/storeMissing(reason:)``.
    public func resume() throws {
        try calls.now { try $0.resume() }
    }

    /// Every write that the server has not acknowledged, as JSON text: personal data, not for logs. The queue stays as
    /// it is.
    public func rescueExport() async throws -> String {
        try await calls.run { try $0.rescueExport() }
    }

    /// Reads the text of ``rescueExport()`` into this installation. Repeating it is harmless.
    public func rescueImport(json: String) async throws -> RescueReport {
        try await calls.run { try $0.rescueImport(json: json) }
    }

    /// A person has settled a legacy record that could not be read (``unreadable()``): it is forgotten.
    public func dismissLegacy(_ record: UnreadableRecord) async throws {
        try await calls.run { try $0.dismissLegacy(entity: record.entity, record: record.record) }
    }

    /// The records that this version could not read, raw: personal data, not for logs.
    public func unreadable() async throws -> [UnreadableRecord] {
        try await calls.run { try $0.unreadable() }
    }

    /// What a deletion would lose now: show it to the person before ``SignOut/wipe(shown:)``.
    public func signOutPreview() async throws -> SignOutPreview {
        try await calls.run { try $0.signOutPreview() }
    }

    /// Signs the user out, with or without a network: their data are sealed, sent first, or deleted. A running sync is
    /// cancelled; what it would still store is refused. Every session of this user ends, and so do their sequences, as with
    /// ``close()``. Once begun it goes to its end, also when the task is cancelled.
    ///
    /// - Throws: ``FoodLensError/unsentWork(reason:)`` when a ``SignOut/wipe(shown:)`` was confirmed for less than there is
    ///   now: nothing has happened, show the preview again. After an error of the storage the user is signed out when the
    ///   next call throws ``FoodLensError/signedOut(reason:)`` or ``FoodLensError/closed(reason:)``; a deletion that had begun
    ///   goes on at the next opening of any session.
    @discardableResult
    public func signOut(_ how: SignOut) async throws -> SignOutReport {
        try await calls.run { try $0.signOut(how: how.core) }
    }

    /// Ends the session. A running sync stops at its next step; every later call, and every sequence of it, throws
    /// ``FoodLensError/closed(reason:)``. What is queued stays queued for the next session.
    public func close() async throws {
        try await calls.run { try $0.end() }
    }
}
