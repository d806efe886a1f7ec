import FoodLens
import FoodLensTesting
import Foundation
import XCTest

/// Each fault does to a device what its name says, and the clock is the device's.
final class FakeBackendTests: XCTestCase {
    private let phones = FakePhones()
    private var backend: FakeBackend { phones.backend }

    override func tearDown() async throws { try await phones.close() }

    private func afterFault(_ fault: Fault) async throws -> SyncReport {
        let phone = try await phones.session()
        let before = try await phone.sync()
        XCTAssertEqual(before.next, .done)
        try await phone.settings.update { $0.theme = "dark" }
        backend.next(fault)
        return try await phone.sync()
    }

    private func thenAllIsSent(duplicates: Int64 = 0) async throws {
        phones.clock.advance(by: 3_600)
        let report = try await phones.session().sync()
        XCTAssertEqual(report.next, .done)
        XCTAssertEqual(report.duplicates, duplicates)
        XCTAssertEqual(backend.stored("ana", .settings), #"{"theme":"dark"}"#)
    }

    private func retry(_ report: SyncReport, line: UInt = #line) -> Date? {
        if case .retryAt(let at) = report.next { return at }
        XCTFail("\(report)", line: line)
        return nil
    }

    private func now(_ session: Session) async throws -> SyncStatus {
        for try await status in session.status { return status }
        throw CancellationError()
    }

    func testWithoutANetworkNothingIsSentAndATimeToComeBackIsNamed() async throws {
        let report = try await afterFault(.offline)
        XCTAssertGreaterThan(try XCTUnwrap(retry(report)), phones.clock.now)
        XCTAssertNil(backend.stored("ana", .settings))
        try await thenAllIsSent()
    }

    func testWhatWasLostOnTheWayIsSentAgain() async throws {
        let report = try await afterFault(.lostOnTheWay)
        XCTAssertNotNil(retry(report))
        XCTAssertNil(backend.stored("ana", .settings))
        try await thenAllIsSent()
    }

    func testWhatTookEffectWithoutAnAnswerTakesEffectOnce() async throws {
        let report = try await afterFault(.committedThenSilent)
        XCTAssertNotNil(retry(report))
        XCTAssertEqual(backend.stored("ana", .settings), #"{"theme":"dark"}"#)
        try await thenAllIsSent(duplicates: 1)
    }

    func testAPortalsPageIsNoSuccess() async throws {
        let report = try await afterFault(.portal)
        XCTAssertNotNil(retry(report))
        try await thenAllIsSent()
    }

    func testAServerInTroubleSaysWhenToComeBack() async throws {
        let report = try await afterFault(.status(503, retryAfterSeconds: 120))
        XCTAssertEqual(retry(report), phones.clock.now + 120)
        try await thenAllIsSent()
    }

    func testATokenThatExpiredIsAskedForAnewAndTwiceRefusedIsASignIn() async throws {
        let once = try await afterFault(.tokenExpired)
        XCTAssertEqual(once.next, .done)
        backend.expireTokens()
        let phone = try await phones.session()
        let fresh = try await phone.sync()
        XCTAssertEqual(fresh.next, .done)
        backend.next(.tokenExpired, .tokenExpired)
        let refused = try await phone.sync()
        XCTAssertEqual(refused.next, .needsSignIn)
        let status = try await now(phone)
        XCTAssertTrue(status.authRequired)
    }

    func testWhatAnotherDeviceWasFasterWithIsAQuestion() async throws {
        let phone = try await phones.session()
        let id = try await phone.allergies.add(.milk, severity: .mild)
        _ = try await phone.sync()
        try backend.writeElsewhere("ana", .allergies, #"{"severity":"life_threatening"}"#, id: id)
        try await phone.allergies.update(try await phone.allergies.get(id)) { $0.severity = .moderate }
        let report = try await phone.sync()
        XCTAssertEqual(report.next, .needsPerson)
        let (questions, list) = (try await phone.conflicts.list(), try await phone.allergies.list())
        XCTAssertEqual(questions.map(\.recordId), [id])
        XCTAssertEqual(list.entries.map(\.content.severity), [.lifeThreatening])
        XCTAssertEqual(backend.ids("ana", .allergies), [id])
        backend.deleteElsewhere("ana", .allergies, id: id)
        XCTAssertEqual(backend.ids("ana", .allergies), [])
    }

    func testAConflictByOrderHasTheBackendsCopyBesideIt() async throws {
        let phone = try await phones.session()
        let id = try await phone.allergies.add(.milk, severity: .mild)
        _ = try await phone.sync()
        try await phone.allergies.update(try await phone.allergies.get(id)) { $0.severity = .severe }
        let requests = backend.requests
        backend.next(.conflict)
        _ = try await phone.sync()
        XCTAssertGreaterThan(backend.requests, requests)
        let list = try await phone.allergies.list()
        XCTAssertEqual(list.entries.map(\.content.severity), [.severe])
    }

    func testASlowAnswerLeavesTimeToLookAndTheClockStandsStillMeanwhile() async throws {
        let phone = try await phones.session()
        let slow = SlowAnswer()
        backend.next(.slow(slow))
        let run = Task { try await phone.sync(budget: 1) }
        await slow.awaitRequest()
        let during = try await now(phone)
        XCTAssertTrue(during.running)
        slow.release()
        _ = try await run.value
        phones.clock.advance(by: 2 * 24 * 3_600)
        let report = try await phone.sync()
        XCTAssertEqual(report.next, .done)
        let after = try await now(phone)
        XCTAssertEqual(after.lastSuccessAt, phones.clock.now)
    }

    func testTwoDevicesOfOneUserSeeWhatTheOtherWrote() async throws {
        let (a, b) = (try await phones.session(device: "a"), try await phones.session(device: "b"))
        try await a.allergies.add(.fish)
        _ = try await a.sync()
        _ = try await b.sync()
        let (here, there) = (try await a.allergies.list(), try await b.allergies.list())
        XCTAssertEqual(here.entries.map(\.id), there.entries.map(\.id))
        XCTAssertEqual(here.entries.count, 1)
        let other = try await phones.session(userID: "ben", device: "c")
        _ = try await other.sync()
        let nothing = try await other.allergies.list()
        XCTAssertEqual(nothing.entries, [])
    }
}
