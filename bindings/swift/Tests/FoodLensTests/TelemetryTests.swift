import FoodLens
import Foundation
import XCTest

private struct Canary: Error, CustomStringConvertible {
    let description = "canary"
}

/// Keeps what it is told, and throws all the same where a test wants that.
private final class Sink: Telemetry {
    let events = Box<[TelemetryEvent]>([])
    private let throwing: Bool

    init(throwing: Bool = false) { self.throwing = throwing }

    func onEvent(_ event: TelemetryEvent) throws {
        events.change { $0.append(event) }
        if throwing { throw Canary() }
    }
}

final class TelemetryTests: PhonesTestCase {
    func testARunTellsItsRequestsAndHowItEndedWithoutContent() async throws {
        let sink = Sink()
        let a = try await phone("a", telemetry: sink)
        try await a.allergies.add(custom: "canary")
        let report = try await a.sync()
        let events = sink.events.value
        XCTAssert(events.allSatisfy { $0.userID == user && $0.runID == report.runId })
        XCTAssertEqual(events.first?.what, .runStarted)
        guard case .runEnded(let told, let duration) = events.last?.what else { return XCTFail("\(events)") }
        XCTAssertEqual(told, report)
        XCTAssertGreaterThanOrEqual(duration, 0)
        var batches = 0
        for case .request(_, "batch", let operations, let sent, let received, let status, _, _) in events.map(\.what) {
            batches += 1
            XCTAssertEqual(operations, 2)
            XCTAssertEqual(status, 200)
            XCTAssert(sent > 0 && received > 0)
        }
        XCTAssertEqual(batches, 1)
        for event in events {
            var dumped = ""
            dump(event, to: &dumped)
            for text in ["\(event)", String(reflecting: event), dumped] {
                XCTAssertFalse(["canary", user, token].contains { text.contains($0) }, text)
            }
        }
    }

    func testAParkedOperationIsToldWithItsReason() async throws {
        let sink = Sink()
        let a = try await phone("a", telemetry: sink)
        _ = try await a.sync()
        try await a.history.add(HistoryContent(kind: .scan, occurredAt: Date(timeIntervalSince1970: 0)))
        try await server.fault(#"{"endpoint":"batch","times":1,"fault":"status","status":422}"#)
        let report = try await a.sync()
        XCTAssertEqual(report.next, .needsPerson)
        let queued = try await a.queue.list()
        var parked: [OperationId] = []
        for case .operationParked(let id, .history, .create, .refused, _, _, _) in sink.events.value.map(\.what) {
            parked.append(id)
        }
        XCTAssertEqual(parked, queued.map(\.id))
        XCTAssertEqual(parked.count, 1)
    }

    func testASinkThatThrowsHurtsNoRunAndHearsTheNextEvent() async throws {
        let sink = Sink(throwing: true)
        let a = try await phone("a", telemetry: sink)
        try await a.allergies.add(.celery)
        let report = try await a.sync()
        XCTAssertEqual(report.next, .done)
        let left = try await a.queue.list()
        XCTAssertEqual(left, [])
        let events = sink.events.value
        guard case .runEnded = events.last?.what else { return XCTFail("\(events)") }
        XCTAssertGreaterThan(events.count, 2)
    }
}
