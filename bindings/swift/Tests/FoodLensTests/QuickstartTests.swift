import FoodLens
import Foundation
import Quickstart
import XCTest

/// The lines that readers copy from the README, compiled and run as they stand; nobody listens at the backend's port.
final class QuickstartTests: XCTestCase {
    private struct SignedIn: Auth {
        func token() throws -> String { "token" }
    }

    func testTheQuickStartWorksWithoutANetwork() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: folder) }
        let shown = expectation(description: "the allergy is shown")
        shown.assertForOverFulfill = false
        let (session, report) = try await quickstart(
            directory: folder, baseURL: URL(string: "https://127.0.0.1:1")!, userID: "u", auth: SignedIn()
        ) { entries in
            if entries.map(\.content.allergen) == [.eu(.peanuts)] { shown.fulfill() }
        }
        await fulfillment(of: [shown], timeout: 30)
        guard case .retryAt = report.next else { return XCTFail("\(report.next)") }
        let queued = try await session.queue.list()
        XCTAssertEqual(queued.count, 2)
        try await session.close()
    }
}
