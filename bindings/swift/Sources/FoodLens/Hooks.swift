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

/// Gives tokens at the moment of sending. It may wait (`await`, never a thread that is blocked, since it runs on Swift's
/// pool), and may use the session: what it asks there is done on the thread of the run itself. When the task of the run is
/// cancelled, so is this, and the run does not wait for it.
public protocol TokenProvider: Sendable {
    /// A valid token of this user. `refused`: the last one was refused with 401, so a fresh one is needed. When it throws,
    /// whatever it throws, the run stops and says that a sign-in is needed; nothing is lost.
    func token(userID: String, refused: Bool) async throws -> AccessToken
}

/// Decides conflicts. It may wait for a person and may use the session, as a ``TokenProvider`` may; no lock is held
/// meanwhile. When the task of the run is cancelled, so is this, and the run does not wait for it.
public protocol MergeHook: Sendable {
    /// What to do about this conflict. When it throws, whatever it throws, the conflict stays for a person.
    func resolve(_ conflict: Conflict) async throws -> MergeAnswer
}

/// Gives the keys of users' files. Called on the thread that opens a session, with no lock held; it may block.
public protocol KeyProvider: Sendable {
    /// The key of this user's file: 32 random bytes that the device keeps (in the Keychain), not made of a password; always
    /// the same, until ``FoodLens/rekey(userID:newKey:)`` has changed it. When it throws, whatever it throws, the session is
    /// not opened (``FoodLensError/keyUnavailable(reason:)``) and no file is touched.
    func key(userID: String) throws -> Data
}

/// Tokens from a closure.
struct TokensOf: TokenProvider {
    let give: @Sendable (_ userID: String, _ refused: Bool) async throws -> AccessToken

    func token(userID: String, refused: Bool) async throws -> AccessToken { try await give(userID, refused) }
}

// The adapters keep the text of what is thrown on this side, since it may hold a token or a record.

final class TokenAdapter: TokenCallback {
    private let provider: any TokenProvider

    init(_ provider: any TokenProvider) { self.provider = provider }

    func token(userId: String, refused: Bool) throws -> CoreAccessToken {
        let given = try? waitHere { [provider] in try await provider.token(userID: userId, refused: refused) }
        guard let token = given else { throw HookError.Failed }
        return CoreAccessToken(userId: token.userID, value: token.value)
    }
}

final class MergeAdapter: MergeCallback {
    private let hook: any MergeHook

    init(_ hook: any MergeHook) { self.hook = hook }

    func resolve(conflict: Conflict) throws -> MergeAnswer {
        let given = try? waitHere { [hook] in try await hook.resolve(conflict) }
        guard let answer = given else { throw HookError.Failed }
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

final class ClockAdapter: ClockCallback {
    private let time: @Sendable () -> Date

    init(_ time: @escaping @Sendable () -> Date) { self.time = time }

    func now() throws -> Date { time() }
}
