#if canImport(BackgroundTasks) && !os(macOS)
import BackgroundTasks
import FoodLens
import Foundation

extension FoodLensBackgroundSync {
    /// Sync in the background, for an app of iOS.
    ///
    /// - Parameter session: the session of the user who is signed in, or nil when nobody is. Open it with
    ///   ``FoodLens/signedInSession(userID:)``, so that a late wake opens nothing that a sign-out has sealed, from the one
    ///   library that the process has.
    public convenience init(
        options: Options = Options(), session: @escaping @Sendable () async throws -> Session?
    ) {
        self.init(options: options, system: BackgroundTasksAdapter(), session: session)
    }
}

struct BackgroundTasksAdapter: SystemTasks {
    func register(_ identifier: String, _ launch: @escaping @Sendable (any SystemTask) -> Void) -> Bool {
        BGTaskScheduler.shared.register(forTaskWithIdentifier: identifier, using: nil) { launch(LaunchedTask($0)) }
    }

    func submit(_ wake: Wake, _ identifier: String) throws {
        let request: BGTaskRequest
        switch wake.kind {
        case .refresh:
            request = BGAppRefreshTaskRequest(identifier: identifier)
        case .processing:
            let long = BGProcessingTaskRequest(identifier: identifier)
            long.requiresNetworkConnectivity = true
            request = long
        }
        request.earliestBeginDate = wake.earliest
        try BGTaskScheduler.shared.submit(request)
    }

    // Of the SDK of iOS 26, which comes with Swift 6.2.
    #if (os(iOS) && compiler(>=6.2)) || os(Linux)
    var continues: Bool {
        if #available(iOS 26, *) { true } else { false }
    }

    func submitContinued(_ identifier: String, title: String, subtitle: String) throws {
        guard #available(iOS 26, *) else { return }
        let request = BGContinuedProcessingTaskRequest(identifier: identifier, title: title, subtitle: subtitle)
        request.strategy = .fail
        try BGTaskScheduler.shared.submit(request)
    }
    #else
    var continues: Bool { false }
    func submitContinued(_ identifier: String, title: String, subtitle: String) throws {}
    #endif

    func cancel(_ identifier: String) { BGTaskScheduler.shared.cancel(taskRequestWithIdentifier: identifier) }
}

/// The system's task, which may be told things from any thread.
final class LaunchedTask: SystemTask, @unchecked Sendable {
    private let task: BGTask

    init(_ task: BGTask) { self.task = task }

    func onExpiration(_ handler: (@Sendable () -> Void)?) { task.expirationHandler = handler }
    func setTaskCompleted(success: Bool) { task.setTaskCompleted(success: success) }

    func report(_ thousandths: Int64) {
        #if (os(iOS) && compiler(>=6.2)) || os(Linux)
        guard #available(iOS 26, *), let task = task as? BGContinuedProcessingTask else { return }
        task.progress.totalUnitCount = 1_000
        // Never back: how much there is may become known on the way.
        task.progress.completedUnitCount = max(thousandths, task.progress.completedUnitCount)
        #endif
    }
}
#endif
