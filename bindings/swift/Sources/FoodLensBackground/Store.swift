import FoodLens
import Foundation

/// The session's files, held while somebody needs them.
final class Store: @unchecked Sendable {
    let needs = StoreNeeds()
    private let lock = NSLock()
    private var suspended: Session?
    private var free = true

    /// Whether the last one to let go left no lock behind, and nobody has taken any since.
    var isFree: Bool { !needs.isThere && lock.withLock { free } }

    /// Suspends the session where nobody needs it.
    func letGo(_ session: Session?, _ longest: TimeInterval) async {
        guard let session, !needs.isThere else { return }
        lock.withLock { suspended = session }
        // What is closed holds nothing.
        let quiet = (try? await session.suspend(longest: longest)) ?? true
        lock.withLock { free = quiet }
        // Somebody came meanwhile, and may have called the resume before this.
        if needs.isThere { try? session.resume() }
    }

    func resume() {
        let session = lock.withLock {
            defer { suspended = nil }
            return suspended
        }
        try? session?.resume()
    }
}
