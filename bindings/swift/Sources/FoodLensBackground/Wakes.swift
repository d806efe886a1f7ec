import FoodLens
import Foundation

/// A request to be woken.
struct Wake: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        /// Some thirty seconds, for the queue.
        case refresh
        /// Minutes with a network, for long work.
        case processing
    }

    let kind: Kind
    /// Not before; nil: as soon as the system likes.
    let earliest: Date?
}

/// When to be woken, from where sync stands: what waits goes when the core says that an attempt makes sense, and news are
/// fetched after the interval. Nobody is signed in (no status): never.
func wakes(_ status: SyncStatus?, after run: AfterRun? = nil, now: Date, interval: TimeInterval) -> Set<Wake> {
    guard let status else { return [] }
    let waits = status.pending + status.sending > 0 && !status.paused && !status.authRequired
    let next = waits ? status.nextAttemptAt.map { max($0, now) } : now + interval
    var wakes: Set = [Wake(kind: .refresh, earliest: next)]
    // A first restore, and what a short wake did not come to the end of.
    if status.restore != nil || run == .again { wakes.insert(Wake(kind: .processing, earliest: nil)) }
    return wakes
}
