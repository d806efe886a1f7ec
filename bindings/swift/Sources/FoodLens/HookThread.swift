import Foundation

// The core calls its hooks on the thread of the run and waits there. A hook of the app is asynchronous and runs on Swift's
// pool; what it asks of the library comes back to the waiting thread: were it sent to a queue, it could wait for the very
// thread that waits for the hook.

/// A thread that waits for a hook, and does what the hook asks of the library meanwhile.
final class HookThread: @unchecked Sendable {
    /// Set within a hook, and in the tasks that it starts.
    @TaskLocal static var current: HookThread?

    private let condition = NSCondition()
    private var waiting: [(work: @Sendable () -> Void, queue: DispatchQueue)] = []
    private var over = false

    /// Leaves work for the thread; false when it waits no more.
    func take(_ work: @escaping @Sendable () -> Void, orElseOn queue: DispatchQueue) -> Bool {
        condition.withLock {
            if !over {
                waiting.append((work, queue))
                condition.signal()
            }
            return !over
        }
    }

    /// Lets the thread go. Work that it did not come to goes to the queues.
    func end() {
        let left = condition.withLock {
            over = true
            condition.signal()
            defer { waiting = [] }
            return waiting
        }
        for (work, queue) in left { queue.async(execute: work) }
    }

    /// Does the work that comes, until the end.
    func workUntilTheEnd() {
        while let work = next() { work() }
    }

    private func next() -> (@Sendable () -> Void)? {
        condition.withLock {
            while waiting.isEmpty, !over { condition.wait() }
            return over ? nil : waiting.removeFirst().work
        }
    }
}

/// The hook that a run waits for: it ends with the run.
final class HookOfRun: @unchecked Sendable {
    private static let key = "dev.foodlens.hook-of-run"
    private let lock = NSLock()
    private var cancelled = false
    private var end: (@Sendable () -> Void)?

    /// Of the run on this thread, if there is one that can be cancelled.
    static var current: HookOfRun? { Thread.current.threadDictionary[key] as? HookOfRun }

    /// Makes the hooks that are called on this thread during the call end with ``cancel()``.
    func during<T>(_ call: () throws -> T) rethrows -> T {
        let before = HookOfRun.current
        Thread.current.threadDictionary[HookOfRun.key] = self
        defer { Thread.current.threadDictionary[HookOfRun.key] = before }
        return try call()
    }

    /// A hook begins, and is told the end by this; nil: none is under way.
    func began(_ end: (@Sendable () -> Void)?) {
        let tooLate = lock.withLock {
            self.end = end
            return cancelled
        }
        if tooLate { end?() }
    }

    func cancel() {
        let end = lock.withLock {
            cancelled = true
            return self.end
        }
        end?()
    }
}

/// Runs a hook of the app and waits on this thread, to its end or to that of its run, whichever comes first: a hook that
/// does not hear of its cancellation holds no run up.
func waitHere<T: Sendable>(for hook: @escaping @Sendable () async throws -> T) throws -> T {
    let (thread, answer) = (HookThread(), Answer<T>())
    let task = Task {
        await HookThread.$current.withValue(thread) {
            do { answer.set(.success(try await hook())) } catch { answer.set(.failure(error)) }
        }
        thread.end()
    }
    let run = HookOfRun.current
    run?.began {
        task.cancel()
        thread.end()
    }
    defer { run?.began(nil) }
    thread.workUntilTheEnd()
    guard let given = answer.get() else { throw CancellationError() }
    return try given.get()
}

/// What a hook gave, if it did.
private final class Answer<T: Sendable>: @unchecked Sendable {
    private let lock = NSLock()
    private var given: Result<T, any Error>?

    func set(_ result: Result<T, any Error>) { lock.withLock { given = result } }
    func get() -> Result<T, any Error>? { lock.withLock { given } }
}
