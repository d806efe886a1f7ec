import FoodLensFFI
import Foundation

/// A user's scans, meals and searches, newest first.
public final class History: Sendable {
    private let calls: Calls

    init(calls: Calls) { self.calls = calls }

    /// The newest entries now, and whenever the history changes.
    public func newest(limit: Int = 100) -> AsyncThrowingStream<HistoryPage, any Error> {
        calls.observe(History.topics) { try $0.history(after: nil, limit: Int64(limit)) }
    }

    /// As ``newest(limit:)``, of the entries that fit the filter.
    public func newest(_ filter: HistoryFilter, limit: Int = 100) -> AsyncThrowingStream<HistoryPage, any Error> {
        calls.observe(History.topics) { try $0.historyList(filter: filter, after: nil, limit: Int64(limit)) }
    }

    /// A page of at most `limit` (1 to 500) entries; `after` is the `next` of the page before.
    public func page(after: String? = nil, limit: Int = 100) async throws -> HistoryPage {
        try await calls.run { try $0.history(after: after, limit: Int64(limit)) }
    }

    /// As `page`, of the entries that fit the filter: of one kind, marked ones, of a time (a day, say).
    public func list(_ filter: HistoryFilter, after: String? = nil, limit: Int = 100) async throws -> HistoryPage {
        try await calls.run { try $0.historyList(filter: filter, after: after, limit: Int64(limit)) }
    }

    /// How many entries fit the filter.
    public func count(_ filter: HistoryFilter) async throws -> Int {
        Int(try await calls.run { try $0.historyCountOf(filter: filter) })
    }

    /// The newest entries, at most `limit` (1 to 500), in which each word of the query begins a word of the product's name,
    /// the brand, the note or the ingredients; those whose barcode is the query come first. Case, diacritics and
    /// punctuation do not count. Never needs the network; what was written before is found. A query of more than 500
    /// characters or 16 words is invalid.
    public func search(_ query: String, limit: Int = 100) async throws -> [HistoryEntry] {
        try await calls.run { try $0.searchHistory(query: query, limit: Int64(limit)) }
    }

    /// Every entry, read page by page as it is asked for.
    public func all(pageSize: Int = 100) -> AsyncThrowingStream<HistoryEntry, any Error> {
        let walk = Walk(history: self, pageSize: pageSize)
        return AsyncThrowingStream { try await walk.next() }
    }

    /// The entries that fit the filter, for a list that a person scrolls: newest first, page by page.
    public func pages(_ filter: HistoryFilter = HistoryFilter()) -> PageSource<String, HistoryEntry> {
        PageSource(calls: calls, topics: History.topics) { core, after, size in
            let page = try core.historyList(filter: filter, after: after, limit: Int64(size))
            return Page(items: page.entries, next: page.next, unreadable: page.unreadable)
        }
    }

    /// One entry.
    ///
    /// - Throws: ``FoodLensError/notFound(reason:)`` when there is none, or it was deleted.
    public func get(_ id: RecordId) async throws -> HistoryEntry {
        try await calls.run { try $0.historyEntry(id: id) }
    }

    /// One entry now, and whenever it or its way to the server changes; nil while there is none. Other entries wake no one.
    public func changes(_ id: RecordId) -> AsyncThrowingStream<HistoryEntry?, any Error> {
        calls.observe(.history, id) { try $0.historyEntry(id: id) }
    }

    /// How many entries there are.
    public func count() async throws -> Int {
        Int(try await calls.run { try $0.historyCount() })
    }

    /// Adds an entry.
    @discardableResult
    public func add(_ content: HistoryContent) async throws -> RecordId {
        try await calls.run { try $0.addHistory(content: content) }
    }

    /// Adds many entries in one transaction: all of them or none.
    @discardableResult
    public func add(all contents: [HistoryContent]) async throws -> [RecordId] {
        try await calls.run { try $0.addAllHistory(contents: contents) }
    }

    /// Changes an entry from what was shown: `update(shown) { $0.favourite = true }`.
    public func update(_ shown: HistoryEntry, _ change: @Sendable (inout HistoryContent) -> Void) async throws {
        let content = changed(shown.content, change)
        try await calls.run { try $0.updateHistory(shown: shown, to: content) }
    }

    /// Deletes an entry.
    public func delete(_ id: RecordId) async throws {
        try await calls.run { try $0.deleteHistory(id: id) }
    }

    /// Fetches at least `records` more entries from the server, further back than what is here; for an app that keeps a
    /// window (`historyWindow` of ``FoodLens``). Does nothing where all is here already (`olderHistory` of
    /// ``Session/status``). While a first restore is not done, this goes on with it. Network and server never make it
    /// throw, see ``Session/sync(budget:)``. When the task is cancelled, this run (and no other one) gives up its request
    /// and ends, or never begins, and its report says `moreWork`.
    ///
    /// - Parameters:
    ///   - records: how many, at least.
    ///   - budget: bounds the time spent; a request under way when it ends is given up.
    @discardableResult
    public func fetchOlder(_ records: Int = 100, budget: TimeInterval = 30) async throws -> SyncReport {
        try await calls.start(budget: budget) { try $0.olderHistoryRun(records: Int64(records)) }
    }

    private static let topics: Set<Topic> = [.records(.history), .queue]
}

/// Where a walk through the whole history stands.
private actor Walk {
    private let history: History
    private let pageSize: Int
    private var entries: ArraySlice<HistoryEntry> = []
    private var after: String?
    private var atEnd = false

    init(history: History, pageSize: Int) {
        self.history = history
        self.pageSize = pageSize
    }

    func next() async throws -> HistoryEntry? {
        while entries.isEmpty, !atEnd {
            let page = try await history.page(after: after, limit: pageSize)
            entries = page.entries[...]
            after = page.next
            atEnd = page.next == nil
        }
        return entries.popFirst()
    }
}
