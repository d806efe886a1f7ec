import FoodLens
import Foundation

/// Sync in the background, free of iOS: runs until the queue is empty, parked or waiting, and says what a scheduler does next.
struct SyncRunner: Sendable {
    private static let mostRuns = 50
    private static let oneRun: TimeInterval = 120

    /// Seconds that go on whatever the clock says.
    var uptime: @Sendable () -> TimeInterval = { TimeInterval(DispatchTime.now().uptimeNanoseconds) / 1e9 }
    /// How long a run that was given up may take to let go of its request.
    var lastMoments: TimeInterval = 3

    /// Syncs the session, for so many seconds at most. When the task is cancelled, the run is given up, and this waits until no
    /// request of it is in flight. The session stays open: it is the app's, too.
    func run(longest: TimeInterval, _ session: Session?) async -> AfterRun {
        guard let session, !Task.isCancelled else { return Task.isCancelled ? .again : .rest }
        do {
            let after = try await rounds(session, until: uptime() + longest)
            if Task.isCancelled { _ = try await session.quiesce(longest: lastMoments) }
            return after
        } catch {
            return AfterRun.of(error)
        }
    }

    private func rounds(_ session: Session, until end: TimeInterval) async throws -> AfterRun {
        var held: Int64 = 0
        for _ in 0..<SyncRunner.mostRuns {
            let left = end - uptime()
            if left <= 0 || Task.isCancelled { return .again }
            let next = try await session.sync(budget: min(left, SyncRunner.oneRun)).next
            let after = AfterRun.of(next)
            let sent = next == .done || next == .needsPerson
            if after != .again, !sent { return after }
            if sent {
                // What was written as the run ended has nobody to send it. What still waits after one more run is held back.
                let pending = try await session.now?.pending ?? 0
                if pending <= held { return after }
                held = pending
            }
        }
        return .again
    }
}

extension Session {
    /// Where sync stands; nil in a task that is cancelled.
    var now: SyncStatus? {
        get async throws {
            for try await status in status { return status }
            return nil
        }
    }
}
