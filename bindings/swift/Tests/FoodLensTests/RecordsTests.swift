import FoodLens
import Foundation
import XCTest

/// One record: its layers, what was replaced in it, who watches it; and whether all of them hold.
final class RecordsTests: PhonesTestCase {
    func testARecordTellsWhatTheServerHasWhatWaitsAndWhatIsShown() async throws {
        let a = try await phone("a")
        let id = try await a.history.add(meal("soup"))
        let new = try await a.layers(.history, id)
        XCTAssertNil(new.base)
        XCTAssertNil(new.version)
        XCTAssertEqual(note(new.shown), "soup")
        _ = try await a.sync()
        try await a.history.update(try await a.history.get(id)) { $0.note = "stew" }
        let (edited, queued) = (try await a.layers(.history, id), try await a.queue.list())
        XCTAssertEqual([note(edited.base), note(edited.shown)], ["soup", "stew"])
        XCTAssertEqual(edited.inState, .pending)
        XCTAssertEqual(edited.pending, queued)
        XCTAssertNotNil(edited.version)
        XCTAssertFalse(edited.deletedAtServer)

        let b = try await phone("b")
        _ = try await b.sync()
        try await b.history.delete(id)
        let deleted = try await b.layers(.history, id)
        XCTAssertNil(deleted.shown)
        _ = try await b.sync()
        let error = await thrown { try await b.layers(.history, id) }
        guard case .notFound = error else { return XCTFail("\(String(describing: error))") }
    }

    func testAReplacedValueIsBroughtBackAsAnEdit() async throws {
        let (a, b) = (try await phone("a"), try await phone("b"))
        try await a.profile.update { $0.displayName = "base" }
        _ = try await a.sync()
        _ = try await b.sync()
        try await a.profile.update { $0.displayName = "of a" }
        try await b.profile.update { $0.displayName = "of b" }
        _ = try await a.sync()
        _ = try await b.sync()
        let log = try await b.conflicts.overwritten()
        let replaced = try XCTUnwrap(log.first)
        XCTAssertEqual([replaced.field, replaced.valueJson], ["display_name", "\"of a\""])
        try await b.conflicts.restore(replaced)
        let (name, queued) = (try await b.profile.get().content.displayName, try await b.queue.list())
        XCTAssertEqual(name, "of a")
        XCTAssertEqual(queued.map(\.fields), [["display_name"]])
        _ = try await b.sync()
        _ = try await a.sync()
        let there = try await a.profile.get().content.displayName
        XCTAssertEqual(there, "of a")
        let forgotten = OverwrittenEntry(
            position: .max, collection: replaced.collection, recordId: replaced.recordId, field: replaced.field,
            valueJson: replaced.valueJson, noticedAt: replaced.noticedAt)
        let error = await thrown { try await b.conflicts.restore(forgotten) }
        guard case .notFound = error else { return XCTFail("\(String(describing: error))") }
    }

    func testWhoWatchesAnEntrySeesItChangeArriveAtTheServerAndGo() async throws {
        let a = try await phone("a")
        let id = try await a.history.add(meal("soup"))
        let seen = Seen(a.history.changes(id))
        try await seen.until(self) { $0?.content.note == "soup" }
        try await a.history.update(try await a.history.get(id)) { $0.note = "stew" }
        try await seen.until(self) { $0?.content.note == "stew" }
        _ = try await a.sync()
        try await seen.until(self) { $0?.sync.state == .synced }
        try await a.history.delete(id)
        try await seen.until(self) { $0 == nil }
        let none = Seen(a.history.changes(UUID()))
        try await none.until(self) { $0 == nil }
    }

    func testEverythingHoldsAndTheReportSaysWhatWasLookedAt() async throws {
        let a = try await phone("a")
        try await a.history.add(all: [meal("soup"), meal("bread")])
        let report = try await a.verify()
        XCTAssertTrue(report.isSound, "\(report)")
        XCTAssertEqual([report.records, report.operations, report.more], [2, 2, 0])
        XCTAssertEqual(report.flaws, [])
        try await a.close()
        let error = await thrown { try await a.verify() }
        guard case .closed = error else { return XCTFail("\(String(describing: error))") }
    }

    func testTheHistoryIsListedInPartsAndSearched() async throws {
        let a = try await phone("a")
        let soup = meal("Crème of soup")
        let minute = Date(timeIntervalSince1970: 60)
        let scan = HistoryContent(kind: .scan, occurredAt: minute, barcode: "4001", favourite: true)
        try await a.history.add(all: [soup, scan])
        let meals = try await a.history.list(HistoryFilter(kind: .meal))
        XCTAssertEqual(meals.entries.map(\.content), [soup])
        let marked = try await a.history.list(HistoryFilter(favourites: true))
        XCTAssertEqual(marked.entries.map(\.content), [scan])
        let later = try await a.history.count(HistoryFilter(from: Date(timeIntervalSince1970: 1)))
        let none = try await a.history.count(HistoryFilter(from: Date(timeIntervalSince1970: 1), to: minute))
        XCTAssertEqual([later, none], [1, 0])
        let found = try await a.history.search("creme so")
        XCTAssertEqual(found.map(\.content), [soup])
        let scanned = try await a.history.search("4001")
        XCTAssertEqual(scanned.map(\.content), [scan])
        let nothing = try await a.history.search("stew")
        XCTAssertEqual(nothing, [])
        let error = await thrown { try await a.history.search(String(repeating: "x", count: 501)) }
        guard case .invalid = error else { return XCTFail("\(String(describing: error))") }
    }

    func testWhatTwoPhonesScannedAtOneMomentIsOneEntryAndOneDeletion() async throws {
        let (a, b) = (try await phone("a"), try await phone("b"))
        func scan(_ verdict: HistoryVerdict, note: String?) -> HistoryContent {
            HistoryContent(
                kind: .scan, occurredAt: Date(timeIntervalSince1970: 0), barcode: "4001", verdict: verdict, note: note)
        }
        let one = try await a.history.add(scan(.safe, note: nil))
        let other = try await b.history.add(scan(.danger, note: "with nuts"))
        for phone in [a, b, a] { _ = try await phone.sync() }
        let page = try await a.history.page()
        XCTAssertEqual(page.entries.count, 1)
        let entry = try XCTUnwrap(page.entries.first)
        // Made within one millisecond, either may be the elder.
        XCTAssertEqual(Set([entry.id] + entry.linked), [one, other])
        XCTAssertEqual(entry.content, scan(.danger, note: "with nuts"))
        let same = try await a.history.get(other)
        XCTAssertEqual(same, entry)
        try await a.history.delete(entry.id)
        for phone in [a, b] { _ = try await phone.sync() }
        let left = try await b.history.count()
        XCTAssertEqual(left, 0)
    }

    private func meal(_ note: String) -> HistoryContent {
        HistoryContent(kind: .meal, occurredAt: Date(timeIntervalSince1970: 0), note: note)
    }

    private func note(_ content: RecordContent?) -> String? {
        guard case .history(let entry) = content else { return nil }
        return entry.note
    }
}
