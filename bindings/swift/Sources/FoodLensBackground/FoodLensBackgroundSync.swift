import FoodLens
import Foundation

/// Sync while the app is in the background: a short refresh for the queue, a long task for a first restore. The system decides
/// when, if at all; what the app does while it is open never waits for this.
///
/// ```swift
/// let sync = FoodLensBackgroundSync {
///     guard let user = auth.userID else { return nil }
///     return try await foodLens.signedInSession(userID: user)
/// }
/// sync.register()                 // in App.init or didFinishLaunching: before the launch ends
/// await sync.enteredBackground()  // at scenePhase == .background
/// ```
/// Info.plist: both identifiers in `BGTaskSchedulerPermittedIdentifiers`, `fetch` and `processing` in `UIBackgroundModes`.
public final class FoodLensBackgroundSync: Sendable {
    /// Names and times.
    public struct Options: Sendable {
        /// The identifier of the short task.
        public var refresh: String
        /// The identifier of the long task.
        public var processing: String
        /// How long after the last occasion news are fetched, in seconds, where nothing waits to be sent.
        public var interval: TimeInterval

        public init(
            refresh: String = "dev.foodlens.refresh", processing: String = "dev.foodlens.processing",
            interval: TimeInterval = 4 * 60 * 60
        ) {
            self.refresh = refresh
            self.processing = processing
            self.interval = interval
        }
    }

    private let options: Options
    private let open: @Sendable () async throws -> Session?
    private let system: any SystemTasks
    private let runner: SyncRunner
    private let clock: @Sendable () -> Date
    private let after: Handling.After

    init(
        options: Options, system: any SystemTasks, runner: SyncRunner = SyncRunner(),
        clock: @escaping @Sendable () -> Date = { Date() }, after: @escaping Handling.After = later,
        session: @escaping @Sendable () async throws -> Session?
    ) {
        self.options = options
        self.system = system
        self.runner = runner
        self.clock = clock
        self.after = after
        open = session
    }

    /// Registers the handlers of both tasks; once, and before the launch ends. False: an identifier is not permitted by
    /// Info.plist, or has a handler already; then the system wakes nobody.
    @discardableResult
    public func register() -> Bool {
        let kinds: [Wake.Kind] = [.refresh, .processing]
        return kinds.map { kind in system.register(identifier(kind)) { self.handle($0, kind) } }.allSatisfy { $0 }
    }

    /// Asks the system for the next wakes, from where sync stands; on entering background and after a write. Nobody is signed
    /// in: the requests are withdrawn.
    ///
    /// - Throws: what the system says: background refresh may be switched off by the person. ``FoodLensError``, where the
    ///   session cannot be opened.
    public func schedule() async throws {
        try await schedule(after: nil)
    }

    /// Withdraws the requests, for instance at a sign-out. What is queued stays queued.
    public func cancel() {
        for kind in [Wake.Kind.refresh, .processing] { system.cancel(identifier(kind)) }
    }

    /// For SwiftUI: `.backgroundTask(.appRefresh("dev.foodlens.refresh")) { await sync.refresh() }`, in the place of
    /// ``register()``'s handler. When the task is cancelled, the run is given up and no lock on the database is held.
    @discardableResult
    public func refresh() async -> AfterRun { await run(.refresh) }

    /// The app goes to the background: asks for the next wakes and gives a running sync up, so that no lock is held while the app
    /// is suspended. Call it within `beginBackgroundTask`, so that there is time. Nothing has to be resumed.
    ///
    /// - Returns: false when a request was still in flight after `longest` seconds.
    @discardableResult
    public func enteredBackground(longest: TimeInterval = 5) async -> Bool {
        try? await schedule()  // a person may have switched it off: the queue goes when the app is open
        guard let session = try? await open() else { return true }
        return (try? await session.quiesce(longest: longest)) ?? true
    }

    private func handle(_ task: any SystemTask, _ kind: Wake.Kind) {
        Handling(task, after).start { await self.run(kind) != .later }
    }

    private func run(_ kind: Wake.Kind) async -> AfterRun {
        // First of all: a run that is killed must not end the chain.
        try? submit([Wake(kind: .refresh, earliest: clock() + options.interval)])
        let after = await runner.run(longest: kind == .refresh ? 25 : 10 * 60, open: open)
        if !Task.isCancelled { try? await schedule(after: after) }
        return after
    }

    private func schedule(after run: AfterRun?) async throws {
        let status = try await open()?.now
        try submit(wakes(status, after: run, now: clock(), interval: options.interval))
    }

    private func submit(_ wakes: Set<Wake>) throws {
        if wakes.isEmpty { cancel() }
        for wake in wakes { try system.submit(wake, identifier(wake.kind)) }
    }

    private func identifier(_ kind: Wake.Kind) -> String {
        switch kind {
        case .refresh: options.refresh
        case .processing: options.processing
        }
    }
}

/// On a thread of the system's.
@Sendable func later(_ seconds: TimeInterval, _ call: @escaping @Sendable () -> Void) {
    DispatchQueue.global(qos: .utility).asyncAfter(deadline: .now() + seconds, execute: call)
}
