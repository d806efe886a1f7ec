// The screen of scans and meals.
import FoodLens
import FoodLensObservation
import Foundation
import Observation

public struct HistoryState: Equatable, Sendable {
    public let query: String
    public let favourites: Bool
    public let entries: [HistoryEntry]
    public let unreadable: Int
    /// Further back there is more on this phone.
    public let more: Bool
    /// Further back there is more at the server.
    public internal(set) var older = false
}

extension HistoryEntry {
    public var badge: Badge { Badge(sync) }
}

/// What the person looks at: words to search for, or the newest so many entries.
private struct Look: Equatable {
    static let page = 50
    static let most = 500

    var query = ""
    var favourites = false
    var count = Look.page

    var searches: Bool { !query.allSatisfy(\.isWhitespace) }
}

/// Newest first; searched on this phone alone.
@MainActor
@Observable
public final class HistoryModel {
    public let actions = Actions()
    private let session: Session
    private let status: LiveValue<SyncStatus>
    private var read = Shown<HistoryState>.loading
    @ObservationIgnored private var look = Look()
    @ObservationIgnored private var reads = 0

    init(_ session: Session) {
        self.session = session
        status = LiveValue { session.status }
    }

    public var state: Shown<HistoryState> {
        read.map {
            var state = $0
            state.older = !state.more && state.query.isEmpty && status.value?.olderHistory == true
            return state
        }
    }

    /// Until the view goes.
    public func follow() async {
        async let restored: Void = status.follow()
        await followPages()
        await restored
    }

    /// What is typed; an empty text ends the search.
    public func search(_ query: String) async {
        guard query != look.query else { return }
        await see(Look(query: query, favourites: look.favourites))
    }

    public func onlyFavourites(_ on: Bool) async {
        await see(Look(query: look.query, favourites: on))
    }

    /// The person has scrolled to the end: what this phone has first, then what only the server has.
    public func more() async {
        guard let shown = state.ready, shown.more || shown.older else { return }
        await actions.run {
            if !shown.more { try await session.history.fetchOlder(Look.page) }
            look.count += Look.page
            try await load()
        }
    }

    public func add(_ content: HistoryContent) async {
        await actions.run { try await session.history.add(content) }
    }

    public func mark(_ entry: HistoryEntry, favourite: Bool) async {
        await actions.run { try await session.history.update(entry) { $0.favourite = favourite } }
    }

    public func change(_ entry: HistoryEntry, kind: HistoryKind, productName: String?, note: String?) async {
        await actions.run {
            try await session.history.update(entry) {
                $0.kind = kind
                $0.productName = productName
                $0.note = note
            }
        }
    }

    public func delete(_ entry: HistoryEntry) async {
        await actions.run { try await session.history.delete(entry.id) }
    }

    public func retry(_ entry: HistoryEntry) async {
        await actions.run { try await session.retryAndSync(entry.sync.pendingOperation) }
    }

    private func see(_ other: Look) async {
        look = other
        await actions.run { try await load() }
    }

    private func followPages() async {
        do {
            let pages = session.history.pages()
            _ = try await pages.load(size: 1)  // so that the changes begin with one
            for try await _ in pages.changes { try await load() }
        } catch {
            if (error as? FoodLensError)?.endsSession != true { read = .broken(Problem(error)) }
        }
    }

    /// What is looked at; the last read begun is the one that is shown.
    private func load() async throws {
        reads += 1
        let (turn, look) = (reads, look)
        let state = try await look.searches ? found(look) : listed(look)
        if turn == reads { read = .ready(state) }
    }

    private func found(_ look: Look) async throws -> HistoryState {
        let found = try await session.history.search(look.query, limit: Look.page)
        let entries = look.favourites ? found.filter(\.content.favourite) : found
        return HistoryState(query: look.query, favourites: look.favourites, entries: entries, unreadable: 0, more: false)
    }

    /// As many as are looked at, in pages of the size that one call may have.
    private func listed(_ look: Look) async throws -> HistoryState {
        let filter = HistoryFilter(kind: nil, favourites: look.favourites, from: nil, to: nil)
        var entries: [HistoryEntry] = []
        var unreadable = 0
        var after: String?
        repeat {
            let size = min(look.count - entries.count, Look.most)
            let page = try await session.history.list(filter, after: after, limit: size)
            entries += page.entries
            unreadable += Int(page.unreadable)
            after = page.next
        } while after != nil && entries.count < look.count
        return HistoryState(
            query: look.query, favourites: look.favourites, entries: entries, unreadable: unreadable, more: after != nil)
    }
}
