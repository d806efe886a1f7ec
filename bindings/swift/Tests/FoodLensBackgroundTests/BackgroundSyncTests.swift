import BackgroundTasks
import FoodLens
import FoodLensTesting
import Foundation
import XCTest

@testable import FoodLensBackground

/// The handlers, as the system launches and ends them.
final class BackgroundSyncTests: XCTestCase {
    private let phones = FakePhones()
    private let system = BGTaskScheduler.shared
    private let options = FoodLensBackgroundSync.Options(
        refresh: "refresh-\(UUID())", processing: "processing-\(UUID())", interval: 3_600)
    private let late = Late()

    override func tearDown() async throws {
        system.change { $0.refusal = nil }
        try await phones.close()
    }

    private func sync(_ session: @escaping @Sendable () async throws -> Session?) -> FoodLensBackgroundSync {
        let sync = FoodLensBackgroundSync(
            options: options, system: BackgroundTasksAdapter(), runner: SyncRunner(lastMoments: 60),
            clock: { [phones] in phones.clock.now },
            after: { [late] _, call in late.add(call) }, session: session)
        system.change { $0.permitted = [self.options.refresh, self.options.processing] }
        XCTAssertTrue(sync.register())
        return sync
    }

    private func launched(_ identifier: String, line: UInt = #line) throws -> BGTask {
        try XCTUnwrap(system.launch(identifier), "nothing is pending", line: line)
    }

    private func completed(_ task: BGTask) async throws -> [Bool] {
        let limit = Date(timeIntervalSinceNow: 30)
        while task.completions.isEmpty, Date() < limit { await Task.yield() }
        return task.completions
    }

    private var pending: [String: BGTaskRequest] { system.change { $0.pending } }

    func testHandlersAreRegisteredOnceAndOnlyWhereTheyArePermitted() {
        let sync = FoodLensBackgroundSync(options: options) { nil }
        system.change { $0.permitted = [self.options.refresh] }
        XCTAssertFalse(sync.register())
        system.change {
            $0.permitted = [self.options.refresh, self.options.processing]
            $0.handlers = [:]
        }
        XCTAssertTrue(sync.register())
        XCTAssertFalse(sync.register())
    }

    func testAWakeSendsWhatWaitsIsCompletedOnceAndTheChainGoesOn() async throws {
        let phone = try await phones.session()
        _ = try await phone.sync()
        try await phone.settings.update { $0.theme = "dark" }
        let sync = sync { phone }
        try await sync.schedule()
        XCTAssertNil(try XCTUnwrap(pending[options.refresh]).earliestBeginDate, "it may go at once")
        let task = try launched(options.refresh)
        let ended = try await completed(task)
        XCTAssertEqual(ended, [true])
        XCTAssertNil(task.expirationHandler)
        XCTAssertEqual(phones.backend.stored("ana", .settings), #"{"theme":"dark"}"#)
        XCTAssertEqual(pending[options.refresh]?.earliestBeginDate, phones.clock.now + 3_600)
        XCTAssertNil(pending[options.processing])
    }

    func testTheNextWakeIsWhenTheCoreSaysThatItMakesSense() async throws {
        let phone = try await phones.session()
        _ = try await phone.sync()
        try await phone.settings.update { $0.theme = "dark" }
        let sync = sync { phone }
        try await sync.schedule()
        phones.backend.next(.status(503, retryAfterSeconds: 900))
        let task = try launched(options.refresh)
        let ended = try await completed(task)
        XCTAssertEqual(ended, [false])
        let status = try await phone.now
        XCTAssertEqual(status?.nextAttemptAt, phones.clock.now + 900)
        XCTAssertEqual(pending[options.refresh]?.earliestBeginDate, phones.clock.now + 900)
    }

    func testAFirstRestoreAsksForALongTaskWithANetwork() async throws {
        let phone = try await phones.session()
        let sync = sync { phone }
        try await sync.schedule()
        let request = try XCTUnwrap(pending[options.processing] as? BGProcessingTaskRequest)
        XCTAssertTrue(request.requiresNetworkConnectivity)
        XCTAssertFalse(request.requiresExternalPower)
        let ended = try await completed(try launched(options.processing))
        XCTAssertEqual(ended, [true])
        let status = try await phone.now
        XCTAssertNil(status?.restore)
        XCTAssertNil(pending[options.processing], "it is done")
    }

    func testExpiredDuringARequestTheRunIsGivenUpNoLockIsHeldAndNothingIsLost() async throws {
        let phone = try await phones.session()
        try await phone.settings.update { $0.theme = "dark" }
        let (sync, slow) = (sync { phone }, SlowAnswer())
        try await sync.schedule()
        phones.backend.next(.slow(slow))
        let task = try launched(options.refresh)
        await slow.awaitRequest()
        XCTAssertNotNil(pending[options.refresh], "asked for at the start: a run that is killed does not end the chain")
        task.expirationHandler?()
        while try await phone.now?.running == true { await Task.yield() }
        for _ in 0..<1_000 { await Task.yield() }
        XCTAssertEqual(task.completions, [], "the run has ended, and a request of it is still in flight")
        slow.release()
        let ended = try await completed(task)
        XCTAssertEqual(ended, [false])
        late.come()
        XCTAssertEqual(task.completions, [false])
        let status = try await phone.now
        XCTAssertEqual(status?.running, false)
        phones.clock.advance(by: 3_600)
        let report = try await phone.sync()
        XCTAssertEqual(report.next, .done)
        XCTAssertEqual(phones.backend.stored("ana", .settings), #"{"theme":"dark"}"#)
    }

    func testExpiredWhileTheSessionDoesNotOpenTheTaskIsCompletedAfterTheGraceAndNotAgain() async throws {
        let (asked, opened) = (expectation(description: "asked"), expectation(description: "opened"))
        (asked.assertForOverFulfill, opened.assertForOverFulfill) = (false, false)
        let (gate, open) = AsyncStream<Void>.makeStream()
        let sync = sync {
            asked.fulfill()
            await Task.detached { for await _ in gate {} }.value  // deaf to the cancellation of its caller
            opened.fulfill()
            return nil
        }
        system.change { $0.pending[self.options.refresh] = BGAppRefreshTaskRequest(identifier: self.options.refresh) }
        let task = try launched(options.refresh)
        await fulfillment(of: [asked], timeout: 30)
        task.expirationHandler?()
        XCTAssertEqual(task.completions, [])
        late.come()
        XCTAssertEqual(task.completions, [false])
        open.finish()
        await fulfillment(of: [opened], timeout: 30)
        _ = await sync.refresh()  // after which the work of the task has ended, too
        late.come()
        XCTAssertEqual(task.completions, [false], "exactly once")
    }

    func testExpiredBeforeTheWorkBeginsNothingIsSent() async throws {
        let phone = try await phones.session()
        let system = SystemThatIsInAHurry()
        let sync = FoodLensBackgroundSync(options: options, system: system, session: { phone })
        sync.register()
        let task = system.launch(options.refresh)
        let limit = Date(timeIntervalSinceNow: 30)
        while task.completions.isEmpty, Date() < limit { await Task.yield() }
        XCTAssertEqual(task.completions, [false])
        XCTAssertEqual(phones.backend.requests, 0)
    }

    func testExpiredAfterTheEndItIsNotCompletedAgain() async throws {
        let phone = try await phones.session()
        let (sync, slow) = (sync { phone }, SlowAnswer())
        try await sync.schedule()
        phones.backend.next(.slow(slow))
        let task = try launched(options.refresh)
        await slow.awaitRequest()
        let handler = try XCTUnwrap(task.expirationHandler)
        slow.release()
        let ended = try await completed(task)
        XCTAssertEqual(ended, [true])
        handler()  // the system was about to call it
        late.come()
        XCTAssertEqual(task.completions, [true])
    }

    func testNobodyIsSignedInNobodyIsWoken() async throws {
        let phone = try await phones.session()
        let signedIn = Box(true)
        let sync = sync { signedIn.value ? phone : nil }
        try await sync.schedule()
        XCTAssertNotNil(pending[options.refresh])
        signedIn.value = false
        let ended = try await completed(try launched(options.refresh))
        XCTAssertEqual(ended, [true])
        XCTAssertNil(pending[options.refresh])
        XCTAssertNil(pending[options.processing])
        XCTAssertEqual(phones.backend.requests, 0)
    }

    func testStorageThatIsNotReadyIsTriedAgain() async throws {
        let sync = sync { throw FoodLensError.storageUnavailable(reason: "locked") }
        system.change { $0.pending[self.options.refresh] = BGAppRefreshTaskRequest(identifier: self.options.refresh) }
        let ended = try await completed(try launched(options.refresh))
        XCTAssertEqual(ended, [false])
        XCTAssertNotNil(pending[options.refresh])
        sync.cancel()
        XCTAssertNil(pending[options.refresh])
    }

    func testWhatTheSystemRefusesTheAppHearsAndARunGoesOnAllTheSame() async throws {
        let phone = try await phones.session()
        try await phone.settings.update { $0.theme = "dark" }
        let sync = sync { phone }
        try await sync.schedule()
        system.change { $0.refusal = NSError(domain: "BGTaskSchedulerErrorDomain", code: 1) }
        do {
            try await sync.schedule()
            XCTFail("not told")
        } catch {
            XCTAssertEqual((error as NSError).code, 1)
        }
        let ended = try await completed(try launched(options.refresh))
        XCTAssertEqual(ended, [true])
        XCTAssertEqual(phones.backend.stored("ana", .settings), #"{"theme":"dark"}"#)
    }

    func testSwiftUIsRefreshEndsWithItsTask() async throws {
        let phone = try await phones.session()
        let (sync, slow) = (sync { phone }, SlowAnswer())
        phones.backend.next(.slow(slow))
        let refresh = Task { await sync.refresh() }
        await slow.awaitRequest()
        refresh.cancel()
        slow.release()
        let after = await refresh.value
        XCTAssertEqual(after, .again)
        let again = await sync.refresh()
        XCTAssertEqual(again, .rest)
    }

}

/// A system whose tasks are at their end as soon as somebody asks to hear of it.
private final class SystemThatIsInAHurry: SystemTasks, @unchecked Sendable {
    final class Task: SystemTask, @unchecked Sendable {
        private let told = Box<[Bool]>([])
        var completions: [Bool] { told.value }
        func onExpiration(_ handler: (@Sendable () -> Void)?) { handler?() }
        func setTaskCompleted(success: Bool) { told.value += [success] }
    }

    private let handlers = Box<[String: @Sendable (any SystemTask) -> Void]>([:])

    func register(_ identifier: String, _ launch: @escaping @Sendable (any SystemTask) -> Void) -> Bool {
        handlers.value[identifier] = launch
        return true
    }

    func submit(_ wake: Wake, _ identifier: String) throws {}
    var continues: Bool { false }
    func submitContinued(_ identifier: String, title: String, subtitle: String) throws {}
    func cancel(_ identifier: String) {}

    func launch(_ identifier: String) -> Task {
        let task = Task()
        handlers.value[identifier]?(task)
        return task
    }
}
