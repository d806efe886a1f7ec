import FoodLens
import Foundation
import XCTest

/// Old data becoming an account's: an app's export, and what was done before signing in.
final class LegacyTests: PhonesTestCase {
    func testAnOldExportIsTakenOverAndARecordThatCannotBeReadIsReported() async throws {
        let a = try await phone("a")
        guard case .legacyFormat = await thrown({ try await a.importLegacy(json: "not JSON") }) else {
            return XCTFail("not JSON")
        }
        let text = """
            {"format": "foodlens-legacy", "version": 1, "allergies": [
            {"legacy_id": "1", "allergen": {"code": "milk"}}, {"legacy_id": "2", "allergen": 7}]}
            """
        let told = try await a.previewLegacy(json: text)
        let none = try await a.allergies.list()
        XCTAssertEqual(none.entries, [])
        let report = try await a.importLegacy(json: text)
        XCTAssertEqual(report, told)
        XCTAssertEqual(report.records.map(\.legacyId), ["1", "2"])
        XCTAssertEqual(report.records[0].result, .imported)
        guard case .unreadable = report.records[1].result else { return XCTFail("\(report.records[1])") }
        XCTAssertEqual([report.imported, report.unreadable], [1, 1])
        XCTAssertTrue(report.complete)
        let (list, unreadable) = (try await a.allergies.list(), try await a.unreadable())
        XCTAssertEqual(list.entries.map(\.content.allergen), [.eu(.milk)])
        XCTAssertEqual(unreadable.count, 1)
        try await a.dismissLegacy(unreadable[0])
        let settled = try await a.allergies.list()
        XCTAssertEqual(settled.unreadable, 0)
    }

    func testAnImportIsWatched() async throws {
        let (a, seen) = (try await phone("a"), Box<[LegacyProgress]>([]))
        let report = try await a.legacyImport(json: mealsOfOld(450)).run { now in seen.change { $0.append(now) } }
        XCTAssertEqual([report.imported, report.complete ? 1 : 0], [450, 1])
        XCTAssertGreaterThan(seen.value.count, 2)
        XCTAssertEqual(seen.value.last, LegacyProgress(total: 450, stored: 450, settled: 450))
        let count = try await a.history.count()
        XCTAssertEqual(count, 450)
        let again = try await a.resumeLegacyImport().run()
        XCTAssertEqual([again.imported, again.alreadyThere], [0, 450])
    }

    func testTheLinesOfALongReportComePageByPageInOrder() async throws {
        let (a, told, handed) = (try await phone("a"), Box<[[LegacyRecord]]>([]), Box<[[LegacyRecord]]>([]))
        let (old, settled) = (a.legacyImport(json: mealsOfOld(1_450)), Box<Int64>(0))
        let preview = try await old.previewInPages { page in told.change { $0.append(page) } }
        let report = try await old.runInPages(
            progress: { now in settled.change { $0 = now.settled } },
            lines: { page in handed.change { $0.append(page) } })
        XCTAssertEqual(report, preview)
        XCTAssertEqual(handed.value, told.value)
        XCTAssertEqual(handed.value.map(\.count), [1_000, 450])
        XCTAssertEqual(handed.value.flatMap { $0 }.map(\.legacyId), (1...1_450).map { "\($0)" })
        XCTAssertEqual([report.records.count, Int(report.imported), Int(settled.value)], [0, 1_450, 1_450])
    }

    func testReadsGoBackToTheOldDataAndForthUntilTheImportIsEnded() async throws {
        let a = try await phone("a")
        guard case .notFound = await thrown({ try await a.finishLegacy() }) else { return XCTFail("ended") }
        guard case .notFound = await thrown({ try await a.setLegacyReads(true) }) else { return XCTFail("on") }
        try await a.importLegacy(json: mealsOfOld(2))
        try await a.history.add(HistoryContent(kind: .search, occurredAt: Date(timeIntervalSince1970: 0)))
        let seen = Seen(a.history.newest())
        try await seen.until(self) { $0.entries.count == 3 }
        try await a.setLegacyReads(true)
        try await seen.until(self) { $0.entries.count == 2 }
        let refused = await thrown { try await a.finishLegacy() }
        XCTAssertEqual(refused, .legacyInUse(waiting: 0, readsOn: true))
        try await a.setLegacyReads(false)
        try await seen.until(self) { $0.entries.count == 3 }
        let before = try await a.legacyStatus()
        XCTAssertEqual([before.imported, before.waiting], [2, 0])
        XCTAssertTrue(before.stored && !before.finished && !before.readsOn, "\(before)")
        try await a.finishLegacy()
        try await a.finishLegacy()
        let after = try await a.legacyStatus()
        XCTAssertTrue(after.finished)
        guard case .notFound = await thrown({ try await a.resumeLegacyImport().run() }) else { return XCTFail("ran") }
    }

    func testWhatWasDoneBeforeSigningInBecomesTheAccountsOnceAndOnlyIfItNeverWasAnothers() async throws {
        let library = try library("a")
        let nobody = await thrown { try await library.adopt(from: "nobody", into: self.user).preview() }
        guard case .notFound = nobody else { return XCTFail("\(String(describing: nobody))") }
        let anonymous = try await library.session(userID: "anonymous")
        try await anonymous.allergies.add(.milk, severity: .severe)
        try await anonymous.history.add(all: dailyMeals(1))
        try await anonymous.close()
        let adoption = library.adopt(from: "anonymous", into: user)
        let a = try await library.session(userID: user)
        let told = try await adoption.preview()
        let none = try await a.history.count()
        XCTAssertEqual(none, 0)
        let seen = Box<Int64>(0)
        let report = try await adoption.run { now in seen.change { $0 = now.settled } }
        XCTAssertEqual(report, told)
        XCTAssertEqual(seen.value, report.imported)
        let (count, list) = (try await a.history.count(), try await a.allergies.list())
        XCTAssertEqual(count, 1)
        XCTAssertEqual(list.entries.map(\.content.severity), [.severe])
        let again = try await adoption.run()
        XCTAssertEqual(again.imported, 0)
        _ = try await a.sync()
        try await a.close()
        let another = await thrown { try await library.adopt(from: self.user, into: "ben").run() }
        guard case .notAnonymous = another else { return XCTFail("\(String(describing: another))") }
        let same = await thrown { try await library.adopt(from: self.user, into: self.user).run() }
        guard case .invalid = same else { return XCTFail("\(String(describing: same))") }
    }
}

/// Old data: so many meals, each at another time.
func mealsOfOld(_ count: Int) -> String {
    let meals = (1...count).map { #"{"legacy_id": "\#($0)", "kind": "meal", "occurred_at": \#($0)}"# }
    return #"{"format": "foodlens-legacy", "version": 1, "history": [\#(meals.joined(separator: ","))]}"#
}
