import BackgroundTasks
import FoodLens
import FoodLensTesting
import Foundation
import XCTest

@testable import FoodLensBackground

/// A first restore that a person has asked for.
final class RestoreTests: XCTestCase {
    private let phones = FakePhones()
    private let system = BGTaskScheduler.shared
    private let options = FoodLensBackgroundSync.Options(restore: "app.restore-\(UUID())")
    private let late = Late()

    override func tearDown() async throws {
        system.change { $0.refusal = nil }
        try await phones.close()
    }

    private func sync(
        permitted: Bool = true, system other: (any SystemTasks)? = nil, _ session: Session?
    ) -> FoodLensBackgroundSync {
        if permitted { system.change { _ = $0.permitted.insert(self.options.restore) } }
        return FoodLensBackgroundSync(
            options: options, system: other ?? BackgroundTasksAdapter(), runner: SyncRunner(lastMoments: 60),
            after: { [late] _, call in late.add(call) }, session: { session })
    }

    private func restoring(_ sync: FoodLensBackgroundSync) -> Task<AfterRun, Never> {
        Task { await sync.restore(title: "Your data", subtitle: "Restoring") }
    }

    /// What was asked for is launched, as the system does at once.
    private func launched() async throws -> BGContinuedProcessingTask {
        let limit = Date(timeIntervalSinceNow: 30)
        while system.change({ $0.pending[options.restore] }) == nil, Date() < limit { await Task.yield() }
        let request = system.change { $0.pending[options.restore] } as? BGContinuedProcessingTaskRequest
        XCTAssertEqual(request?.title, "Your data")
        XCTAssertEqual(request?.subtitle, "Restoring")
        XCTAssertEqual(request?.strategy, .fail)
        return try XCTUnwrap(system.launch(options.restore) as? BGContinuedProcessingTask)
    }

    func testItRunsInTheSystemsTaskAndIsCompletedOnce() async throws {
        let sync = sync(try await phones.session())
        let restore = restoring(sync)
        let task = try await launched()
        let after = await restore.value
        XCTAssertEqual(after, .rest)
        XCTAssertEqual(task.completions, [true])
        XCTAssertNil(task.expirationHandler)
        XCTAssertEqual(task.progress.totalUnitCount, 1_000)
        XCTAssertEqual(task.progress.completedUnitCount, 1_000)
        late.come()
        XCTAssertEqual(task.completions, [true])
    }

    func testAgainItIsRegisteredOnceAndRunsAgain() async throws {
        let sync = sync(try await phones.session())
        for _ in 0..<2 {
            let restore = restoring(sync)
            let task = try await launched()
            _ = await restore.value
            XCTAssertEqual(task.completions, [true])
        }
    }

    func testItGoesOnInTheBackgroundAndLetsGoAtItsEnd() async throws {
        let (phone, slow) = (try await phones.session(), SlowAnswer())
        let sync = sync(phone)
        phones.backend.next(.slow(slow))
        let restore = restoring(sync)
        let task = try await launched()
        await slow.awaitRequest()
        let free = await sync.enteredBackground(longest: 30)
        XCTAssertFalse(free)
        XCTAssertLessThan(task.progress.completedUnitCount, 1_000)
        slow.release()
        let after = await restore.value
        XCTAssertEqual(after, .rest)
        XCTAssertEqual(task.completions, [true])
        do {
            _ = try await phone.settings.get()
            XCTFail("it is not suspended")
        } catch FoodLensError.suspended {}
    }

    func testExpiredOrCancelledByThePersonTheRunIsGivenUp() async throws {
        let phone = try await phones.session()
        for byTheSystem in [true, false] {
            let (sync, slow) = (sync(phone), SlowAnswer())
            system.change { $0.handlers[self.options.restore] = nil }
            phones.backend.next(.slow(slow))
            let restore = restoring(sync)
            let task = try await launched()
            await slow.awaitRequest()
            if byTheSystem { task.expirationHandler?() } else { restore.cancel() }
            slow.release()
            let after = await restore.value
            XCTAssertEqual(after, .again)
            XCTAssertEqual(task.completions, [false])
            late.come()
            XCTAssertEqual(task.completions, [false])
        }
    }

    func testExpiredAfterTheEndItIsNotCompletedAgain() async throws {
        let (sync, slow) = (sync(try await phones.session()), SlowAnswer())
        phones.backend.next(.slow(slow))
        let restore = restoring(sync)
        let task = try await launched()
        await slow.awaitRequest()
        let handler = try XCTUnwrap(task.expirationHandler)
        slow.release()
        _ = await restore.value
        handler()  // the system was about to call it
        late.come()
        XCTAssertEqual(task.completions, [true])
    }

    func testWhereThereIsNoTaskForItItRunsInTheForeground() async throws {
        for (permitted, refused) in [(false, false), (true, true)] {
            let sync = sync(permitted: permitted, try await phones.session(device: "\(permitted)"))
            system.change { $0.refusal = refused ? NSError(domain: "BGTaskSchedulerErrorDomain", code: 4) : nil }
            let after = await sync.restore(title: "Your data", subtitle: "Restoring")
            XCTAssertEqual(after, .rest)
        }
        let elder = sync(system: SystemBeforeThese(), try await phones.session(device: "elder"))
        let after = await elder.restore(title: "Your data", subtitle: "Restoring")
        XCTAssertEqual(after, .rest)
        XCTAssertGreaterThan(phones.backend.requests, 2)
    }

    func testInTheForegroundItIsGivenUpWhenTheAppIsLeft() async throws {
        let (phone, slow) = (try await phones.session(), SlowAnswer())
        let sync = sync(system: SystemBeforeThese(), phone)
        phones.backend.next(.slow(slow))
        let restore = restoring(sync)
        await slow.awaitRequest()
        let free = await sync.enteredBackground(longest: 30)
        XCTAssertTrue(free)
        slow.release()
        let after = await restore.value
        XCTAssertEqual(after, .later)
    }

    func testALaunchThatComesTooLateFindsNobody() async throws {
        let sync = sync(try await phones.session())
        let restore = restoring(sync)
        let limit = Date(timeIntervalSinceNow: 30)
        while late.isEmpty, Date() < limit { await Task.yield() }
        late.come()
        let after = await restore.value
        XCTAssertEqual(after, .rest)
        let task = try await launched()
        XCTAssertEqual(task.completions, [true])
    }

    func testOneAtATime() async throws {
        let (sync, slow) = (sync(try await phones.session()), SlowAnswer())
        phones.backend.next(.slow(slow))
        let restore = restoring(sync)
        _ = try await launched()
        await slow.awaitRequest()
        let second = await sync.restore(title: "Your data", subtitle: "Restoring")
        XCTAssertEqual(second, .later)
        slow.release()
        let after = await restore.value
        XCTAssertEqual(after, .rest)
    }

    func testNobodyIsSignedInNothingIsWhole() async throws {
        let restore = restoring(sync(nil))
        let task = try await launched()
        let after = await restore.value
        XCTAssertEqual(after, .rest)
        XCTAssertEqual(task.completions, [false])
    }

    func testHowFarItIs() {
        let cases: [(String, UInt64, UInt64?, Int64)] = [
            ("nothing yet", 0, nil, 0), ("nothing yet, of nothing", 0, 0, 0), ("half", 50, 100, 500),
            ("all but the end", 100, 100, 999), ("more than was said", 150, 100, 999), ("nobody says how much", 1_000, nil, 500),
            ("nobody says how much, and it is a lot", 999_000, nil, 999),
        ]
        for (what, records, total, expected) in cases {
            XCTAssertEqual(restored(status(records, total)), expected, what)
        }
        XCTAssertEqual(restored(status(nil, nil)), 1_000, "done")
    }

    private func status(_ records: UInt64?, _ total: UInt64?) -> SyncStatus {
        SyncStatus(
            pending: 0, sending: 0, failed: 0, conflicts: 0, lastSuccessAt: nil, lastError: nil, nextAttemptAt: nil,
            oldestUnsentAt: nil, paused: false, authRequired: false, pausedByServer: false, running: false, restoring: false,
            restore: records.map { RestoreProgress(records: Int64($0), historyTotal: total.map { Int64($0) }) },
            olderHistory: false)
    }
}

/// A system that knows no continued tasks.
private struct SystemBeforeThese: SystemTasks {
    var continues: Bool { false }
    func register(_ identifier: String, _ launch: @escaping @Sendable (any SystemTask) -> Void) -> Bool { true }
    func submit(_ wake: Wake, _ identifier: String) throws {}
    func submitContinued(_ identifier: String, title: String, subtitle: String) throws {
        XCTFail("asked for what it does not know")
    }
    func cancel(_ identifier: String) {}
}
