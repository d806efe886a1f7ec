import FoodLens
import Foundation
import XCTest

/// Signing out: sealed, sent first, or deleted; and who hears of it.
final class SignOutTests: PhonesTestCase {
    func testWhatIsSealedIsThereAgainAtTheNextSignInAndNoLateWorkerIsLetInBefore() async throws {
        server.stop()
        let library = try library("a")
        try await assertSignedOut { try await library.signedInSession(userID: self.user) }
        let a = try await library.session(userID: user)
        try await a.allergies.add(.milk)
        let preview = try await a.signOutPreview()
        XCTAssertEqual([preview.unsent, preview.failed, preview.conflicts], [2, 0, 0])
        XCTAssertNotNil(preview.oldestUnsentAt)
        let report = try await a.signOut(.keepSealed)
        XCTAssertEqual(report, SignOutReport(left: preview, lastRun: nil))
        guard case .closed = await thrown({ try await a.allergies.list() }) else { return XCTFail("open") }
        try await assertSignedOut { try await library.signedInSession(userID: self.user) }
        let again = try await library.session(userID: user)
        let worker = try await library.signedInSession(userID: user)
        let (queued, list) = (try await again.queue.list(), try await worker.allergies.list())
        XCTAssertEqual([queued.count, list.entries.count], [2, 1])
        try await again.close()
    }

    func testWhatWaitsIsSentFirstAsFarAsThatGoes() async throws {
        let a = try await phone("a")
        try await a.allergies.add(.milk)
        let sent = try await a.signOut(.flush(longest: 30))
        XCTAssertEqual([sent.lastRun?.acknowledged, sent.left.unsent], [2, 0])
        server.stop()
        let b = try await phone("b")
        try await b.allergies.add(.fish)
        let kept = try await b.signOut(.flush(longest: 30))
        XCTAssertEqual(kept.left.unsent, 2)
    }

    func testNoMoreIsDeletedThanAPersonHasConfirmed() async throws {
        let library = try library("a")
        let a = try await library.session(userID: user)
        try await a.allergies.add(.milk)
        let shown = try await a.signOutPreview()
        try await a.history.add(all: dailyMeals(1))
        guard case .unsentWork = await thrown({ try await a.signOut(.wipe(shown: shown)) }) else {
            return XCTFail("deleted")
        }
        let (queued, now) = (try await a.queue.list(), try await a.signOutPreview())
        XCTAssertEqual(queued.count, 3)
        let report = try await a.signOut(.wipe(shown: now))
        XCTAssertEqual(report.left, now)
        let b = try await library.session(userID: user)
        let none = try await b.queue.list()
        XCTAssertEqual(none, [])
        try await b.allergies.add(.eggs)
        try await library.wipe(userID: user)
        guard case .closed = await thrown({ try await b.allergies.list() }) else { return XCTFail("open") }
        try await assertSignedOut { try await library.signedInSession(userID: self.user) }
        let c = try await library.session(userID: user)
        let count = try await c.history.count()
        XCTAssertEqual(count, 0)
        try await c.close()
    }

    func testSequencesEndWithTheSessionHoweverItEnds() async throws {
        let ends: [@Sendable (Session) async throws -> Void] = [
            { try await $0.close() },
            { try await $0.signOut(.keepSealed) },
            { try await $0.signOut(.wipe(shown: try await $0.signOutPreview())) },
        ]
        for (number, end) in ends.enumerated() {
            let a = try await phone("\(number)")
            let id = try await a.history.add(dailyMeals(1)[0])
            let ended = [
                watchToTheEnd(a.status), watchToTheEnd(a.allergies.changes), watchToTheEnd(a.history.newest()),
                watchToTheEnd(a.history.changes(id)),
            ]
            await fulfillment(of: ended.map(\.begun), timeout: 30)
            try await end(a)
            await fulfillment(of: ended.map(\.closed), timeout: 30)
        }
    }

    func testASignOutElsewhereShutsOutWhoeverHasTheDataOpen() async throws {
        let (here, there) = (try library("a"), try library("a"))
        let (a, other) = (try await here.session(userID: user), try await there.session(userID: user))
        try await a.signOut(.keepSealed)
        try await assertSignedOut { try await other.allergies.add(.milk) }
        try await other.close()
    }

    func testADatabaseThatIsGoneIsNotTakenForANewOne() async throws {
        let marked = try library("a", markDirectory: folder.appendingPathComponent("marks"))
        let unmarked = try library("b")
        for library in [marked, unmarked] { try await library.session(userID: user).close() }
        for name in ["a", "b"] { try FileManager.default.removeItem(at: folder.appendingPathComponent(name)) }
        let error = await thrown { try await marked.session(userID: self.user) }
        guard case .storeMissing = error else { return XCTFail("\(String(describing: error))") }
        XCTAssertNotNil(error?.recoverySuggestion)
        let recovery = try await marked.recover(userID: user)
        XCTAssertNil(recovery.setAside)
        XCTAssertFalse(recovery.complete)
        try await recovery.session.close()
        try await unmarked.session(userID: user).close()
    }

    private func assertSignedOut<T>(_ call: () async throws -> T, line: UInt = #line) async throws {
        let error = await thrown(call, line: line)
        guard case .signedOut = error else { return XCTFail("\(String(describing: error))", line: line) }
    }

    /// Tells of the first value, and of the end when that is the session's.
    private func watchToTheEnd<T: Sendable>(
        _ sequence: AsyncThrowingStream<T, any Error>
    ) -> (begun: XCTestExpectation, closed: XCTestExpectation) {
        let (begun, closed) = (expectation(description: "a value"), expectation(description: "closed"))
        begun.assertForOverFulfill = false
        Task {
            do {
                for try await _ in sequence { begun.fulfill() }
            } catch FoodLensError.closed {
                closed.fulfill()
            }
        }
        return (begun, closed)
    }
}
