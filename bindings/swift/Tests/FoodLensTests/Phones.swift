import FoodLens
import Foundation
import XCTest

/// Phones of one new user, with the real server: each phone has its own folder.
class PhonesTestCase: XCTestCase {
    var server: TestServer!
    var user = ""
    var token = ""
    var folder: URL!
    private let open = Box<[Session]>([])

    override func setUpWithError() throws {
        server = try TestServer()
        user = "user-\(UUID())"
        token = try server.token(user)
        folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    override func tearDown() async throws {
        // Or a database that closes by itself removes its files while the folder goes.
        for session in open.value { try await session.close() }
        open.change { $0 = [] }
        server.stop()
        server = nil
        try FileManager.default.removeItem(at: folder)
    }

    /// The library of a phone, as an app has it. What it opens must be closed by who opens it.
    func library(
        _ name: String, markDirectory: URL? = nil, keys: (any KeyProvider)? = nil
    ) throws -> FoodLens {
        let token = token
        return try FoodLens(
            dataDirectory: folder.appendingPathComponent(name), baseURL: URL(string: server.url)!,
            http: HttpOptions(allowLoopbackHttp: true), markDirectory: markDirectory, keys: keys
        ) { user, _ in AccessToken(userID: user, value: token) }
    }

    func phone(
        _ name: String, mergeHook: Answering? = nil, transport: HTTPTransport? = nil, appVersion: String? = nil,
        staleAfter: TimeInterval? = 90 * 24 * 60 * 60, historyWindow: TimeInterval? = nil,
        askAbout: [CollectionField] = [], telemetry: (any Telemetry)? = nil, tokens: Giving? = nil
    ) async throws -> Session {
        let token = token
        let session = try await FoodLens(
            dataDirectory: folder.appendingPathComponent(name),
            baseURL: URL(string: server.url)!,
            http: HttpOptions(allowLoopbackHttp: true),
            transport: transport,
            appVersion: appVersion,
            staleAfter: staleAfter,
            historyWindow: historyWindow,
            askAbout: askAbout,
            telemetry: telemetry,
            mergeHook: mergeHook.map(Answers.init),
            tokens: tokens ?? { user, _ in AccessToken(userID: user, value: token) }
        ).session(userID: user)
        open.change { $0.append(session) }
        return session
    }
}

/// The error that the call throws; a failure of the test when it throws none.
func thrown<T>(
    _ call: () async throws -> T, file: StaticString = #filePath, line: UInt = #line
) async -> FoodLensError? {
    do {
        let result = try await call()
        XCTFail("expected an error, got \(result)", file: file, line: line)
        return nil
    } catch {
        XCTAssert(error is FoodLensError, "\(error)", file: file, line: line)
        return error as? FoodLensError
    }
}

typealias Giving = @Sendable (_ userID: String, _ refused: Bool) async throws -> AccessToken
typealias Answering = @Sendable (Conflict) async throws -> MergeAnswer

/// A merge hook from a closure.
struct Answers: MergeHook {
    let answer: Answering

    func resolve(_ conflict: Conflict) async throws -> MergeAnswer { try await answer(conflict) }
}

/// A gate that something of the app stands at, so that a run is under way for as long as a test wants.
final class Gate: @unchecked Sendable {
    struct Shut: Error {}

    let reached: XCTestExpectation
    private let lock = NSCondition()
    private var isOpen = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(_ test: XCTestCase) {
        reached = test.expectation(description: "somebody stands at the gate")
        reached.assertForOverFulfill = false
    }

    func open() {
        let all = lock.withLock {
            isOpen = true
            lock.broadcast()
            defer { waiting = [] }
            return waiting
        }
        for one in all { one.resume() }
    }

    /// For a hook: it waits as a task does, and hears of no cancellation.
    func pass() async {
        reached.fulfill()
        await withCheckedContinuation { continuation in
            let open = lock.withLock {
                if !isOpen { waiting.append(continuation) }
                return isOpen
            }
            if open { continuation.resume() }
        }
    }

    /// For what blocks a thread: a network stack, the progress of an import.
    func block() throws {
        reached.fulfill()
        let limit = Date(timeIntervalSinceNow: 30)
        try lock.withLock {
            while !isOpen { guard lock.wait(until: limit) else { throw Shut() } }
        }
    }
}

/// A value that hooks may write from the library's threads.
final class Box<T>: @unchecked Sendable {
    private let lock = NSLock()
    private var held: T

    init(_ value: T) { held = value }

    var value: T { lock.withLock { held } }

    func change<R>(_ body: (inout T) -> R) -> R { lock.withLock { body(&held) } }
}

extension Box where T == Int {
    /// Counts.
    func next() -> Int {
        change { count in
            count += 1
            return count
        }
    }
}
