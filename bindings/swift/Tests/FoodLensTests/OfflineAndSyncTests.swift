import FoodLens
import Foundation
import XCTest

final class OfflineAndSyncTests: PhonesTestCase {
    func testWrittenWithoutAServerQueuedSentLaterAndReadOnASecondPhone() async throws {
        server.stop()
        let a = try await phone("a")
        let scannedAt = Date(timeIntervalSince1970: 1_772_368_245.123)
        try await a.allergies.add(.peanuts, severity: .lifeThreatening)
        try await a.allergies.add(custom: "kiwi")
        try await a.profile.update {
            $0.displayName = "Ana"
            $0.extras = ["blood": "0+"]
        }
        try await a.settings.update {
            $0.theme = "dark"
            $0.consents = ["research": false]
        }
        try await a.history.add(HistoryContent(kind: .scan, occurredAt: scannedAt, barcode: "5601234567890"))

        let queued = try await a.queue.list()
        XCTAssert(queued.allSatisfy { $0.state == .pending })
        XCTAssertEqual(
            Set(queued.map(\.collection)), [.profile, .settings, .allergyList, .allergies, .history])
        XCTAssertEqual(queued.filter { $0.collection == .allergies && $0.kind == .create }.count, 2)
        let waiting = try await a.allergies.list()
        XCTAssertEqual(waiting.entries.first?.sync.state, .pending)

        try server.start()
        let sent = try await a.sync()
        XCTAssertEqual(sent.next, .done)
        XCTAssertEqual(sent.acknowledged, Int64(queued.count))
        let left = try await a.queue.list()
        XCTAssertEqual(left, [])
        let receipts = try await a.queue.list(.acknowledged)
        XCTAssertEqual(receipts.map(\.id), queued.map(\.id))
        XCTAssert(receipts.allSatisfy { $0.state == .synced })

        let b = try await phone("b")
        let before = try await b.allergies.list()
        XCTAssertFalse(before.complete)
        let pulled = try await b.sync()
        XCTAssertEqual(pulled.next, .done)
        let list = try await b.allergies.list()
        XCTAssertTrue(list.complete)
        XCTAssertEqual(list.state, .listed)
        XCTAssertEqual(
            Set(list.entries.map(\.content)),
            [
                AllergyContent(allergen: .eu(.peanuts), severity: .lifeThreatening),
                AllergyContent(allergen: .custom("kiwi")),
            ])
        let (ourProfile, theirProfile) = (try await a.profile.get(), try await b.profile.get())
        XCTAssertEqual(theirProfile.content.displayName, "Ana")
        XCTAssertEqual(theirProfile.content, ourProfile.content)
        let (ourSettings, theirSettings) = (try await a.settings.get(), try await b.settings.get())
        XCTAssertEqual(theirSettings.content, ourSettings.content)
        let scans = try await b.history.page()
        XCTAssertEqual(scans.entries.count, 1)
        XCTAssertEqual(scans.entries[0].content.occurredAt.timeIntervalSince1970, 1_772_368_245.123, accuracy: 0.0001)
        XCTAssertEqual(scans.entries[0].sync.state, .synced)
    }

    func testASyncWithoutAServerTellsWhenToComeBackAndKeepsEverything() async throws {
        server.stop()
        let a = try await phone("a")
        try await a.allergies.add(.milk)
        let report = try await a.sync()
        guard case .retryAt = report.next else { return XCTFail("\(report.next)") }
        var statuses = a.status.makeAsyncIterator()
        let status = try await statuses.next()
        XCTAssertEqual(status?.pending, 2)  // the allergy, and that the list is no longer unknown
        XCTAssertNotNil(status?.lastError)
        XCTAssertNotNil(status?.oldestUnsentAt)
    }

    func testTheHistoryIsReadPageByPageNewestFirst() async throws {
        let a = try await phone("a")
        try await a.history.add(
            all: (0..<25).map {
                HistoryContent(kind: .meal, occurredAt: Date(timeIntervalSince1970: Double($0)), note: "\($0)")
            })
        let count = try await a.history.count()
        XCTAssertEqual(count, 25)
        var notes: [String?] = []
        for try await entry in a.history.all(pageSize: 10) { notes.append(entry.content.note) }
        XCTAssertEqual(notes, (0..<25).reversed().map { "\($0)" })

        let newest = try await a.history.page(limit: 1).entries[0]
        try await a.history.update(newest) { $0.favourite = true }
        let favourite = try await a.history.get(newest.id)
        XCTAssertTrue(favourite.content.favourite)
        try await a.history.delete(newest.id)
        let left = try await a.history.count()
        XCTAssertEqual(left, 24)
    }

    func testWhatTheDeviceHoldsCanBeExportedAndAllergensHaveCodes() async throws {
        let a = try await phone("a")
        try await a.allergies.add(.sulphites)
        XCTAssertEqual(try EuAllergen.sulphites.code, "sulphites")
        XCTAssertEqual(try EuAllergen.withCode("sulphites"), .sulphites)
        XCTAssertNil(try EuAllergen.withCode("unheard-of"))
        let json = try await a.exportJSON()
        XCTAssert(json.contains(#""allergen":{"code":"sulphites"}"#), json)
        let ranks = try [.mild, .moderate, nil, .severe, .lifeThreatening].map(Severity.rank)
        XCTAssertEqual(ranks, ranks.sorted())
        XCTAssertEqual(Set(ranks).count, 5)
    }

    func testAnExportIsWrittenToAFileWholeOrNotAtAll() async throws {
        let a = try await phone("a")
        try await a.allergies.add(custom: "kiwi")
        let place = folder.appendingPathComponent("export")
        let file = place.appendingPathComponent("mine.json")
        guard case .storageUnavailable = await thrown({ try await a.export(to: file) }) else { return XCTFail("no folder") }
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: false)
        try await a.export(to: file)
        try await a.allergies.add(custom: "lime")
        try await a.export(to: file)
        let json = try await a.exportJSON()
        XCTAssertEqual(try String(contentsOf: file, encoding: .utf8), json)
        XCTAssertEqual(try FileManager.default.contentsOfDirectory(atPath: place.path), ["mine.json"])
    }

    func testAPausedSessionSendsNothingUntilItIsResumed() async throws {
        let a = try await phone("a")
        try await a.setPaused(true)
        try await a.settings.update { $0.units = "metric" }
        let paused = try await a.sync()
        XCTAssertEqual(paused.next, .paused)
        try await a.setPaused(false)
        let resumed = try await a.sync()
        XCTAssertEqual(resumed.next, .done)
    }

    func testUnsentWritesMoveToAFreshInstallationByARescueAndTheAppComesToRest() async throws {
        server.stop()
        let old = try await phone("old")
        try await old.allergies.add(.nuts, severity: .severe)
        let text = try await old.rescueExport()
        let fresh = try await phone("fresh")
        let (first, second) = (try await fresh.rescueImport(json: text), try await fresh.rescueImport(json: text))
        XCTAssertEqual([first.imported, second.alreadyThere], [2, 2])
        let list = try await fresh.allergies.list()
        XCTAssertEqual(list.entries.map(\.content.severity), [.severe])
        let quiet = try await fresh.quiesce(longest: 10)
        XCTAssertTrue(quiet)
        try server.start()
        let (sent, repeated) = (try await fresh.sync(), try await old.sync())
        XCTAssertEqual(sent.next, .done)
        XCTAssertEqual(repeated.duplicates, 2)
    }
}
