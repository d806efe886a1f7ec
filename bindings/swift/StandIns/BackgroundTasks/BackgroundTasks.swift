import Foundation

// BackgroundTasks as far as it is used, with a scheduler that a test drives. Signatures as in the SDK of iOS.

open class BGTaskRequest: NSObject {
    public let identifier: String
    open var earliestBeginDate: Date?

    init(_ identifier: String) { self.identifier = identifier }
}

open class BGAppRefreshTaskRequest: BGTaskRequest {
    public init(identifier: String) { super.init(identifier) }
}

open class BGProcessingTaskRequest: BGTaskRequest {
    open var requiresNetworkConnectivity = false
    open var requiresExternalPower = false

    public init(identifier: String) { super.init(identifier) }
}

open class BGContinuedProcessingTaskRequest: BGTaskRequest {
    public enum SubmissionStrategy: Int, Sendable { case fail, queue }

    open var title: String
    open var subtitle: String
    open var strategy = SubmissionStrategy.queue

    public init(identifier: String, title: String, subtitle: String) {
        (self.title, self.subtitle) = (title, subtitle)
        super.init(identifier)
    }
}

open class BGContinuedProcessingTask: BGTask {
    public let progress = Progress(totalUnitCount: 0)
}

open class BGTask: NSObject {
    public let identifier: String
    private let lock = NSLock()
    private var handler: (() -> Void)?
    private var told: [Bool] = []

    init(_ identifier: String) { self.identifier = identifier }

    open var expirationHandler: (() -> Void)? {
        get { lock.withLock { handler } }
        set { lock.withLock { handler = newValue } }
    }

    open func setTaskCompleted(success: Bool) { lock.withLock { told.append(success) } }

    /// For tests: what it was told, each time.
    public var completions: [Bool] { lock.withLock { told } }
}

public final class BGTaskScheduler: @unchecked Sendable {
    public static let shared = BGTaskScheduler()

    /// For tests: the system's state.
    public struct State {
        public var permitted: Set<String> = []
        public var handlers: [String: (BGTask) -> Void] = [:]
        public var pending: [String: BGTaskRequest] = [:]
        public var refusal: NSError?
        /// What was asked for by a ``BGContinuedProcessingTaskRequest``.
        public var continued: Set<String> = []
    }

    private let lock = NSLock()
    private var state = State()

    public func change<T>(_ body: (inout State) -> T) -> T { lock.withLock { body(&state) } }

    public func register(
        forTaskWithIdentifier identifier: String, using queue: DispatchQueue?, launchHandler: @escaping (BGTask) -> Void
    ) -> Bool {
        change { state in
            guard state.permitted.contains(identifier), state.handlers[identifier] == nil else { return false }
            state.handlers[identifier] = launchHandler
            return true
        }
    }

    public func submit(_ taskRequest: BGTaskRequest) throws {
        let refusal = change { state in
            if state.refusal == nil { state.pending[taskRequest.identifier] = taskRequest }
            if taskRequest is BGContinuedProcessingTaskRequest { state.continued.insert(taskRequest.identifier) }
            return state.refusal
        }
        if let refusal { throw refusal }
    }

    public func cancel(taskRequestWithIdentifier identifier: String) {
        change { $0.pending[identifier] = nil }
    }

    /// For tests: launches what is pending, as the system does.
    public func launch(_ identifier: String) -> BGTask? {
        let handler = change { state in
            state.pending.removeValue(forKey: identifier).flatMap { state.handlers[$0.identifier] }
        }
        guard let handler else { return nil }
        let continued = change { $0.continued.contains(identifier) }
        let task = continued ? BGContinuedProcessingTask(identifier) : BGTask(identifier)
        handler(task)
        return task
    }
}
