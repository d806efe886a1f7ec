import FoodLens
import Foundation
import XCTest

@testable import SampleModels

/// The real server and some phones in temporary folders, with a clock that moves when it is told to.
@MainActor
final class Desk {
    let server: Server
    let clock = HandClock()
    let user = "ana"
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("sample-\(UUID())")
    private var open: [Session] = []
    private var following: [Task<Void, Never>] = []

    init(_ options: [String] = []) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        server = try Server(in: folder, options)
    }

    /// What an app keeps and has, on one phone.
    func phone(_ name: String) throws -> Phone {
        let place = folder.appendingPathComponent(name)
        let file = SavedFile(place.appendingPathComponent("app.json"))
        if try file.read() == Saved() { try file.write(Saved(baseURL: server.url)) }
        let (tokens, clock) = (ServerTokens(server: server), clock)
        return Phone(file: file) { try Desk.library(place, $0, clock, tokens) }
    }

    func session(
        _ name: String, of user: String? = nil, tokens: (any TokenProvider)? = nil, historyWindow: TimeInterval? = nil
    ) async throws -> Session {
        let (place, tokens) = (folder.appendingPathComponent(name), tokens ?? ServerTokens(server: server))
        let library = try Desk.library(place, URL(string: server.url)!, clock, tokens, historyWindow)
        let session = try await library.session(userID: user ?? self.user)
        open.append(session)
        return session
    }

    /// As a view does while it is there.
    func look(_ follow: @escaping @MainActor () async -> Void) {
        following.append(Task { await follow() })
    }

    func close() async throws {
        for task in following {
            task.cancel()
            await task.value
        }
        for session in open { try? await session.close() }  // a sign-out may have ended it
        server.stop()
        try FileManager.default.removeItem(at: folder)
    }

    nonisolated private static func library(
        _ folder: URL, _ url: URL, _ clock: HandClock, _ tokens: any TokenProvider, _ historyWindow: TimeInterval? = nil
    ) throws -> FoodLens {
        try FoodLens(
            dataDirectory: folder, baseURL: url, http: HttpOptions(allowLoopbackHttp: true), historyWindow: historyWindow,
            clock: { clock.now }, tokens: tokens)
    }
}

/// Stands still until it is moved.
final class HandClock: @unchecked Sendable {
    private let lock = NSLock()
    private var time = Date(timeIntervalSince1970: 1_772_366_400)

    var now: Date { lock.withLock { time } }

    func forward(hours: Double) { lock.withLock { time += hours * 3_600 } }
}

/// As a login server would give them.
struct ServerTokens: TokenProvider {
    let server: Server

    func token(userID: String, refused: Bool) async throws -> AccessToken {
        AccessToken(userID: userID, value: try server.token(userID))
    }
}

/// Gives no good token until the person has signed in.
final class RunOut: TokenProvider, @unchecked Sendable {
    private let good: ServerTokens
    private let lock = NSLock()
    private var isGood = false

    init(_ server: Server) { good = ServerTokens(server: server) }

    func signIn() { lock.withLock { isGood = true } }

    func token(userID: String, refused: Bool) async throws -> AccessToken {
        guard lock.withLock({ isGood }) else { return AccessToken(userID: userID, value: "expired") }
        return try await good.token(userID: userID, refused: refused)
    }
}

extension Shown {
    func has(_ fits: (Value) -> Bool) -> Bool { ready.map(fits) ?? false }
}
