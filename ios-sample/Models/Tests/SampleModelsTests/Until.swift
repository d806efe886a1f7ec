import Foundation
import Observation
import XCTest

/// Waits as a view does: looks anew whenever something that the condition has read changes.
@MainActor
func until(_ fits: @escaping @MainActor () -> Bool, file: StaticString = #filePath, line: UInt = #line) async {
    let limit = Date(timeIntervalSinceNow: 30)
    while !fits() {
        guard await Change().happens(in: fits, before: limit) else {
            return XCTFail("no state that fits within 30 seconds", file: file, line: line)
        }
    }
}

/// The next change of what a condition reads, or the end of the time for it.
@MainActor
private final class Change {
    private var waiting: CheckedContinuation<Bool, Never>?

    func happens(in fits: @escaping @MainActor () -> Bool, before limit: Date) async -> Bool {
        let alarm = DispatchWorkItem { Task { @MainActor in self.end(false) } }
        DispatchQueue.global().asyncAfter(deadline: .now() + limit.timeIntervalSinceNow, execute: alarm)
        defer { alarm.cancel() }
        return await withCheckedContinuation { continuation in
            waiting = continuation
            withObservationTracking {
                _ = fits()
            } onChange: {
                Task { @MainActor in self.end(true) }  // it is told before the change
            }
        }
    }

    private func end(_ happened: Bool) {
        waiting?.resume(returning: happened)
        waiting = nil
    }
}
