// The one line above every screen that says how this phone and the server stand.
import FoodLens
import FoodLensObservation
import Observation

public enum Banner: Equatable, Sendable {
    /// All is sent, nothing is wrong.
    case upToDate
    case syncing
    /// The first restore: what is shown may not be all.
    case restoring(records: Int)
    /// The server was not reached, or is in trouble: what is shown is what this phone knows.
    case offline(waiting: Int)
    case waiting(Int)
    /// The person has turned sending off.
    case paused(waiting: Int)
    /// The backend holds writes back.
    case heldBack(waiting: Int)
    case needsSignIn(waiting: Int)

    /// What matters most: what only a person can mend, then what is under way, then what waits.
    init(_ status: SyncStatus) {
        let waiting = Int(status.pending + status.sending)
        self =
            if status.authRequired {
                .needsSignIn(waiting: waiting)
            } else if status.paused {
                .paused(waiting: waiting)
            } else if status.running {
                .syncing
            } else if status.lastError != nil {
                .offline(waiting: waiting)
            } else if status.restoring {
                .restoring(records: Int(status.restore?.records ?? 0))
            } else if status.pausedByServer {
                .heldBack(waiting: waiting)
            } else if waiting > 0 {
                .waiting(waiting)
            } else {
                .upToDate
            }
    }

    /// Whether it stands out.
    public var needsAttention: Bool {
        switch self {
        case .offline, .needsSignIn, .restoring: true
        default: false
        }
    }
}

/// The banner, and the marks on the way to the queue.
public struct BannerState: Equatable, Sendable {
    public let banner: Banner
    public let failed: Int
    public let questions: Int

    init(_ status: SyncStatus) {
        banner = Banner(status)
        failed = Int(status.failed)
        questions = Int(status.conflicts)
    }
}

@MainActor
@Observable
public final class BannerModel {
    public let actions = Actions()
    private let session: Session
    private let status: LiveValue<SyncStatus>

    init(_ session: Session) {
        self.session = session
        status = LiveValue { session.status }
    }

    public var state: Shown<BannerState> { status.shown.map(BannerState.init) }

    /// Until the view goes.
    public func follow() async { await status.follow() }

    /// A person asked for it.
    public func sync() async {
        await actions.run { _ = try await session.sync() }
    }
}
