import FoodLens
import Foundation

extension FoodLensBackgroundSync {
    /// Brings a first restore to its end, because a person has asked for it: call it in the foreground, on their tap, from a task
    /// of its own. Where the system has continued tasks (iOS 26) it goes on when the person leaves the app, and the system
    /// shows these texts and how far it is, and lets them cancel it. Elsewhere, and where the system refuses, it goes on as long
    /// as the app is in the foreground; the rest comes by the long task. A task that is cancelled ends its run.
    ///
    /// Info.plist: ``Options/restore`` in `BGTaskSchedulerPermittedIdentifiers`. How far it is, ``FoodLens/Session/status`` says.
    ///
    /// - Returns: `rest` when all is there, or only a person can help. `later` also when a restore is under way already.
    @discardableResult
    public func restore(title: String, subtitle: String) async -> AfterRun {
        guard restoring.begin() else { return .later }
        defer { restoring.end() }
        guard let task = await continued(title, subtitle) else {
            // No task of the system's: what runs here is given up when the app leaves the foreground.
            do {
                return await runner.run(longest: restoreLimit, try await session())
            } catch {
                return AfterRun.of(error)
            }
        }
        let work = Handling(task, after).start(well: \.whole) { await self.restore { task.report($0) } }
        return await withTaskCancellationHandler {
            await work.value.after
        } onCancel: {
            work.cancel()
        }
    }

    /// The system's task for it, or nil where it has none for us.
    private func continued(_ title: String, _ subtitle: String) async -> (any SystemTask)? {
        guard system.continues, restoring.register(options.restore, with: system) else { return nil }
        return await withCheckedContinuation { waiting in
            restoring.wait { waiting.resume(returning: $0) }
            do {
                try system.submitContinued(options.restore, title: title, subtitle: subtitle)
                // It is to be launched at once. A launch that comes later finds nobody.
                after(5) { [restoring] in restoring.launch(nil) }
            } catch {
                restoring.launch(nil)
            }
        }
    }

    private func restore(_ report: @escaping @Sendable (Int64) -> Void) async -> (after: AfterRun, whole: Bool) {
        do {
            return try await awake { session in
                guard let session else { return (.rest, false) }
                let told = Task {
                    for try await status in session.status { report(restored(status)) }
                }
                let after = await self.runner.run(longest: restoreLimit, session)
                told.cancel()
                _ = await told.result
                let last = try await session.now.map(restored) ?? 0
                report(last)
                return (after, last == 1_000)
            }
        } catch {
            return (AfterRun.of(error), false)
        }
    }
}

/// Longer than any restore; the system ends it before, if it likes.
private let restoreLimit: TimeInterval = 60 * 60

/// How far a first restore is, in thousandths. Where the backend does not say how much there is, it comes nearer to the end and
/// is never there.
func restored(_ status: SyncStatus) -> Int64 {
    guard let restore = status.restore else { return 1_000 }
    let total = max(restore.historyTotal ?? restore.records + 1_000, restore.records, 1)
    return min(restore.records * 1_000 / total, 999)
}

/// One restore at a time, and the launch that it waits for.
final class RestoreSlot: @unchecked Sendable {
    private let lock = NSLock()
    private var busy = false
    private var registered: Bool?
    private var waiting: ((any SystemTask)?) -> Void = { $0?.setTaskCompleted(success: true) }

    func begin() -> Bool {
        lock.withLock {
            defer { busy = true }
            return !busy
        }
    }

    func end() { lock.withLock { busy = false } }

    /// The handler can be registered once in the life of a process.
    func register(_ identifier: String, with system: any SystemTasks) -> Bool {
        if let registered = lock.withLock({ registered }) { return registered }
        let done = system.register(identifier) { self.launch($0) }
        lock.withLock { registered = done }
        return done
    }

    func wait(_ launched: @escaping ((any SystemTask)?) -> Void) { lock.withLock { waiting = launched } }

    /// The system has launched its task, or (nil) will not. Who comes second finds nobody, and a task that nobody waits for is
    /// over.
    func launch(_ task: (any SystemTask)?) {
        let waiting = lock.withLock {
            defer { self.waiting = { $0?.setTaskCompleted(success: true) } }
            return self.waiting
        }
        waiting(task)
    }
}
