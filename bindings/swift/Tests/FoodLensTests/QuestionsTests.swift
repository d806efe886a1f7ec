import FoodLens
import Foundation
import XCTest

/// Who is asked about what, and when nobody is.
final class QuestionsTests: PhonesTestCase {
    func testTheSameAllergenFromTwoPhonesIsOneEntryInQuestionUntilAPersonAnswers() async throws {
        let (a, b) = try await writtenTwice()
        for phone in [a, b] {
            let entry = try await only(phone)
            XCTAssertEqual(entry.linked.count, 1)
            XCTAssertTrue(entry.inQuestion)
            XCTAssertEqual(entry.content.severity, .severe)
        }
        let waiting = try await a.sync()
        XCTAssertEqual(waiting.next, .needsPerson)
        let (questions, entry) = (try await a.conflicts.list(), try await only(a))
        let asked = try XCTUnwrap(questions.first)
        XCTAssertEqual(Set([entry.id] + entry.linked), [asked.recordId, try XCTUnwrap(asked.otherRecord)])
        guard case .allergy(let local) = asked.local else { return XCTFail("\(asked)") }
        let first = try await a.conflicts.answer(asked, local.severity == .mild ? .keepLocal : .keepRemote)
        XCTAssertTrue(first)
        try await settle(a, b)
        for phone in [a, b] {
            let (entry, left, report) = (try await only(phone), try await phone.conflicts.list(), try await phone.sync())
            XCTAssertEqual(entry.linked.count, 1)
            XCTAssertFalse(entry.inQuestion)
            XCTAssertEqual(entry.content.severity, .mild)
            XCTAssertEqual(left, [])
            XCTAssertEqual(report.next, .done)
        }
    }

    func testWithTheAskingTurnedOffTheHigherSeverityStaysAndOnAgainAPersonIsAskedAgain() async throws {
        let (a, b) = try await writtenTwice()
        try await a.setManualMerge(false)
        let decided = try await a.conflicts.list()
        XCTAssertEqual(decided, [])
        try await settle(a, b)
        for phone in [a, b] {
            let entry = try await only(phone)
            XCTAssertFalse(entry.inQuestion)
            XCTAssertEqual(entry.content.severity, .severe)
        }
        try await a.setManualMerge(true)
        try await b.allergies.update(try await only(b)) { $0.severity = .lifeThreatening }
        _ = try await b.sync()
        try await a.allergies.update(try await only(a)) { $0.severity = .moderate }
        let (report, entry) = (try await a.sync(), try await only(a))
        XCTAssertEqual(report.next, .needsPerson)
        XCTAssertTrue(entry.inQuestion)
    }

    func testAFieldThatTheAppNamesIsAskedAboutAndNoOther() async throws {
        let born = [CollectionField(collection: .profile, field: "date_of_birth")]
        let (a, b) = (try await phone("a", askAbout: born), try await phone("b", askAbout: born))
        try await write(a, "1990-01-01", "PT")
        try await settle(a, b)
        try await write(a, "1991-01-01", "ES")
        try await write(b, "1992-01-01", "FR")
        _ = try await a.sync()
        let report = try await b.sync()
        XCTAssertEqual(report.next, .needsPerson)
        let questions = try await b.conflicts.list()
        XCTAssertEqual(questions.count, 1)
        let asked = try XCTUnwrap(questions.first)
        XCTAssertNil(asked.otherRecord)
        guard case .profile(let remote) = asked.remote else { return XCTFail("\(asked)") }
        XCTAssertEqual(remote.dateOfBirth, "1991-01-01")
        try await b.conflicts.answer(asked, .keepRemote)
        try await settle(b, a)
        for phone in [a, b] {
            let profile = try await phone.profile.get().content
            XCTAssertEqual([profile.dateOfBirth, profile.country], ["1991-01-01", "FR"])
        }
    }

    /// Two phones that wrote the same allergen apart from one another, and have heard of each other since.
    private func writtenTwice() async throws -> (Session, Session) {
        let (a, b) = (try await phone("a"), try await phone("b"))
        try await a.allergies.add(custom: "Kiwi", severity: .mild)
        try await b.allergies.add(custom: "kiwi", severity: .severe)
        try await settle(a, b)
        return (a, b)
    }

    private func settle(_ sessions: Session...) async throws {
        for _ in 0..<3 {
            for session in sessions { _ = try await session.sync() }
        }
    }

    private func only(_ session: Session) async throws -> Allergy {
        let entries = try await session.allergies.list().entries
        XCTAssertEqual(entries.count, 1)
        return try XCTUnwrap(entries.first)
    }

    private func write(_ session: Session, _ born: String, _ country: String) async throws {
        try await session.profile.update {
            $0.dateOfBirth = born
            $0.country = country
        }
    }
}
