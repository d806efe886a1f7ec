import FoodLens
import Foundation
import XCTest

/// Hooks that wait, ask the session, and end with their run.
final class WaitingHooksTests: PhonesTestCase {
    func testATokenMayBeWaitedForElsewhere() async throws {
        let token = token
        let a = try await phone(
            "a",
            tokens: { user, _ in
                await Task.yield()
                return await Task.detached { AccessToken(userID: user, value: token) }.value
            })
        try await a.allergies.add(.mustard)
        let report = try await a.sync()
        XCTAssertEqual(report.next, .done)
    }

    func testAHookUsesTheSessionWhileItsRunWaitsForIt() async throws {
        let a = try await phone("a")
        let session = Box<Session?>(nil)
        let b = try await phone(
            "b",
            mergeHook: { conflict in
                let phone = try XCTUnwrap(session.value)
                let inside = try await phone.allergies.list().entries
                var lists = phone.allergies.changes.makeAsyncIterator()
                let shown = try await lists.next()?.entries
                let (page, run) = (try await phone.history.pages().load(), try await phone.sync())
                try await phone.settings.update { $0.theme = "dark" }
                // A task of the hook's own, and one that does not know of the hook.
                async let open = phone.conflicts.list().map(\.id)
                let same = try await Task.detached { try await phone.conflicts.list().map(\.id) }.value
                let asked = try await open
                guard inside == shown, page.items.isEmpty, run.next == .alreadyRunning, asked == [conflict.id], same == asked
                else { throw Gate.Shut() }
                return .keepRemote
            })
        session.change { $0 = b }
        let id = try await a.allergies.add(.milk, severity: .moderate)
        _ = try await a.sync()
        _ = try await b.sync()
        try await a.allergies.update(try await a.allergies.get(id)) { $0.severity = .severe }
        try await b.allergies.update(try await b.allergies.get(id)) { $0.severity = .mild }
        _ = try await a.sync()
        let report = try await b.sync()
        XCTAssertEqual(report.conflictsAnswered, 1)
        XCTAssertEqual(report.next, .done)
        let (allergy, settings) = (try await b.allergies.get(id), try await b.settings.get())
        XCTAssertEqual(allergy.content.severity, .severe)
        XCTAssertEqual(settings.content.theme, "dark")
    }

    func testAHookEndsWithItsRunAndNobodyIsAskedToSignInForThat() async throws {
        let (held, token) = (Box(true), token)
        let (reached, ended) = (expectation(description: "reached"), expectation(description: "ended"))
        let a = try await phone(
            "a",
            tokens: { user, _ in
                if held.value {
                    reached.fulfill()
                    for await _ in AsyncStream<Void>(unfolding: { await Task.yield() }) {}  // until it is cancelled
                    ended.fulfill()
                    throw CancellationError()
                }
                return AccessToken(userID: user, value: token)
            })
        try await a.allergies.add(.mustard)
        let run = Task { try await a.sync() }
        await fulfillment(of: [reached], timeout: 30)
        run.cancel()
        let stopped = try await run.value
        XCTAssertEqual(stopped.next, .moreWork)
        await fulfillment(of: [ended], timeout: 30)
        var status = a.status.makeAsyncIterator()
        let now = try await status.next()
        XCTAssertEqual(now?.authRequired, false)
        held.change { $0 = false }
        let report = try await a.sync()
        XCTAssertEqual(report.next, .done)
    }

    func testAHookThatIsDeafToItsCancellationHoldsNobodyUpAndWhatItAsksLaterIsAnswered() async throws {
        let (gate, session, token) = (Gate(self), Box<Session?>(nil), token)
        let late = Box<Int?>(nil)
        let answered = expectation(description: "asked after the run")
        answered.assertForOverFulfill = false
        let a = try await phone(
            "a",
            tokens: { user, _ in
                await gate.pass()
                let entries = try await session.value?.allergies.list().entries
                late.change { $0 = entries?.count }
                answered.fulfill()
                return AccessToken(userID: user, value: token)
            })
        session.change { $0 = a }
        try await a.allergies.add(.mustard)
        let run = Task { try await a.sync(budget: 600) }
        await fulfillment(of: [gate.reached], timeout: 30)
        run.cancel()
        let stopped = try await run.value  // the gate is still shut
        XCTAssertEqual(stopped.next, .moreWork)
        gate.open()
        await fulfillment(of: [answered], timeout: 30)
        XCTAssertEqual(late.value, 1)
        let sent = try await a.sync()
        XCTAssertEqual(sent.next, .done)
    }

    /// More runs than the system has threads to spare, all of them waiting for hooks that ask their sessions.
    func testManySessionsWaitForTheirTokensAtOnce() async throws {
        let (count, token) = (70, token)
        let (gate, arrived) = (Gate(self), Box(0))
        let held = Box<[String: Session]>([:])
        for name in (0..<count).map(String.init) {
            let session = try await phone(
                name,
                tokens: { user, _ in
                    if arrived.next() == count { gate.open() }
                    await gate.pass()
                    _ = try await held.value[name]?.allergies.list()
                    return AccessToken(userID: user, value: token)
                })
            held.change { $0[name] = session }
        }
        let next = try await withThrowingTaskGroup(of: NextStep.self) { runs in
            for session in held.value.values { runs.addTask { try await session.sync().next } }
            return try await runs.reduce(into: []) { $0.append($1) }
        }
        held.change { $0 = [:] }
        await fulfillment(of: [gate.reached], timeout: 30)
        XCTAssertEqual(next.filter { $0 != .done }, [])
        XCTAssertEqual(next.count, count)
    }
}
