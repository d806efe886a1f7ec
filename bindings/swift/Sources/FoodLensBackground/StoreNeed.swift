import Foundation

/// Who needs the store: the app while it is in the foreground, and whoever works in the background.
struct StoreNeed: Sendable, Equatable {
    /// Nil until the app has said where it is: an app that never does is left alone.
    var foreground: Bool?
    var works = 0

    /// Whether the store is left open.
    var isThere: Bool { foreground != false || works > 0 }
}

/// The same, for many threads.
final class StoreNeeds: @unchecked Sendable {
    private let lock = NSLock()
    private var need = StoreNeed()

    var isThere: Bool { lock.withLock { need.isThere } }

    func change(_ body: (inout StoreNeed) -> Void) { lock.withLock { body(&need) } }
}
