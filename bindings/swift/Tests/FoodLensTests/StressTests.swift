import Foundation
import XCTest

@testable import FoodLens

/// Many at once, cancelled at any point, closed while in use. Every load is bounded and ends by itself.
final class StressTests: PhonesTestCase {
    private static func meal(_ number: Int) -> HistoryContent {
        HistoryContent(kind: .meal, occurredAt: Date(timeIntervalSince1970: Double(number)), note: "\(number)")
    }

    /// So many tasks at once.
    private func crowd(of count: Int, _ call: @escaping @Sendable (Int) async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for number in 0..<count { tasks.addTask { try await call(number) } }
            try await tasks.waitForAll()
        }
    }

    private func first<T>(_ sequence: AsyncThrowingStream<T, any Error>) async throws -> T? {
        for try await value in sequence { return value }
        return nil
    }

    func testThousandsOfCallsAtOnceNoneLostAndNoneMixedUp() async throws {
        let a = try await phone("a")
        try await crowd(of: 4_000) { number in
            if number % 4 == 0 {
                let id = try await a.history.add(Self.meal(number))
                let note = try await a.history.get(id).content.note
                XCTAssertEqual(note, "\(number)")
            } else {
                _ = try await a.history.page(limit: 3)
                for try await _ in a.queue.counts { break }
            }
        }
        let (count, counts) = (try await a.history.count(), try await first(a.queue.counts))
        XCTAssertEqual(count, 1_000)
        XCTAssertEqual(counts?.pending, 1_000)
    }

    /// The pool of Swift goes on while calls wait: with as many of them as it has threads, it would stand still if they did.
    func testCallsThatWaitBlockNoThreadOfThePool() async throws {
        let gate = Gate(self)
        let a = try await phone(
            "a",
            transport: { _ in
                try gate.block()
                throw TransportError.NotSent
            })
        let runs = (0..<64).map { _ in Task { try await a.sync(budget: 600) } }
        await fulfillment(of: [gate.reached], timeout: 30)
        try await crowd(of: 500) { _ in await Task.yield() }
        try await a.allergies.add(.fish)
        let list = try await a.allergies.list()
        XCTAssertEqual(list.entries.count, 1)
        gate.open()
        for run in runs { _ = try await run.value }
    }

    func testSyncsWritesAndHooksThatThrowAtOnceAndAllIsSentInTheEnd() async throws {
        let (asked, token) = (Box(0), token)
        let a = try await phone(
            "a",
            tokens: { user, _ in
                if asked.next() % 3 == 1 { throw Gate.Shut() }
                return AccessToken(userID: user, value: token)
            })
        try await crowd(of: 300) { number in
            if number % 3 == 0 { _ = try await a.sync() } else { try await a.history.add(Self.meal(number)) }
        }
        while try await a.sync().next != .done { await Task.yield() }
        let b = try await phone("b")
        _ = try await b.sync()
        let (left, there) = (try await a.queue.list(), try await b.history.count())
        XCTAssertEqual(left, [])
        XCTAssertEqual(there, 200)
    }

    func testCancelledAtAnyPointACallIsWholeOrHasNotHappened() async throws {
        let a = try await phone("a")
        try await crowd(of: 300) { number in
            let call = Task {
                switch number % 4 {
                case 0: try await a.history.add(Self.meal(number))
                case 1: for try await _ in a.history.newest() { break }
                case 2: _ = try await a.sync()
                default: _ = try await a.history.pages().load()
                }
            }
            for _ in 0..<number % 7 { await Task.yield() }
            call.cancel()
            try await call.value
        }
        while try await a.sync().next != .done { await Task.yield() }
        let b = try await phone("b")
        _ = try await b.sync()
        let (here, there) = (try await a.history.page(limit: 500), try await b.history.page(limit: 500))
        XCTAssertEqual(here.entries.map(\.content), there.entries.map(\.content))
        XCTAssertLessThanOrEqual(here.entries.count, 75)
    }

    func testClosedWhileInUseEveryCallEndsAsClosedOrWell() async throws {
        for round in 0..<20 {
            let a = try await phone("phone-\(round)", transport: { _ in throw TransportError.NotSent })
            try await crowd(of: 40) { number in
                do {
                    switch number % 4 {
                    case _ where number == 20: try await a.close()
                    case 0: try await a.history.add(Self.meal(number))
                    case 1: for try await _ in a.history.newest() {}  // ends with the session alone
                    case 2: _ = try await a.sync()
                    default: _ = try await a.allergies.list()
                    }
                } catch FoodLensError.closed {
                }
            }
            guard case .closed = await thrown({ try await a.allergies.list() }) else { return XCTFail("closed") }
        }
    }

    func testWhatWasOpenedAndWatchedIsLetGo() async throws {
        for number in 0..<5 { _ = try await used("warm-\(number)") }
        let before = held()
        for number in 0..<40 {
            let core = try await used("phone-\(number)")
            try await until("session \(number)") { core.object == nil }
        }
        // The core's threads, and those of the queues, end a moment after their session; what leaks with each never does.
        try await until("files and threads") {
            let now = held()
            return now.files <= before.files + 8 && now.threads <= before.threads + 8
        }
    }

    private struct Weak: Sendable { weak var object: CoreSession? }

    /// A session that was written to, watched, synced and closed.
    private func used(_ name: String) async throws -> Weak {
        let session = try await library(name).session(userID: user)
        let core = try Weak(object: session.calls.now { $0 })
        let never = session.status  // nobody reads it
        let left = Task { for try await _ in session.history.newest() {} }
        _ = try await (first(session.allergies.changes), first(session.status), first(session.queue.changes()))
        try await session.history.add(Self.meal(1))
        _ = try await session.sync()
        left.cancel()
        try await left.value
        withExtendedLifetime(never) {}
        try await session.close()
        return core
    }

    private func until(_ what: String, _ wanted: () -> Bool) async throws {
        let limit = Date(timeIntervalSinceNow: 60)
        while !wanted() {
            guard Date() < limit else { return XCTFail("\(what): \(held())") }
            await Task.yield()
        }
    }

    /// Open files and threads of this process, where the system tells.
    private func held() -> (files: Int, threads: Int) {
        let list = { (folder: String) in (try? FileManager.default.contentsOfDirectory(atPath: folder).count) ?? 0 }
        return (list("/proc/self/fd"), list("/proc/self/task"))
    }
}
