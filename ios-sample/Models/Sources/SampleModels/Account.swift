// Who is here.
import FoodLens

public enum Account {
    case starting
    case signedOut(SignedOut)
    case signedIn(SignedIn)
}

public struct SignedOut {
    public let saved: Saved
    /// What a sign-out has left sealed on this phone.
    public var left: SignOutPreview?
    public var problem: Problem?

    /// How many writes wait here for the user to come back.
    public var sealed: Int { left.map { Int($0.unsent + $0.failed) } ?? 0 }
}

public struct SignedIn {
    public let saved: Saved
    public let screens: Screens
    /// What a deletion would lose, shown before anything is done.
    public var leaving: SignOutPreview?
    public var problem: Problem?

    /// Who else was here.
    @MainActor public var others: [String] { saved.users.filter { $0 != screens.user } }
}
