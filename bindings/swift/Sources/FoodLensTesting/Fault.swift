import Foundation

/// What goes wrong with a request, see ``FakeBackend/next(_:)``.
public enum Fault: Sendable {
    /// No network: nothing leaves the device.
    case offline
    /// The request takes effect, and the answer never arrives: the outcome is unknown to the device.
    case committedThenSilent
    /// The connection breaks before the request takes effect: the outcome is unknown to the device.
    case lostOnTheWay
    /// The token is refused, as an expired one is.
    case tokenExpired
    /// Each write of a record that asks a person is a conflict: another device was first.
    case conflict
    /// A hotel's or a train's portal answers in the place of the backend, with 200 and a page.
    case portal
    /// Another answer in the place of the right one: the HTTP status, for instance 503, and what the header `Retry-After`
    /// says; nil: there is none.
    case status(_ code: Int, retryAfterSeconds: Int? = nil)
    /// The request reaches the backend, and its answer takes until it is released.
    case slow(SlowAnswer)
}

/// An answer that takes its time: for the moment between, and for what an app does in it. A request that nobody releases is
/// answered after a minute.
public final class SlowAnswer: @unchecked Sendable {
    private let condition = NSCondition()
    private var hasArrived = false
    private var released = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    public init() {}

    /// Waits until the request has arrived.
    public func awaitRequest() async {
        await withCheckedContinuation { continuation in
            let there = condition.withLock {
                if !hasArrived { waiting.append(continuation) }
                return hasArrived
            }
            if there { continuation.resume() }
        }
    }

    /// Lets the answer go.
    public func release() {
        condition.withLock {
            released = true
            condition.broadcast()
        }
    }

    func hold() {
        let all = condition.withLock {
            hasArrived = true
            defer { waiting = [] }
            return waiting
        }
        for one in all { one.resume() }
        let limit = Date(timeIntervalSinceNow: 60)
        condition.withLock {
            while !released, condition.wait(until: limit) {}
        }
    }
}
