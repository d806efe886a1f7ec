import FoodLensFFI
import Foundation

/// How the facade reaches the core: on private queues, since blocking a thread of Swift's pool would stall unrelated
/// tasks; with typed errors; observed as asynchronous sequences.
final class Calls: Sendable {
    private let core: CoreSession
    private let queue = DispatchQueue(label: "dev.foodlens", qos: .userInitiated, attributes: .concurrent)
    /// A run of sync may take long: it has its own thread, and reads never wait for it.
    private let syncQueue = DispatchQueue(label: "dev.foodlens.sync", qos: .utility)

    init(_ core: CoreSession) { self.core = core }

    /// On this very thread: for what does not block.
    func now<T>(_ call: (CoreSession) throws -> T) throws -> T {
        try typed { try call(core) }
    }

    func run<T: Sendable>(_ call: @escaping @Sendable (CoreSession) throws -> T) async throws -> T {
        try await on(queue) { [core] in try call(core) }
    }

    /// Starts a run, on the thread for syncs: when the task is cancelled, this run (and no other one) stops at its next step,
    /// or never begins, and so does the hook that it waits for.
    func start(
        budget: TimeInterval, _ make: (CoreSession) throws -> CoreSyncRun
    ) async throws -> SyncReport {
        let (run, hook) = (try now(make), HookOfRun())
        return try await withTaskCancellationHandler {
            try await on(syncQueue) { try hook.during { try run.start(budget: budget) } }
        } onCancel: {
            try? run.cancel()  // first, so that it knows why a hook gives up
            hook.cancel()
        }
    }

    /// The value now, and again whenever one of the topics changed it. A slow reader finds the newest value, never a
    /// queue of old ones.
    func observe<T: Equatable & Sendable>(
        _ topics: Set<Topic>, _ read: @escaping @Sendable (CoreSession) throws -> T
    ) -> AsyncThrowingStream<T, any Error> {
        watch(topics) { try newOnly(read($0), $1) }
    }

    /// As above, for one record, nil while there is none: what changes in others wakes nobody.
    func observe<T: Equatable & Sendable>(
        _ collection: Collection, _ id: RecordId, _ read: @escaping @Sendable (CoreSession) throws -> T
    ) -> AsyncThrowingStream<T?, any Error> {
        watch(
            { _ in true }, { try $0.observeRecord(collection: collection, id: id, observer: $1) },
            { try newOnly(orNil(try read($0)), $1) })
    }

    /// What `next` makes of the value before it, at once and after each notice; nil: nothing new.
    func watch<T: Sendable>(
        _ topics: Set<Topic>, _ next: @escaping @Sendable (CoreSession, T?) throws -> T?
    ) -> AsyncThrowingStream<T, any Error> {
        watch({ topics.contains($0.topic) }, { try $0.observe(topic: nil, observer: $1) }, next)
    }

    private func watch<T: Sendable>(
        _ concerned: @escaping @Sendable (Notice) -> Bool,
        _ subscribe: @escaping @Sendable (CoreSession, any ObserverCallback) throws -> Subscription,
        _ next: @escaping @Sendable (CoreSession, T?) throws -> T?
    ) -> AsyncThrowingStream<T, any Error> {
        AsyncThrowingStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
            let read: @Sendable (T?) throws -> T? = { [core] last in try typed { try next(core, last) } }
            let watcher = Watcher(concerned: concerned, next: read, continuation)
            queue.async { [core] in
                do {
                    let subscription = try typed { try subscribe(core, watcher) }
                    continuation.onTermination = { _ in withExtendedLifetime(subscription) {} }
                    watcher.read()  // the current value comes first; what changes after the line above is a notice
                } catch {
                    continuation.finish(throwing: error)
                }
            }
        }
    }
}

private func newOnly<T: Equatable>(_ new: T, _ last: T?) -> T? { new == last ? nil : new }

/// What a call gives, or nil when there is no such record.
func orNil<T>(_ call: @autoclosure () throws -> T) throws -> T? {
    do { return try call() } catch CoreError.NotFound { return nil }
}

/// Waits for a call on a queue of its own, or, within a hook, on the thread that waits for it anyway; with typed errors.
func on<T: Sendable>(_ queue: DispatchQueue, _ call: @escaping @Sendable () throws -> T) async throws -> T {
    try await withCheckedThrowingContinuation { continuation in
        let work: @Sendable () -> Void = { continuation.resume(with: Result { try typed(call) }) }
        if HookThread.current?.take(work, orElseOn: queue) != true { queue.async(execute: work) }
    }
}

/// A copy with the change made to it.
func changed<T>(_ value: T, _ change: (inout T) -> Void) -> T {
    var copy = value
    change(&copy)
    return copy
}

/// Reads anew after a notice, one read at a time, and passes on what is new.
private final class Watcher<T: Sendable>: ObserverCallback, @unchecked Sendable {
    private let concerned: @Sendable (Notice) -> Bool
    private let next: @Sendable (T?) throws -> T?
    private let continuation: AsyncThrowingStream<T, any Error>.Continuation
    /// Guards `last`, and keeps reads and what they yield in the same order.
    private let lock = NSLock()
    private var last: T?

    init(
        concerned: @escaping @Sendable (Notice) -> Bool, next: @escaping @Sendable (T?) throws -> T?,
        _ continuation: AsyncThrowingStream<T, any Error>.Continuation
    ) {
        self.concerned = concerned
        self.next = next
        self.continuation = continuation
    }

    func onChange(notice: Notice) throws {
        if concerned(notice) { read() }
    }

    func read() {
        lock.lock()
        defer { lock.unlock() }
        do {
            guard let new = try next(last) else { return }
            last = new
            if case .terminated = continuation.yield(new) {
                continuation.onTermination = nil  // the reader left before this was set: let the subscription go
            }
        } catch FoodLensError.suspended {
            // The resume is a notice, too.
        } catch {
            continuation.finish(throwing: error)
        }
    }
}
