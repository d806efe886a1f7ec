import FoodLensFFI

#if canImport(os)
import os
#endif

/// Takes the log's lines, see ``FoodLens/setLogSink(_:)``.
public protocol LogSink: Sendable {
    /// A line, and how bad it is (never `off`). Called from any thread, and while the library holds locks of its own: return at
    /// once, and call nothing of the library.
    func log(_ level: LogLevel, _ line: String)
}

final class LogAdapter: LogCallback {
    private let sink: any LogSink

    init(_ sink: any LogSink) { self.sink = sink }

    func onLine(level: LogLevel, line: String) throws { sink.log(level, line) }
}

#if canImport(os)
/// The system's log: Console, `log collect`. Lines are public, since they hold ids and codes, no content.
public struct OSLogSink: LogSink {
    private let logger: Logger

    /// A sink of this subsystem and category.
    public init(subsystem: String = "dev.foodlens", category: String = "core") {
        logger = Logger(subsystem: subsystem, category: category)
    }

    public func log(_ level: LogLevel, _ line: String) {
        logger.log(level: OSLogSink.type(level), "\(line, privacy: .public)")
    }

    private static func type(_ level: LogLevel) -> OSLogType {
        switch level {
        case .off, .debug: .debug
        case .info: .info
        case .warn: .error
        case .error: .fault
        }
    }
}
#endif
