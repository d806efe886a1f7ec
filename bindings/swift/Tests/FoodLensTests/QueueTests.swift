import FoodLens
import Foundation
import XCTest

final class QueueTests: PhonesTestCase {
    func testADiscardIsShownBeforeItIsDoneAndTheRecordFallsBack() async throws {
        let a = try await phone("a")
        try await a.profile.update {
            $0.displayName = "Ana"
            $0.extras = ["blood": "0+"]
        }
        _ = try await a.sync()
        try await a.profile.update { $0.displayName = "Anna" }
        let edits = try await a.queue.list()
        XCTAssertEqual(edits.count, 1)
        let edit = try XCTUnwrap(edits.first)
        let preview = try await a.queue.previewDiscard(edit)
        let shown = try await a.profile.get()
        XCTAssertEqual(shown.content.displayName, "Anna")
        XCTAssertEqual(preview.operations, edits.map(\.id))
        let before = ProfileContent(displayName: "Ana", extras: ["blood": "0+"])
        XCTAssertEqual(preview.fallsBackTo, .profile(before))

        let discarded = try await a.queue.discard(edit)
        XCTAssertEqual(discarded, preview)
        let (profile, left) = (try await a.profile.get(), try await a.queue.list())
        XCTAssertEqual(profile.content, before)
        XCTAssertEqual(left, [])
    }

    func testWhatADiscardLeavesHasTheFormOfItsCollection() async throws {
        let a = try await phone("a")
        let scan = HistoryContent(kind: .scan, occurredAt: Date(timeIntervalSince1970: 1_772_368_245))
        let id = try await a.history.add(scan)
        try await a.settings.update { $0.theme = "dark" }
        _ = try await a.sync()
        try await a.history.update(try await a.history.get(id)) { $0.favourite = true }
        try await a.settings.update { $0.theme = "light" }
        var left: [RecordContent?] = []
        for operation in try await a.queue.list() { left.append(try await a.queue.discard(operation).fallsBackTo) }
        XCTAssertEqual(left, [.history(scan), .settings(SettingsContent(theme: "dark"))])

        try await a.history.add(HistoryContent(kind: .meal, occurredAt: scan.occurredAt))
        let last = try await a.queue.discard(try await a.queue.list()[0])
        XCTAssertNil(last.fallsBackTo, "the server never had it")
        let count = try await a.history.count()
        XCTAssertEqual(count, 1)
    }

    func testTheQueueIsListedByState() async throws {
        let a = try await phone("a")
        _ = try await a.sync()
        try await a.settings.update { $0.units = "metric" }
        try await server.fault(#"{"endpoint":"batch","times":1,"fault":"status","status":422}"#)
        _ = try await a.sync()
        try await a.profile.update { $0.country = "PT" }
        func states(_ filter: QueueFilter) async throws -> [OperationState] {
            try await a.queue.list(filter).map(\.state)
        }
        let before = (try await states(.failed), try await states(.pending), try await states(.unsent))
        XCTAssertEqual(before.0, [.failed(.refused)])
        XCTAssertEqual(before.1, [.pending])
        XCTAssertEqual(before.2, [.failed(.refused), .pending])
        let sending = try await states(.sending)
        XCTAssertEqual(sending, [])
        try await a.queue.retry(try await a.queue.list(.failed)[0])
        let report = try await a.sync()
        XCTAssertEqual(report.next, .done)
        let after = (try await states(.acknowledged), try await states(.all), try await states(.unsent))
        XCTAssertEqual(after.0, [.synced, .synced])
        XCTAssertEqual(after.1, [.synced, .synced])
        XCTAssertEqual(after.2, [])
    }

    func testOneOperationIsExportedAndReadBackAndAReceiptIsNot() async throws {
        let a = try await phone("a")
        try await a.allergies.add(.nuts, severity: .severe)
        try await a.profile.update { $0.displayName = "Ana" }
        let queued = try await a.queue.list()
        let text = try await a.queue.export(queued[queued.count - 1])
        XCTAssert(text.contains("Ana") && !text.contains("nuts"), text)
        let b = try await phone("b")
        let read = try await b.rescueImport(json: text)
        XCTAssertEqual(read.imported, 1)
        let profile = try await b.profile.get()
        XCTAssertEqual(profile.content.displayName, "Ana")
        _ = try await a.sync()
        let receipts = try await a.queue.list(.acknowledged)
        guard case .wrongState = await thrown({ try await a.queue.export(receipts[0]) }) else {
            return XCTFail("a receipt has no content")
        }
    }

    func testASensitiveEditThatWaitedTooLongIsParkedUntilAPersonConfirmsIt() async throws {
        let first = try await phone("a")
        let id = try await first.allergies.add(.milk, severity: .severe)
        _ = try await first.sync()
        try await first.allergies.update(try await first.allergies.get(id)) { $0.severity = .mild }
        let edited = try await first.queue.list()[0].createdAt
        try await first.close()
        while Date().timeIntervalSince(edited) < 0.002 { continue }  // older than no time at all

        let a = try await phone("a", staleAfter: 0)
        let report = try await a.sync()
        XCTAssertEqual(report.next, .needsPerson)
        let parked = try await a.queue.list()
        XCTAssertEqual(parked.map(\.state), [.failed(.stale)])
        try await a.close()
        let same = try await phone("a", staleAfter: nil)
        try await same.queue.retry(try XCTUnwrap(parked.first))
        let sent = try await same.sync()
        XCTAssertEqual(sent.next, .done)
        let list = try await same.allergies.list()
        XCTAssertEqual(list.entries.map(\.content.severity), [.mild])
    }
}
