import FoodLens
import Foundation

/// Devices with one backend and one clock, each with a temporary folder of its own; the real core, no network. For one test:
/// ``close()`` ends the sessions and removes the folders.
public final class FakePhones: @unchecked Sendable {
    /// All devices show it.
    public let clock: FakeClock
    /// All devices reach it.
    public let backend: FakeBackend
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("foodlens-\(UUID())")
    private let lock = NSLock()
    private var open: [Session] = []

    /// Devices with these; with new ones, unless said otherwise.
    public init(clock: FakeClock = FakeClock(), backend: FakeBackend? = nil) {
        self.clock = clock
        self.backend = backend ?? FakeBackend { clock.now }
    }

    /// The library of a device. The same device again is the same data, as after a restart of the app.
    ///
    /// - Parameter mergeHook: decides conflicts; without one, they wait for a person.
    public func library(device: String = "phone", mergeHook: (any MergeHook)? = nil) throws -> FoodLens {
        guard let url = URL(string: "https://backend.test") else { throw URLError(.badURL) }
        return try FoodLens(
            dataDirectory: folder.appendingPathComponent(device), baseURL: url, transport: backend.transport,
            clock: { [clock] in clock.now }, mergeHook: mergeHook, tokens: backend)
    }

    /// A user's data on a device; closed with the others.
    public func session(
        userID: String = "ana", device: String = "phone", mergeHook: (any MergeHook)? = nil
    ) async throws -> Session {
        let session = try await library(device: device, mergeHook: mergeHook).session(userID: userID)
        lock.withLock { open.append(session) }
        return session
    }

    /// Ends what ``session(userID:device:mergeHook:)`` opened and removes the folders.
    public func close() async throws {
        let sessions = lock.withLock { open }
        for session in sessions { try await session.close() }
        if FileManager.default.fileExists(atPath: folder.path) { try FileManager.default.removeItem(at: folder) }
    }
}
