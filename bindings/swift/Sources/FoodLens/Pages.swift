import FoodLensFFI
import Foundation

/// A page of a list.
public struct Page<Key: Sendable, Item: Sendable>: Sendable {
    /// What is on it, in the order of the list.
    public let items: [Item]
    /// The key of the page behind it; nil at the end.
    public let next: Key?
    /// How many records of this page this version cannot read: they are kept, and missing in ``items``.
    public let unreadable: Int64

    public init(items: [Item], next: Key?, unreadable: Int64 = 0) {
        self.items = items
        self.next = next
        self.unreadable = unreadable
    }
}

extension Page: Equatable where Key: Equatable, Item: Equatable {}

/// A list that is read page by page as a person scrolls. A key names a place in the list, not a number of items to skip: what
/// is written or deleted meanwhile makes no item come twice or not at all.
///
/// ```swift
/// let pages = session.history.pages()
/// let first = try await pages.load()
/// let more = try await pages.load(first.next)  // when the last row appears
/// for try await _ in pages.changes { /* begin anew: pages.load() */ }
/// ```
public final class PageSource<Key: Sendable, Item: Sendable>: Sendable {
    private let calls: Calls
    private let topics: Set<Topic>
    private let read: @Sendable (CoreSession, Key?, Int) throws -> Page<Key, Item>
    private let loaded = Flag()

    init(
        calls: Calls, topics: Set<Topic>, read: @escaping @Sendable (CoreSession, Key?, Int) throws -> Page<Key, Item>
    ) {
        self.calls = calls
        self.topics = topics
        self.read = read
    }

    /// A page of at most `size` (1 to 500) items: the first one, or the one whose key is the `next` of the page before. One
    /// call of the core, whatever the size.
    ///
    /// - Throws: ``FoodLensError/closed(reason:)`` when the session has ended.
    public func load(_ key: Key? = nil, size: Int = 50) async throws -> Page<Key, Item> {
        loaded.set()
        return try await calls.run { [read] in try read($0, key, size) }
    }

    /// Whenever pages that were read may be out of date; several changes at once come as one. Nothing at the start, unless a
    /// page was read before this was listened to.
    public var changes: AsyncThrowingStream<Void, any Error> {
        let begun = Flag()
        return calls.watch(topics) { [loaded] core, _ in
            _ = try core.queueCounts()  // throws when the session has ended
            return begun.set() || loaded.isSet ? () : nil
        }
    }
}

/// Something that happens once.
private final class Flag: @unchecked Sendable {
    private let lock = NSLock()
    private var happened = false

    var isSet: Bool { lock.withLock { happened } }

    /// Whether it had happened before.
    @discardableResult
    func set() -> Bool {
        lock.withLock {
            defer { happened = true }
            return happened
        }
    }
}
