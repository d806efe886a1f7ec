import XCTest

/// A desk for each test; what is open is closed after it.
class SampleTestCase: XCTestCase {
    @MainActor private(set) static var desks: [Desk] = []

    override func tearDown() async throws {
        for desk in await SampleTestCase.takeAll() { try await desk.close() }
    }

    @MainActor
    static func desk(_ options: [String] = []) throws -> Desk {
        let desk = try Desk(options)
        desks.append(desk)
        return desk
    }

    @MainActor
    private static func takeAll() -> [Desk] {
        defer { desks = [] }
        return desks
    }
}
