import FoodLens
import Foundation
import XCTest

final class SuspendTests: PhonesTestCase {
    func testASuspendedSessionSaysSoAndGoesOnAfterwards() async throws {
        let a = try await phone("a")
        try await a.allergies.add(.fish)
        let quiet = try await a.suspend()
        XCTAssertTrue(quiet)
        let calls: [() async throws -> Void] = [
            { _ = try await a.allergies.list() }, { _ = try await a.sync() }, { try await a.allergies.add(.eggs) },
        ]
        for call in calls {
            guard case .suspended = await thrown(call) else { return XCTFail("another error") }
        }
        try a.resume()
        let list = try await a.allergies.list()
        XCTAssertEqual(list.entries.count, 1)
        let report = try await a.sync()
        XCTAssertEqual(report.next, .done)
    }

    func testSequencesStayAndGoOnWithTheResume() async throws {
        let a = try await phone("a")
        try await a.allergies.add(.fish)
        let before = Seen(a.allergies.changes)
        try await before.until(self) { $0.entries.count == 1 }
        try await a.suspend()
        let begunMeanwhile = Seen(a.allergies.changes)
        try a.resume()
        try await begunMeanwhile.until(self) { $0.entries.count == 1 }
        try await a.allergies.add(.eggs)
        for seen in [before, begunMeanwhile] { try await seen.until(self) { $0.entries.count == 2 } }
    }

    func testARunIsGivenUpAndEndsWithMoreWork() async throws {
        let (gate, token) = (Gate(self), token)
        let a = try await phone(
            "a",
            tokens: { user, _ in
                await gate.pass()
                return AccessToken(userID: user, value: token)
            })
        let run = Task { try await a.sync() }
        await fulfillment(of: [gate.reached], timeout: 30)
        let tooEarly = try await a.suspend(longest: 0)
        XCTAssertFalse(tooEarly, "the run waits for a hook")
        gate.open()
        guard case .suspended = await thrown({ try await run.value }) else { return XCTFail("another error") }
        let quiet = try await a.suspend(longest: 30)
        XCTAssertTrue(quiet)
        try a.resume()
        let report = try await a.sync()
        XCTAssertEqual(report.next, .done)
    }

    func testClosedWhileSuspendedItsSequencesEnd() async throws {
        let a = try await phone("a")
        try await a.suspend()
        var changes = a.settings.changes.makeAsyncIterator()
        try await a.close()
        guard case .closed = await thrown({ try await changes.next() }) else { return XCTFail("another error") }
        try a.resume()
        guard case .closed = await thrown({ try await a.settings.get() }) else { return XCTFail("another error") }
    }
}
