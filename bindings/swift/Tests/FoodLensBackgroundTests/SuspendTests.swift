import BackgroundTasks
import FoodLens
import FoodLensTesting
import Foundation
import XCTest

@testable import FoodLensBackground

/// The session is open while somebody needs it, and holds nothing while the app is suspended.
final class SuspendTests: XCTestCase {
    private let phones = FakePhones()
    private let options = FoodLensBackgroundSync.Options(refresh: "refresh-\(UUID())", processing: "processing-\(UUID())")

    override func tearDown() async throws { try await phones.close() }

    private func sync(_ session: @escaping @Sendable () async throws -> Session?) -> FoodLensBackgroundSync {
        FoodLensBackgroundSync(options: options, system: BackgroundTasksAdapter(), session: session)
    }

    func testWhoNeedsTheStore() {
        let cases: [(String, Bool?, Int, Bool)] = [
            ("the app never said where it is", nil, 0, true),
            ("in the foreground", true, 0, true),
            ("in the background", false, 0, false),
            ("in the background, and a task of the system's is at work", false, 1, true),
        ]
        for (what, foreground, works, expected) in cases {
            XCTAssertEqual(StoreNeed(foreground: foreground, works: works).isThere, expected, what)
        }
    }

    func testInTheBackgroundItIsSuspendedAWakeWakesItAndInTheForegroundItGoesOn() async throws {
        let phone = try await phones.session()
        try await phone.settings.update { $0.theme = "dark" }
        let sync = sync { phone }
        for _ in 0..<2 {
            let free = await sync.enteredBackground()
            XCTAssertTrue(free)
            let suspended = try await isSuspended(phone)
            XCTAssertTrue(suspended)
        }
        let wanted = BGTaskScheduler.shared.change { $0.pending[self.options.refresh] }
        XCTAssertNotNil(wanted, "asked for though the session was suspended")
        let after = await sync.refresh()
        XCTAssertEqual(after, .rest)
        XCTAssertEqual(phones.backend.stored("ana", .settings), #"{"theme":"dark"}"#)
        let suspended = try await isSuspended(phone)
        XCTAssertTrue(suspended, "the wake is over")
        sync.enteredForeground()
        let goesOn = try await isSuspended(phone)
        XCTAssertFalse(goesOn)
    }

    func testTheAppsOwnRunIsGivenUpAndThatOfTheSystemGoesOn() async throws {
        let phone = try await phones.session()
        let (sync, slow) = (sync { phone }, SlowAnswer())
        phones.backend.next(.slow(slow))
        let wake = Task { await sync.refresh() }
        await slow.awaitRequest()
        let free = await sync.enteredBackground(longest: 30)
        XCTAssertFalse(free, "a task of the system's is at work")
        slow.release()
        let after = await wake.value
        XCTAssertEqual(after, .rest)
        let suspended = try await isSuspended(phone)
        XCTAssertTrue(suspended, "and lets go at its end")
        sync.enteredForeground()

        let own = SlowAnswer()
        phones.backend.next(.slow(own))
        let run = Task { try await phone.sync() }
        await own.awaitRequest()
        let quiet = await sync.enteredBackground(longest: 30)
        XCTAssertTrue(quiet, "a request in flight holds nothing")
        own.release()
        let report = try await run.value
        XCTAssertEqual(report.next, .moreWork)
    }

    func testBackAtOnceNothingStaysSuspended() async throws {
        let phone = try await phones.session()
        let sync = sync { phone }
        for _ in 0..<50 {
            let leaves = Task { await sync.enteredBackground() }
            let comes = Task { sync.enteredForeground() }
            _ = await (leaves.value, comes.value)
            sync.enteredForeground()
            let suspended = try await isSuspended(phone)
            XCTAssertFalse(suspended)
        }
    }

    func testNobodyIsSignedInNothingIsHeld() async throws {
        let free = await sync { nil }.enteredBackground()
        XCTAssertTrue(free)
    }

    @MainActor
    func testTimeIsAskedForAndGivenBackOnce() async throws {
        let phone = try await phones.session()
        let time = Time()
        let follower = PhaseFollower(sync: sync { phone }, time: time)
        await follower.entered(.background)?.value
        XCTAssertEqual(time.ended, [1])
        var suspended = try await isSuspended(phone)
        XCTAssertTrue(suspended)
        XCTAssertNil(follower.entered(.foreground))
        suspended = try await isSuspended(phone)
        XCTAssertFalse(suspended)
        let work = follower.entered(.background)
        time.expired?()
        XCTAssertEqual(time.ended, [1, 2])
        await work?.value
        XCTAssertEqual(time.ended, [1, 2], "once")
    }

    @MainActor
    func testTimeThatIsOverAtOnceIsGivenBack() async throws {
        let time = Time(over: true)
        await PhaseFollower(sync: sync { nil }, time: time).entered(.background)?.value
        XCTAssertEqual(time.ended, [1])
    }

    @MainActor
    private final class Time: BackgroundTime {
        var ended: [Int] = []
        var expired: (@MainActor @Sendable () -> Void)?
        private var begun = 0
        private let over: Bool

        init(over: Bool = false) { self.over = over }

        func begin(_ expired: @escaping @MainActor @Sendable () -> Void) -> Int {
            begun += 1
            self.expired = expired
            if over { expired() }
            return begun
        }

        func end(_ id: Int) { ended.append(id) }
    }
}

private func isSuspended(_ session: Session) async throws -> Bool {
    do {
        _ = try await session.settings.get()
        return false
    } catch FoodLensError.suspended {
        return true
    }
}
