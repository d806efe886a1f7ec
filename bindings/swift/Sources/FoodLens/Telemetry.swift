import FoodLensFFI
import Foundation

/// Something that happened in a run of sync: ids, counts, codes and durations only, no token, no URL, no record content.
/// Its text (`description`, `dump`, a log) does not show the user's id, which is often an e-mail address.
public struct TelemetryEvent: Sendable, CustomStringConvertible, CustomReflectable {
    /// Whose run it is.
    public let userID: String
    /// The run, as in its report and in the logs.
    public let runID: String
    /// When, device time.
    public let at: Date
    /// What: a run began, a request ended, an operation was parked, a run ended.
    public let what: Happened

    public init(userID: String, runID: String, at: Date, what: Happened) {
        self.userID = userID
        self.runID = runID
        self.at = at
        self.what = what
    }

    public var description: String { "TelemetryEvent(runID=\(runID), at=\(at), what=\(what))" }
    public var customMirror: Mirror { Mirror(self, children: ["runID": runID, "at": at, "what": what]) }
}

/// Takes events for the app's own monitoring.
public protocol Telemetry: Sendable {
    /// Something happened. Called on the thread that syncs, with no lock held; keep it short. When it throws, whatever it
    /// throws, the run goes on.
    func onEvent(_ event: TelemetryEvent) throws
}

final class TelemetryAdapter: TelemetryCallback {
    private let telemetry: any Telemetry

    init(_ telemetry: any Telemetry) { self.telemetry = telemetry }

    func onEvent(event: CoreTelemetryEvent) throws {
        do {
            try telemetry.onEvent(
                TelemetryEvent(userID: event.userId, runID: event.runId, at: event.at, what: event.what))
        } catch {
            throw HookError.Failed
        }
    }
}
