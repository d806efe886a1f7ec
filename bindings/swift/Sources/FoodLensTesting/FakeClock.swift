import Foundation

/// A clock that stands still until a test moves it; from any thread.
public final class FakeClock: @unchecked Sendable {
    private let lock = NSLock()
    private var time: Date

    /// A clock that shows this first: noon of the first of January 2026, unless said otherwise.
    public init(start: Date = Date(timeIntervalSince1970: 1_767_268_800)) { time = start }

    /// What it shows.
    public var now: Date { lock.withLock { time } }

    /// Moves on by so many seconds; this clock goes forward.
    public func advance(by seconds: TimeInterval) {
        precondition(seconds >= 0, "this clock goes forward")
        lock.withLock { time += seconds }
    }
}
