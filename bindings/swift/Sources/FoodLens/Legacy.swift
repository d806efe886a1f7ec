import FoodLensFFI
import Foundation

/// An import of old data, to be looked at before, watched, cancelled and run again: see ``Session/legacyImport(json:)``,
/// ``Session/resumeLegacyImport()`` and ``FoodLens/adopt(from:into:)``.
public final class LegacyImport: Sendable {
    private let begin: @Sendable () throws -> CoreLegacyImport
    /// An import may take long: it has its own thread, and reads never wait for it.
    private let queue = DispatchQueue(label: "dev.foodlens.import", qos: .utility)

    init(_ begin: @escaping @Sendable () throws -> CoreLegacyImport) { self.begin = begin }

    /// What ``run(progress:)`` would report now. Stores nothing.
    ///
    /// - Throws: as ``run(progress:)``.
    public func preview() async throws -> LegacyReport {
        try await on(queue) { [begin] in try begin().preview() }
    }

    /// Imports, in steps of at most 200 records, each of them durable. When the task is cancelled, it ends after its step, or
    /// never begins, and its report says that it is not `complete`. After that, a kill or an error, another run (of another
    /// import of the same data, too) does what is left, and its report is that of the whole. Repeatable: what was taken
    /// over once is not taken again, also when it was deleted since.
    ///
    /// - Parameter progress: told after every step, on the thread that imports; keep it short.
    /// - Throws: ``FoodLensError/legacyFormat(reason:)`` when the text as a whole is no export, or an import is to go on whose
    ///   text was never stored to its end: nothing is imported. ``FoodLensError/notFound(reason:)`` when there is no snapshot
    ///   to go on with, or nobody used this device under the user to adopt from. ``FoodLensError/notAnonymous(reason:)`` when
    ///   the data of the user to adopt from have been at the server.
    @discardableResult
    public func run(progress: (@Sendable (LegacyProgress) -> Void)? = nil) async throws -> LegacyReport {
        let running = try await on(queue, begin)
        let told = progress.map(ProgressAdapter.init)
        return try await withTaskCancellationHandler {
            try await on(queue) { try running.run(progress: told) }
        } onCancel: {
            try? running.cancel()
        }
    }
}

final class ProgressAdapter: ProgressCallback {
    private let progress: @Sendable (LegacyProgress) -> Void

    init(_ progress: @escaping @Sendable (LegacyProgress) -> Void) { self.progress = progress }

    func onProgress(soFar: LegacyProgress) throws { progress(soFar) }
}
