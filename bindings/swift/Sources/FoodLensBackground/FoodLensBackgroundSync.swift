import FoodLens
import Foundation

/// Sync while the app is in the background: a short refresh for the queue, a long task for a first restore. The system decides
/// when, if at all; what the app does while it is open never waits for this. And no file is held while the app is suspended.
///
/// ```swift
/// let sync = FoodLensBackgroundSync {
///     guard let user = auth.userID else { return nil }
///     return try await foodLens.signedInSession(userID: user)
/// }
/// sync.register()  // in App.init or didFinishLaunching: before the launch ends
/// ```
/// In SwiftUI `content.suspends(sync)` follows the phases of the scene; elsewhere call ``enteredBackground(longest:)`` and
/// ``enteredForeground()``. Info.plist: the identifiers in `BGTaskSchedulerPermittedIdentifiers`, `fetch` and `processing` in
/// `UIBackgroundModes`.
public final class FoodLensBackgroundSync: Sendable {
    /// Names and times.
    public struct Options: Sendable {
        /// The identifier of the short task.
        public var refresh: String
        /// The identifier of the long task.
        public var processing: String
        /// The identifier of the restore that a person has started; it must begin with the app's bundle identifier.
        public var restore: String
        /// How long after the last occasion news are fetched, in seconds, where nothing waits to be sent.
        public var interval: TimeInterval

        /// - Parameter restore: nil: the app's bundle identifier and `.foodlens.restore`.
        public init(
            refresh: String = "dev.foodlens.refresh", processing: String = "dev.foodlens.processing", restore: String? = nil,
            interval: TimeInterval = 4 * 60 * 60
        ) {
            self.refresh = refresh
            self.processing = processing
            self.restore = restore ?? (Bundle.main.bundleIdentifier ?? "dev") + ".foodlens.restore"
            self.interval = interval
        }
    }

    let options: Options
    let system: any SystemTasks
    let runner: SyncRunner
    let after: Handling.After
    let restoring = RestoreSlot()
    private let open: @Sendable () async throws -> Session?
    private let clock: @Sendable () -> Date
    private let store = Store()

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
        try await awake { try await self.schedule($0, after: nil) }
    }

    /// Withdraws the requests, for instance at a sign-out. What is queued stays queued.
    public func cancel() {
        for kind in [Wake.Kind.refresh, .processing] { system.cancel(identifier(kind)) }
    }

    /// For SwiftUI: `.backgroundTask(.appRefresh("dev.foodlens.refresh")) { await sync.refresh() }`, in the place of
    /// ``register()``'s handler. When the task is cancelled, the run is given up and no lock on the database is held.
    @discardableResult
    public func refresh() async -> AfterRun { await run(.refresh) }

    /// The app goes to the background: asks for the next wakes, gives a running sync up and suspends the session
    /// (``FoodLens/Session/suspend(longest:)``), so that no lock is held while the app is suspended. Call it within
    /// `beginBackgroundTask`, so that there is time, and ``enteredForeground()`` when the app comes back: until then the
    /// session is awake only while a task of the system is at work.
    ///
    /// - Returns: whether no lock is held. False: something was still under way after `longest` seconds, a task of the system is
    ///   at work (it lets go at its end), or the app is back.
    @discardableResult
    public func enteredBackground(longest: TimeInterval = 5) async -> Bool {
        store.needs.change { $0.foreground = false }
        // A person may have switched it off: the queue goes when the app is open.
        _ = try? await awake(lettingGo: longest) { try await self.schedule($0, after: nil) }
        return store.isFree
    }

    /// The app is back, or about to be: the session goes on. Returns at once.
    public func enteredForeground() {
        store.needs.change { $0.foreground = true }
        store.resume()
    }

    /// Keeps the session awake for the work, and lets go of it afterwards where nobody else needs it.
    func awake<T: Sendable>(lettingGo longest: TimeInterval = 3, _ work: (Session?) async throws -> T) async throws -> T {
        store.needs.change { $0.works += 1 }
        var session: Session?
        let result: Result<T, any Error>
        do {
            session = try await open()
            try session?.resume()
            result = .success(try await work(session))
        } catch {
            result = .failure(error)
        }
        store.needs.change { $0.works -= 1 }
        await store.letGo(session, longest)
        return try result.get()
    }

    /// The session of whoever is signed in; nil: nobody is.
    func session() async throws -> Session? { try await open() }

    private func handle(_ task: any SystemTask, _ kind: Wake.Kind) {
        let isDone: @Sendable (AfterRun) -> Bool = { $0 != .later }
        Handling(task, after).start(well: isDone) { await self.run(kind) }
    }

    private func run(_ kind: Wake.Kind) async -> AfterRun {
        // First of all: a run that is killed must not end the chain.
        try? submit([Wake(kind: .refresh, earliest: clock() + options.interval)])
        do {
            return try await awake { session in
                let after = await self.runner.run(longest: kind == .refresh ? 25 : 10 * 60, session)
                if !Task.isCancelled { try? await self.schedule(session, after: after) }
                return after
            }
        } catch {
            return AfterRun.of(error)
        }
    }

    private func schedule(_ session: Session?, after run: AfterRun?) async throws {
        try submit(wakes(try await session?.now, after: run, now: clock(), interval: options.interval))
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
