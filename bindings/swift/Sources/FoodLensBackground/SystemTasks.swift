import Foundation

// What the system's scheduler does, without its types.

/// The scheduler of the system.
protocol SystemTasks: Sendable {
    /// Makes this the handler of a kind of task. False: its identifier is not permitted, or has one.
    func register(_ identifier: String, _ launch: @escaping @Sendable (any SystemTask) -> Void) -> Bool
    /// Asks to be woken, in the place of a request of the same identifier.
    func submit(_ wake: Wake, _ identifier: String) throws
    /// Whether it knows tasks that a person has started, and that go on when the app is left.
    var continues: Bool { get }
    /// Asks for such a task, to be launched at once or not at all.
    func submitContinued(_ identifier: String, title: String, subtitle: String) throws
    func cancel(_ identifier: String)
}

/// A task that the system has launched.
protocol SystemTask: AnyObject, Sendable {
    /// Called when the time is up.
    func onExpiration(_ handler: (@Sendable () -> Void)?)
    func setTaskCompleted(success: Bool)
    /// How far it is, in thousandths, where the system shows it.
    func report(_ thousandths: Int64)
}

extension SystemTask {
    func report(_ thousandths: Int64) {}
}

/// The handling of one task: it is completed exactly once, by the work's end or, some moments after its expiration, without.
final class Handling: @unchecked Sendable {
    /// How long the work may take to end once it is cancelled; the system kills who lingers.
    static let grace: TimeInterval = 4

    private let task: any SystemTask
    private let after: After
    private let lock = NSLock()
    private var cancel: @Sendable () -> Void = {}
    private var expired = false
    private var completed = false

    /// Does something later.
    typealias After = @Sendable (TimeInterval, @escaping @Sendable () -> Void) -> Void

    init(_ task: any SystemTask, _ after: @escaping After) {
        self.task = task
        self.after = after
    }

    /// Begins the work; `well` says of its result whether it went well.
    @discardableResult
    func start<T: Sendable>(
        well: @escaping @Sendable (T) -> Bool, _ call: @escaping @Sendable () async -> T
    ) -> Task<T, Never> {
        task.onExpiration { self.expire() }
        let work = Task {
            let result = await call()
            self.complete(success: well(result))
            return result
        }
        let tooLate = lock.withLock {
            cancel = { work.cancel() }
            return expired
        }
        if tooLate { work.cancel() }
        return work
    }

    private func expire() {
        let cancel = lock.withLock {
            expired = true
            return self.cancel
        }
        cancel()
        after(Handling.grace) { self.complete(success: false) }
    }

    private func complete(success: Bool) {
        let (first, well) = lock.withLock {
            defer { completed = true }
            return (!completed, success && !expired)
        }
        guard first else { return }
        task.onExpiration(nil)
        task.setTaskCompleted(success: well)
    }
}
