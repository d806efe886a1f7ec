import FoodLens
import Foundation
import XCTest

final class CancelTests: PhonesTestCase {
    func testCancellingTheTaskStopsTheRunAtItsNextStep() async throws {
        let (gate, a) = try await phoneAtAGate()
        try await a.allergies.add(.mustard)
        let run = Task { try await a.sync() }
        await fulfillment(of: [gate.reached], timeout: 30)
        run.cancel()  // tells the core at once, on this thread
        gate.open()
        let stopped = try await run.value
        XCTAssertEqual(stopped.next, .moreWork)
        let next = try await a.sync()
        XCTAssertEqual(next.next, .done)
    }

    func testACancelledRunDoesNotWaitForARequestThatHangsAndNothingIsLost() async throws {
        let gate = Gate(self)
        let a = try await phone(
            "a",
            transport: { _ in
                try gate.block()
                throw Gate.Shut()
            })
        try await a.allergies.add(.mustard)
        let run = Task { try await a.sync(budget: 600) }
        await fulfillment(of: [gate.reached], timeout: 30)
        run.cancel()
        let stopped = try await run.value  // the gate is still shut
        XCTAssertEqual(stopped.next, .moreWork)
        let queued = try await a.queue.list()
        XCTAssertEqual(queued.count, 2)
        gate.open()
        let quiet = try await a.quiesce(longest: 30)
        XCTAssertTrue(quiet)
        try await a.close()
        let sent = try await phone("a").sync()
        XCTAssertEqual(sent.next, .done)
        let b = try await phone("b")
        _ = try await b.sync()
        let list = try await b.allergies.list()
        XCTAssertEqual(list.entries.count, 1)
    }

    func testARunThatIsCancelledBeforeItBeginsDoesNothingAndTheOneBeforeItGoesOn() async throws {
        let (gate, a) = try await phoneAtAGate()
        try await a.allergies.add(.mustard)
        let first = Task { try await a.sync() }
        await fulfillment(of: [gate.reached], timeout: 30)
        let second = Task { try await a.sync() }  // the thread for syncs is busy
        second.cancel()
        gate.open()
        let (done, nothing) = (try await first.value, try await second.value)
        XCTAssertEqual(done.next, .done)
        XCTAssertEqual(done.acknowledged, 2)
        XCTAssertEqual(nothing.next, .moreWork)
        XCTAssertEqual(nothing.requests, 0)
    }

    func testOlderHistoryIsFetchedUntilTheTaskIsCancelledAndAgainLater() async throws {
        let old = try await phone("old")
        try await old.history.add(all: dailyMeals(600))
        _ = try await old.sync()
        let (gate, held, token) = (Gate(self), Box(false), token)
        let a = try await phone(
            "a", historyWindow: 10 * day,
            tokens: { user, _ in
                if held.value { await gate.pass() }
                return AccessToken(userID: user, value: token)
            })
        let restored = try await a.sync()
        XCTAssertEqual(restored.next, .done)
        let before = try await a.history.count()
        held.change { $0 = true }
        let fetching = Task { try await a.history.fetchOlder() }
        await fulfillment(of: [gate.reached], timeout: 30)
        let never = Task { try await a.history.fetchOlder() }
        never.cancel()
        fetching.cancel()
        gate.open()
        let (stopped, nothing) = (try await fetching.value, try await never.value)
        XCTAssertEqual([stopped.next, nothing.next], [.moreWork, .moreWork])
        XCTAssertEqual(nothing.requests, 0)
        let same = try await a.history.count()
        XCTAssertEqual(same, before)
        try await a.history.fetchOlder()
        let all = try await a.history.count()
        XCTAssertEqual(all, 600)
    }

    func testAnImportIsCancelledBetweenItsStepsAndGoesOnLater() async throws {
        let a = try await phone("a")
        let old = a.legacyImport(json: mealsOfOld(450))
        let never = try await Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await old.run()
        }.value
        XCTAssertEqual([never.imported, never.complete ? 1 : 0], [0, 0])
        let storing = try await cancelled(old) { $0.stored > 0 }
        XCTAssertFalse(storing.complete)
        let early = await thrown { try await a.resumeLegacyImport().run() }
        guard case .legacyFormat = early else { return XCTFail("\(String(describing: early))") }
        let settling = try await cancelled(old) { $0.settled > 0 }
        XCTAssertFalse(settling.complete)
        let status = try await a.legacyStatus()
        XCTAssertTrue(status.stored && status.waiting > 0 && status.imported > 0, "\(status)")
        let report = try await a.resumeLegacyImport().run()
        XCTAssertEqual([report.imported, report.complete ? 1 : 0], [450, 1])
        let all = try await a.history.count()
        XCTAssertEqual(all, 450)
    }

    /// An import that is cancelled while its progress is told.
    private func cancelled(
        _ old: LegacyImport, at wanted: @escaping @Sendable (LegacyProgress) -> Bool
    ) async throws -> LegacyReport {
        let gate = Gate(self)
        let run = Task { try await old.run { if wanted($0) { try? gate.block() } } }
        await fulfillment(of: [gate.reached], timeout: 30)
        run.cancel()  // tells the core at once, on this thread
        gate.open()
        return try await run.value
    }

    private func phoneAtAGate() async throws -> (Gate, Session) {
        let (gate, token) = (Gate(self), token)
        let a = try await phone(
            "a",
            tokens: { user, _ in
                await gate.pass()
                return AccessToken(userID: user, value: token)
            })
        return (gate, a)
    }
}

let day: TimeInterval = 24 * 60 * 60

/// A meal a day, back from now.
func dailyMeals(_ count: Int) -> [HistoryContent] {
    (0..<count).map { HistoryContent(kind: .meal, occurredAt: Date(timeIntervalSinceNow: -Double($0) * day)) }
}
