import Foundation
import XCTest

/// What a sequence gave so far, and a way to wait for more.
final class Seen<T: Sendable>: @unchecked Sendable {
    private let lock = NSLock()
    private var values: [T] = []
    private var waiting: (wanted: (T) -> Bool, found: XCTestExpectation)?
    private var task: Task<Void, any Error>?

    init(_ sequence: AsyncThrowingStream<T, any Error>) {
        task = Task { [weak self] in
            for try await value in sequence { self?.add(value) }
        }
    }

    deinit { task?.cancel() }

    var first: T? { lock.withLock { values.first } }

    private func add(_ value: T) {
        lock.withLock {
            values.append(value)
            if let waiting, waiting.wanted(value) {
                waiting.found.fulfill()
                self.waiting = nil
            }
        }
    }

    func until(_ test: XCTestCase, _ wanted: @escaping (T) -> Bool) async throws {
        let found = test.expectation(description: "a value that fits")
        lock.withLock {
            if let last = values.last, wanted(last) { found.fulfill() } else { waiting = (wanted, found) }
        }
        await test.fulfillment(of: [found], timeout: 30)
    }
}
