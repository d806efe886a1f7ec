import FoodLensFFI

/// The durable queue of a user's writes.
public final class Queue: Sendable {
    private let calls: Calls

    init(calls: Calls) { self.calls = calls }

    /// How many operations are in which state: now, and whenever it changes.
    public var counts: AsyncThrowingStream<QueueCounts, any Error> {
        calls.observe([.queue]) { try $0.queueCounts() }
    }

    /// The eldest operations, at most `limit` (1 to 500), that fit the filter: now, and whenever the queue changes.
    public func changes(
        _ filter: QueueFilter = .unsent, limit: Int = 100
    ) -> AsyncThrowingStream<[QueuedOperation], any Error> {
        calls.observe([.queue]) { try $0.queue(filter: filter, after: 0, limit: Int64(limit)) }
    }

    /// The operations that fit the filter, for a list that a person scrolls: in the device's order, page by page.
    public func pages(_ filter: QueueFilter = .unsent) -> PageSource<Int64, QueuedOperation> {
        PageSource(calls: calls, topics: [.queue]) { core, after, size in
            let items = try core.queue(filter: filter, after: after ?? 0, limit: Int64(size))
            return Page(items: items, next: items.count == size ? items.last?.position : nil)
        }
    }

    /// A page of at most `limit` (1 to 500) operations in the device's order, after a position (0 to start).
    public func list(
        _ filter: QueueFilter = .unsent, after: Int64 = 0, limit: Int = 100
    ) async throws -> [QueuedOperation] {
        try await calls.run { try $0.queue(filter: filter, after: after, limit: Int64(limit)) }
    }

    /// Lets a parked operation go again, with its attempts forgotten. Edits of an allergy that wait behind it go with
    /// it as one, under a new id. To send something else instead, edit the record.
    ///
    /// - Throws: ``FoodLensError/wrongState(reason:)`` when it is not parked, or is parked by a conflict (answer that
    ///   instead).
    public func retry(_ operation: QueuedOperation) async throws {
        try await calls.run { try $0.retry(position: operation.position, id: operation.id) }
    }

    /// What ``discard(_:)`` would do now, to be shown before. Changes nothing.
    ///
    /// - Throws: ``FoodLensError/wrongState(reason:)`` as ``discard(_:)``.
    public func previewDiscard(_ operation: QueuedOperation) async throws -> Discard {
        try await calls.run { try $0.previewDiscard(position: operation.position, id: operation.id) }
    }

    /// Gives an operation up: a person's decision. The record falls back to the server's copy, or goes when there is none.
    ///
    /// - Throws: ``FoodLensError/wrongState(reason:)`` while it is being sent, may have reached the server, or a conflict is
    ///   open.
    @discardableResult
    public func discard(_ operation: QueuedOperation) async throws -> Discard {
        try await calls.run { try $0.discard(position: operation.position, id: operation.id) }
    }

    /// One operation with its content, as JSON text that ``Session/rescueImport(json:)`` reads back, for a person or for
    /// support: personal data, not for logs.
    ///
    /// - Throws: ``FoodLensError/wrongState(reason:)`` for a receipt, which has no content any more.
    public func export(_ operation: QueuedOperation) async throws -> String {
        try await calls.run { try $0.exportOperation(position: operation.position, id: operation.id) }
    }
}

/// The questions that wait for a person, and what later writes replaced.
public final class Conflicts: Sendable {
    private let calls: Calls

    init(calls: Calls) { self.calls = calls }

    /// The open questions, oldest first: now, and whenever they change.
    public var changes: AsyncThrowingStream<[Conflict], any Error> {
        calls.observe([.conflicts]) { try $0.conflicts() }
    }

    /// The open questions, oldest first.
    public func list() async throws -> [Conflict] {
        try await calls.run { try $0.conflicts() }
    }

    /// Answers a question as it was shown. False: it was answered before, or its record is no more.
    ///
    /// - Throws: ``FoodLensError/stale(reason:)`` when a side has moved on since: show it again.
    @discardableResult
    public func answer(_ conflict: Conflict, _ answer: MergeAnswer) async throws -> Bool {
        try await calls.run { try $0.answer(id: conflict.id, revision: conflict.revision, answer: answer) }
    }

    /// Values that later writes replaced, for a list that a person scrolls: newest first, page by page. Its `changes` tell of
    /// every change of a record.
    public func overwrittenPages() -> PageSource<Int64, OverwrittenEntry> {
        PageSource(calls: calls, topics: Set(Collection.allCases.map(Topic.records))) { core, before, size in
            let items = try core.overwritten(before: before, limit: Int64(size))
            return Page(items: items, next: items.count == size ? items.last?.position : nil)
        }
    }

    /// Values that later writes replaced (the last writer wins there), newest first; `before` is a position.
    public func overwritten(before: Int64? = nil, limit: Int = 100) async throws -> [OverwrittenEntry] {
        try await calls.run { try $0.overwritten(before: before, limit: Int64(limit)) }
    }

    /// Brings a replaced value back: a new edit of that field on what is shown now, queued and visible at once. The entry
    /// stays in the log.
    ///
    /// - Throws: ``FoodLensError/notFound(reason:)`` when the entry is forgotten or the record deleted;
    ///   ``FoodLensError/invalid(field:rule:)`` when the value could not be entered here (any more).
    public func restore(_ entry: OverwrittenEntry) async throws {
        try await calls.run { try $0.restoreOverwritten(position: entry.position) }
    }
}
