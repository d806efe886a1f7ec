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

    func cancel(_ identifier: String) { BGTaskScheduler.shared.cancel(taskRequestWithIdentifier: identifier) }
}

/// The system's task, which may be told things from any thread.
final class LaunchedTask: SystemTask, @unchecked Sendable {
    private let task: BGTask

    init(_ task: BGTask) { self.task = task }

    func onExpiration(_ handler: (@Sendable () -> Void)?) { task.expirationHandler = handler }
    func setTaskCompleted(success: Bool) { task.setTaskCompleted(success: success) }
}
#endif
