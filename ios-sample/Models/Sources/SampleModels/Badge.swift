// The mark beside a record.
import FoodLens

/// Where a record stands.
public enum Badge: Hashable, Sendable {
    /// Handed to the library, which has not said yet that it is stored.
    case saving
    /// Stored here, waits to be sent.
    case waiting
    case syncing
    case synced
    case failed(FailureReason?)
    /// Another device changed the same: a person is asked.
    case question

    init(_ sync: SyncInfo) {
        self =
            switch sync.state {
            case .synced: .synced
            case .pending: .waiting
            case .sending: .syncing
            case .failed: .failed(sync.lastError)
            case .conflict: .question
            }
    }

    init(_ operation: QueuedOperation) {
        self =
            switch operation.state {
            case .pending: .waiting
            case .sending: .syncing
            case .failed(.conflict): .question
            case .failed(let reason): .failed(reason)
            case .synced: .synced
            }
    }

    /// Whether a person can let it go again.
    public var isFailed: Bool {
        if case .failed = self { true } else { false }
    }
}
