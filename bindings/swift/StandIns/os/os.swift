import Foundation

// The system's log as far as it is used, kept in memory. Signatures as in the SDK of iOS.

public struct OSLogType: Equatable, Sendable {
    public let rawValue: UInt8
    public static let debug = OSLogType(rawValue: 2)
    public static let info = OSLogType(rawValue: 1)
    public static let error = OSLogType(rawValue: 16)
    public static let fault = OSLogType(rawValue: 17)
}

public enum OSLogPrivacy: Sendable { case `public`, `private` }

public struct OSLogMessage: ExpressibleByStringInterpolation, Sendable {
    public struct StringInterpolation: StringInterpolationProtocol, Sendable {
        var text = ""

        public init(literalCapacity: Int, interpolationCount: Int) {}
        public mutating func appendLiteral(_ literal: String) { text += literal }

        public mutating func appendInterpolation(
            _ value: @autoclosure () -> String, privacy: OSLogPrivacy = .private
        ) {
            text += privacy == .public ? value() : "<private>"
        }
    }

    let text: String

    public init(stringLiteral value: String) { text = value }
    public init(stringInterpolation: StringInterpolation) { text = stringInterpolation.text }
}

public struct Logger: Sendable {
    private let name: String

    public init(subsystem: String, category: String) { name = "\(subsystem)/\(category)" }

    public func log(level: OSLogType, _ message: OSLogMessage) { SystemLog.shared.add(name, level, message.text) }
}

/// For tests: what was logged.
public final class SystemLog: @unchecked Sendable {
    public struct Line: Equatable, Sendable {
        public let logger: String
        public let type: OSLogType
        public let text: String
    }

    public static let shared = SystemLog()
    private let lock = NSLock()
    private var kept: [Line] = []

    public var lines: [Line] { lock.withLock { kept } }

    func add(_ logger: String, _ type: OSLogType, _ text: String) {
        lock.withLock { kept.append(Line(logger: logger, type: type, text: text)) }
    }
}
