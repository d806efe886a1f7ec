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

    /// What ``runInPages(progress:lines:)`` would report now, handed out as it is found: before an error, too. Stores nothing.
    ///
    /// - Parameter lines: told as ``runInPages(progress:lines:)`` tells it.
    /// - Throws: as ``run(progress:)``.
    @discardableResult
    public func previewInPages(lines: @escaping @Sendable ([LegacyRecord]) -> Void) async throws -> LegacyReport {
        try await on(queue) { [begin] in try begin().previewInPages(lines: LinesAdapter(lines)) }
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
        let told = progress.map(ProgressAdapter.init)
        return try await running { try $0.run(progress: told) }
    }

    /// As ``run(progress:)``, for old data of any size: the lines of the report are handed out at its end, in order and at most
    /// 1,000 at a time, and the report's `records` are empty. However many records there are, it takes no more memory beside
    /// the text.
    ///
    /// - Parameters:
    ///   - progress: as ``run(progress:)`` tells it.
    ///   - lines: told on the thread that imports; keep it short.
    /// - Throws: as ``run(progress:)``.
    @discardableResult
    public func runInPages(
        progress: (@Sendable (LegacyProgress) -> Void)? = nil, lines: @escaping @Sendable ([LegacyRecord]) -> Void
    ) async throws -> LegacyReport {
        let (told, handed) = (progress.map(ProgressAdapter.init), LinesAdapter(lines))
        return try await running { try $0.runInPages(progress: told, lines: handed) }
    }

    private func running(
        _ body: @escaping @Sendable (CoreLegacyImport) throws -> LegacyReport
    ) async throws -> LegacyReport {
        let begun = try await on(queue, begin)
        return try await withTaskCancellationHandler {
            try await on(queue) { try body(begun) }
        } onCancel: {
            try? begun.cancel()
        }
    }
}

final class ProgressAdapter: ProgressCallback {
    private let progress: @Sendable (LegacyProgress) -> Void

    init(_ progress: @escaping @Sendable (LegacyProgress) -> Void) { self.progress = progress }

    func onProgress(soFar: LegacyProgress) throws { progress(soFar) }
}

final class LinesAdapter: LegacyLinesCallback {
    private let lines: @Sendable ([LegacyRecord]) -> Void

    init(_ lines: @escaping @Sendable ([LegacyRecord]) -> Void) { self.lines = lines }

    func onLines(lines: [LegacyRecord]) throws { self.lines(lines) }
}
