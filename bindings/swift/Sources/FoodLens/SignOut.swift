import FoodLensFFI
import Foundation

/// What is done with a user's data at the sign-out, see ``Session/signOut(_:)``.
public enum SignOut: Equatable, Sendable {
    /// All of it stays, closed to everybody, until the user signs in again: the queue goes on then.
    case keepSealed
    /// What waits is sent first, as far as that goes within so many seconds; then as `keepSealed`.
    case flush(longest: TimeInterval)
    /// All of it is deleted from this device, as a person has confirmed who saw what ``Session/signOutPreview()`` gave. There
    /// is no way back.
    case wipe(shown: SignOutPreview)

    var core: CoreSignOut {
        switch self {
        case .keepSealed: .keepSealed
        case .flush(let longest): .flush(longest: longest)
        case .wipe(let shown): .wipe(shown: shown)
        }
    }
}
