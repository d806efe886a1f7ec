import FoodLens
import XCTest

@testable import SampleModels

/// The line above every screen.
final class BannerModelTests: SampleTestCase {
    func testWhatMattersMostIsSaid() {
        let cases: [(SyncStatus, Banner)] = [
            (status(), .upToDate),
            (status(pending: 2, sending: 1), .waiting(3)),
            (status(running: true), .syncing),
            (status(pending: 2, sending: 1, lastError: "no route"), .offline(waiting: 3)),
            (status(lastError: "no route"), .offline(waiting: 0)),
            (status(restoring: true, restored: 7), .restoring(records: 7)),
            (status(lastError: "no route", restoring: true), .offline(waiting: 0)),
            (status(pending: 3, pausedByServer: true), .heldBack(waiting: 3)),
            (status(pending: 3, lastError: "no route", paused: true), .paused(waiting: 3)),
            (status(pending: 3, paused: true, running: true), .paused(waiting: 3)),
            (status(pending: 3, paused: true, authRequired: true, running: true), .needsSignIn(waiting: 3)),
        ]
        for (status, banner) in cases { XCTAssertEqual(Banner(status), banner, "\(status)") }
    }

    @MainActor
    func testASignInThatHasRunOutIsAskedForAndWhatWaitsGoesAfterIt() async throws {
        let desk = try Self.desk()
        let tokens = RunOut(desk.server)
        let session = try await desk.session("a", tokens: tokens)
        let model = BannerModel(session)
        desk.look(model.follow)
        try await session.allergies.add(.fish)
        await model.sync()
        await until { model.state.ready?.banner == .needsSignIn(waiting: 2) }
        XCTAssertEqual(model.state.ready?.banner.needsAttention, true)
        tokens.signIn()
        desk.clock.forward(hours: 0.1)
        await model.sync()
        await until { model.state.ready?.banner == .upToDate }
    }

    @MainActor
    func testAPauseKeepsWhatIsWrittenHereAndGoingOnSendsIt() async throws {
        let desk = try Self.desk()
        let session = try await desk.session("a")
        _ = try await session.sync()
        let (banner, settings) = (BannerModel(session), SettingsModel(session))
        desk.look(banner.follow)
        desk.look(settings.follow)
        await settings.pause(true)
        await settings.theme("dark")
        await banner.sync()
        await until { banner.state.ready?.banner == .paused(waiting: 1) }
        await until { settings.state.has { $0.paused && $0.dark == true && $0.badge == .waiting } }
        await settings.units("imperial")
        await settings.notifications(true)
        await until { settings.state.has { $0.content.units == "imperial" && $0.content.notifications == true } }
        await settings.pause(false)
        await settings.theme("system")
        await banner.sync()
        await until { banner.state.ready?.banner == .upToDate }
        await until { settings.state.has { !$0.paused && $0.dark == nil && $0.badge == .synced } }
    }

    @MainActor
    func testTheQueuesMarkCountsWhatOnlyAPersonCanMend() async throws {
        let desk = try Self.desk()
        let session = try await desk.session("a")
        let model = BannerModel(session)
        desk.look(model.follow)
        try await session.profile.update { $0.country = "PT" }
        try await desk.server.refuse()
        await model.sync()
        await until { model.state.ready?.failed == 1 }
        XCTAssertEqual(model.state.ready?.questions, 0)
    }

    private func status(
        pending: Int64 = 0, sending: Int64 = 0, lastError: String? = nil, paused: Bool = false, authRequired: Bool = false,
        pausedByServer: Bool = false, running: Bool = false, restoring: Bool = false, restored: Int64? = nil
    ) -> SyncStatus {
        SyncStatus(
            pending: pending, sending: sending, failed: 0, conflicts: 0, lastSuccessAt: nil, lastError: lastError,
            nextAttemptAt: nil, oldestUnsentAt: nil, paused: paused, authRequired: authRequired,
            pausedByServer: pausedByServer, running: running, restoring: restoring,
            restore: restored.map { RestoreProgress(records: $0, historyTotal: nil) }, olderHistory: false)
    }
}
