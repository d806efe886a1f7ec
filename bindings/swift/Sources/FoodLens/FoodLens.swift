// The data types (Allergy, Severity, SyncReport, …) are generated; whoever imports FoodLens has them.
@_exported import FoodLensFFI
import Foundation

/// The library, set up for one backend. Keep one per process and ask it for a ``Session`` per user.
public final class FoodLens: Sendable {
    private let core: Core
    private let queue = DispatchQueue(label: "dev.foodlens.open", qos: .userInitiated)

    /// Sets the library up. Opens no file and sends nothing.
    ///
    /// - Parameters:
    ///   - dataDirectory: folder for the databases, made when it is not there; private to the app, not backed up.
    ///   - baseURL: the backend, for instance `https://api.example.com`.
    ///   - http: limits of the built-in network stack.
    ///   - transport: a network stack of the app's own, instead of the built-in one.
    ///   - mergeHook: decides conflicts; without one, every conflict waits for a person (``Session/conflicts``).
    ///   - tokens: gives access tokens at the moment of sending.
    /// - Throws: ``FoodLensError/config(reason:)`` for a base URL that cannot be used.
    public init(
        dataDirectory: URL,
        baseURL: URL,
        http: HttpOptions = HttpOptions(),
        transport: HTTPTransport? = nil,
        mergeHook: MergeHook? = nil,
        tokens: @escaping TokenProvider
    ) throws {
        let config = Config(dataDir: dataDirectory.path, baseUrl: baseURL.absoluteString, http: http)
        let (tokens, merge) = (TokenAdapter(tokens), mergeHook.map(MergeAdapter.init))
        core = try typed {
            guard let transport else { return try Core.open(config: config, tokens: tokens, merge: merge) }
            return try Core.openWithTransport(
                config: config, tokens: tokens, merge: merge, transport: TransportAdapter(transport))
        }
    }

    /// Opens a user's data, making it when this is the first time. Works offline. Every call for the same user gives the
    /// same data while one of its sessions is open, so closing one closes all.
    ///
    /// - Throws: ``FoodLensError``, among others `needsNewerApp`, `corrupt`, `wrongAccount`: the file is left as it is in
    ///   each of these cases.
    public func session(userID: String) async throws -> Session {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { [core] in
                continuation.resume(
                    with: Result {
                        Session(userID: userID, calls: Calls(try typed { try core.session(userId: userID) }))
                    })
            }
        }
    }
}
