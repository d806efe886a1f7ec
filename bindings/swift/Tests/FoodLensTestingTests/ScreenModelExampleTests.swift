import FoodLens
import FoodLensTesting
import Foundation
import XCTest

/// What the screen shows of the allergies.
private struct AllergiesState: Equatable, Sendable {
    struct Row: Equatable, Sendable {
        let severity: Severity?
        let badge: SyncState
    }

    enum Banner: Sendable { case none, offline, signIn }

    var rows: [Row] = []
    var banner = Banner.none
}

/// As an app has it, without SwiftUI: there it is `@Observable`, and the view's `.task` calls `follow()`.
@MainActor
private final class AllergiesModel {
    private(set) var state = AllergiesState() {
        didSet { changed.yield(state) }
    }
    let states: AsyncStream<AllergiesState>
    private let changed: AsyncStream<AllergiesState>.Continuation
    private let session: Session

    init(session: Session) {
        self.session = session
        (states, changed) = AsyncStream.makeStream()
    }

    /// Until the task is cancelled or the session ends.
    func follow() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for try await list in self.session.allergies.changes { await self.show(list) }
            }
            group.addTask {
                for try await status in self.session.status { await self.show(status) }
            }
            try await group.waitForAll()
        }
    }

    func add(_ allergen: EuAllergen, _ severity: Severity) async throws {
        try await session.allergies.add(allergen, severity: severity)
    }

    func refresh() async throws { _ = try await session.sync() }

    private func show(_ list: AllergyList) {
        state.rows = list.entries.map { AllergiesState.Row(severity: $0.content.severity, badge: $0.sync.state) }
    }

    private func show(_ status: SyncStatus) {
        state.banner = status.authRequired ? .signIn : status.lastError != nil ? .offline : .none
    }
}

/// How an app tests a screen's model: the real core in a temporary folder, a backend that fails on order, no network and no
/// sleeping. States may be left out when two changes come close together, so each wait names what it is for.
final class ScreenModelExampleTests: XCTestCase {
    private let phones = FakePhones()

    override func tearDown() async throws { try await phones.close() }

    func testAnAllergyIsThereAtOnceWaitsWithoutANetworkAndIsSyncedLater() async throws {
        let model = await AllergiesModel(session: try await phones.session())
        let following = Task { try await model.follow() }
        var states = model.states.makeAsyncIterator()
        func until(_ wanted: (AllergiesState) -> Bool) async -> AllergiesState? {
            while let state = await states.next() { if wanted(state) { return state } }
            return nil
        }
        phones.backend.online = false
        try await model.add(.peanuts, .lifeThreatening)
        let added = await until { !$0.rows.isEmpty }
        XCTAssertEqual(added?.rows, [AllergiesState.Row(severity: .lifeThreatening, badge: .pending)])

        try await model.refresh()
        let offline = await until { $0.banner == .offline }
        XCTAssertNotNil(offline)

        phones.backend.online = true
        phones.clock.advance(by: 3_600)
        try await model.refresh()
        let synced = await until { $0.banner == .none && $0.rows.allSatisfy { $0.badge == .synced } }
        XCTAssertEqual(synced?.rows.count, 1)
        following.cancel()
        try await following.value
    }

    func testATokenThatIsRefusedForGoodAsksForASignIn() async throws {
        let model = await AllergiesModel(session: try await phones.session())
        let following = Task { try await model.follow() }
        phones.backend.next(.tokenExpired, .tokenExpired)
        try await model.refresh()
        for await state in model.states where state.banner == .signIn { break }
        let banner = await model.state.banner
        XCTAssertEqual(banner, .signIn)
        following.cancel()
        try await following.value
    }
}
