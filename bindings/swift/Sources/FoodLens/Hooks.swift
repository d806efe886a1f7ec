import FoodLensFFI
import Foundation

/// A token for the backend. Its text (`description`, `dump`, a log) never shows the value.
public struct AccessToken: Sendable, CustomStringConvertible, CustomReflectable {
    /// The user whose token it is, as given to ``FoodLens/session(userID:)``. A token of another user stops the run
    /// before anything is sent.
    public let userID: String
    /// The bearer token, without the word `Bearer`.
    public let value: String

    public init(userID: String, value: String) {
        self.userID = userID
        self.value = value
    }

    public var description: String { "AccessToken(…)" }
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// Gives tokens at the moment of sending: a valid one of this user. `refused`: the last one was refused with 401, so a
/// fresh one is needed. Called on the thread that syncs; it may block. When it throws, whatever it throws, the run stops
/// and says that a sign-in is needed; nothing is lost.
public typealias TokenProvider = @Sendable (_ userID: String, _ refused: Bool) throws -> AccessToken

/// Decides conflicts. Called on the thread that syncs, with no lock held: it may block. When it throws, whatever it
/// throws, the conflict stays for a person.
public typealias MergeHook = @Sendable (Conflict) throws -> MergeAnswer

/// Gives the keys of users' files. Called on the thread that opens a session, with no lock held; it may block.
public protocol KeyProvider: Sendable {
    /// The key of this user's file: 32 random bytes that the device keeps (in the Keychain), not made of a password; always
    /// the same, until ``FoodLens/rekey(userID:newKey:)`` has changed it. When it throws, whatever it throws, the session is
    /// not opened (``FoodLensError/keyUnavailable(reason:)``) and no file is touched.
    func key(userID: String) throws -> Data
}

// The adapters keep the text of what is thrown on this side, since it may hold a token or a record.

final class TokenAdapter: TokenCallback {
    private let provider: TokenProvider

    init(_ provider: @escaping TokenProvider) { self.provider = provider }

    func token(userId: String, refused: Bool) throws -> CoreAccessToken {
        guard let token = try? provider(userId, refused) else { throw HookError.Failed }
        return CoreAccessToken(userId: token.userID, value: token.value)
    }
}

final class MergeAdapter: MergeCallback {
    private let hook: MergeHook

    init(_ hook: @escaping MergeHook) { self.hook = hook }

    func resolve(conflict: Conflict) throws -> MergeAnswer {
        guard let answer = try? hook(conflict) else { throw HookError.Failed }
        return answer
    }
}

final class KeyAdapter: KeyCallback {
    private let provider: any KeyProvider

    init(_ provider: any KeyProvider) { self.provider = provider }

    func key(userId: String) throws -> Data {
        guard let key = try? provider.key(userID: userId) else { throw HookError.Failed }
        return key
    }
}
