// What went wrong, for a person.
import FoodLens

/// What went wrong, in the ways in which a person can do something about it.
public enum Problem: CaseIterable, Sendable {
    case empty
    case tooLong
    case notAllowed
    case gone
    case changed
    case notNow
    case storageFull
    case tryLater
    case damaged
    case updateApp
    case moreUnsent
    case badAddress
    case other

    init(_ error: any Error) {
        guard let error = error as? FoodLensError else {
            self = .other
            return
        }
        self =
            switch error {
            case .invalid(_, .blank): .empty
            case .invalid(_, .tooLong): .tooLong
            case .invalid: .notAllowed
            case .notFound: .gone
            case .stale: .changed
            case .wrongState: .notNow
            case .storageFull: .storageFull
            case .storageUnavailable, .keyUnavailable: .tryLater
            case .corrupt, .storeMissing: .damaged
            case .needsNewerApp: .updateApp
            case .unsentWork: .moreUnsent
            case .config: .badAddress
            default: .other
            }
    }
}
