import FoodLens
import Foundation
import XCTest

/// What the backend and the configuration decide together.
final class BackendTests: PhonesTestCase {
    func testTheListsComeFirstThenTheNewestHistoryThenOlderEntriesOnDemand() async throws {
        let old = try await phone("old")
        try await old.history.add(all: dailyMeals(600))
        try await old.allergies.add(.fish)
        let seeded = try await old.sync()
        XCTAssertEqual(seeded.next, .done)

        let a = try await phone("a", historyWindow: 10 * day)
        let empty = try await status(a)
        XCTAssertTrue(empty.restoring)
        XCTAssertEqual(empty.restore, RestoreProgress(records: 0, historyTotal: nil))
        try await server.fault(#"{"endpoint":"history","times":1,"fault":"drop_before_commit"}"#)
        let cut = try await a.sync()
        guard case .retryAt = cut.next else { return XCTFail("\(cut)") }
        let listsHere = try await status(a)
        XCTAssertFalse(listsHere.restoring)
        XCTAssertEqual(listsHere.restore?.records, 2)
        let (list, none) = (try await a.allergies.list(), try await a.history.count())
        XCTAssertTrue(list.complete)
        XCTAssertEqual(none, 0)

        let restored = try await a.sync()
        XCTAssertEqual(restored.next, .done)
        let (window, newest) = (try await status(a), try await a.history.count())
        XCTAssertNil(window.restore)
        XCTAssertTrue(window.olderHistory)
        XCTAssertEqual(newest, 500)  // a page of the newest is more than the window

        let fetched = try await a.history.fetchOlder(50)
        XCTAssertEqual(fetched.pulled, 100)
        let (whole, all) = (try await status(a), try await a.history.count())
        XCTAssertEqual(all, 600)
        XCTAssertFalse(whole.olderHistory)
        let nothing = try await a.history.fetchOlder()
        XCTAssertEqual(nothing.requests, 0, "all is here")
    }

    func testABackendHoldsWritesOfAnOldVersionBackAndNotThoseOfANewerOne() async throws {
        try await server.conduct(#"{"pauses":[{"entity":"settings","app_below":"2.4.0"}]}"#)
        let held = try await phone("a", appVersion: "2.3.9")
        try await held.settings.update { $0.units = "metric" }
        try await held.profile.update { $0.country = "PT" }
        let before = try await status(held)
        XCTAssertFalse(before.pausedByServer)
        _ = try await held.sync()
        let (paused, queued) = (try await status(held), try await held.queue.list())
        XCTAssertTrue(paused.pausedByServer)
        XCTAssertEqual(queued.map(\.collection), [.settings])
        try await held.close()

        let mended = try await status(try await phone("a", appVersion: "2.4"))
        XCTAssertFalse(mended.pausedByServer)
    }

    func testTheAppsVersionGoesWithEveryRequest() async throws {
        let seen = Box<[String?]>([])
        for (name, version) in [("a", "2.4.0"), ("b", nil)] {
            let phone = try await phone(
                name,
                transport: { request in
                    let stated = request.headers.first { $0.name.lowercased() == "x-app-version" }
                    seen.change { $0.append(stated?.value) }
                    throw TransportError.NotSent
                }, appVersion: version)
            _ = try await phone.sync()
        }
        XCTAssertEqual(seen.value, ["2.4.0", nil])
    }

    func testTheSystemsTrustIsAMistakeOfTheAppInALibraryThatWasBuiltWithoutIt() async throws {
        let error = await thrown {
            try FoodLens(
                dataDirectory: FileManager.default.temporaryDirectory, baseURL: URL(string: "https://example.com")!,
                http: HttpOptions(platformRoots: true)
            ) { user, _ in AccessToken(userID: user, value: "t") }
        }
        guard case .config(let reason) = error else { return XCTFail("\(String(describing: error))") }
        XCTAssert(reason.hasPrefix("configuration: platform_roots"), reason)
    }

    private func status(_ session: Session) async throws -> SyncStatus {
        var statuses = session.status.makeAsyncIterator()
        let now = try await statuses.next()
        return try XCTUnwrap(now)
    }
}
