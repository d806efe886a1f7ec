import FoodLens
import Foundation
import XCTest

final class ObserveTests: PhonesTestCase {
    func testTheListComesAtOnceThenAfterALocalChangeThenAfterARemoteOne() async throws {
        let (a, b) = (try await phone("a"), try await phone("b"))
        try await a.allergies.add(.fish)
        let seen = Seen(a.allergies.changes)
        try await seen.until(self) { $0.entries.count == 1 }
        try await a.allergies.add(.eggs)
        try await seen.until(self) { $0.entries.count == 2 }
        try await b.allergies.add(.lupin)
        _ = try await b.sync()
        _ = try await a.sync()
        try await seen.until(self) { $0.entries.count == 3 && $0.complete && $0.entries.allSatisfy { !$0.inQuestion } }
        XCTAssertEqual(seen.first?.entries.map(\.content.allergen), [.eu(.fish)])
    }

    func testTheStatusFollowsTheQueue() async throws {
        let a = try await phone("a")
        let seen = Seen(a.status)
        try await seen.until(self) { $0.pending == 0 && $0.restoring }
        try await a.profile.update { $0.country = "PT" }
        try await seen.until(self) { $0.pending == 1 }
        _ = try await a.sync()
        try await seen.until(self) { $0.pending == 0 && !$0.restoring && $0.lastSuccessAt != nil }
    }

    func testTheStatusShowsARunWhileItLasts() async throws {
        let (gate, token) = (Gate(self), token)
        let a = try await phone(
            "a",
            tokens: { user, _ in
                await gate.pass()
                return AccessToken(userID: user, value: token)
            })
        let seen = Seen(a.status)
        try await seen.until(self) { !$0.running }
        let run = Task { try await a.sync() }
        await fulfillment(of: [gate.reached], timeout: 30)
        try await seen.until(self) { $0.running }
        gate.open()
        let report = try await run.value
        XCTAssertEqual(report.next, .done)
        try await seen.until(self) { !$0.running }
    }

    func testTheStatusCountsTheQuestions() async throws {
        let (a, b) = (try await phone("a"), try await phone("b"))
        let id = try await a.allergies.add(.milk, severity: .moderate)
        _ = try await a.sync()
        _ = try await b.sync()
        try await a.allergies.update(try await a.allergies.get(id)) { $0.severity = .severe }
        try await b.allergies.update(try await b.allergies.get(id)) { $0.severity = .mild }
        _ = try await a.sync()
        let seen = Seen(b.status)
        try await seen.until(self) { $0.conflicts == 0 }
        _ = try await b.sync()
        try await seen.until(self) { $0.conflicts == 1 && !$0.running }
        try await b.conflicts.answer(try await b.conflicts.list()[0], .keepRemote)
        try await seen.until(self) { $0.conflicts == 0 }
    }

    func testOtherCollectionsDoNotWakeASequence() async throws {
        let a = try await phone("a")
        var settings = a.settings.changes.makeAsyncIterator()
        let empty = try await settings.next()
        XCTAssertNil(empty?.content.language)
        try await a.history.add(HistoryContent(kind: .search, occurredAt: Date(timeIntervalSince1970: 0)))
        try await a.settings.update { $0.language = "pt-PT" }
        let changed = try await settings.next()
        XCTAssertEqual(changed?.content.language, "pt-PT")
    }

    func testASequenceThatIsLetGoEndsItsObservation() async throws {
        let a = try await phone("a")
        var first = a.allergies.changes.makeAsyncIterator()
        _ = try await first.next()
        let task = Task {
            for try await _ in a.allergies.changes {}
            return true
        }
        task.cancel()
        let ended = try await task.value
        XCTAssertTrue(ended)
    }
}
