import FoodLens
import Foundation
import XCTest

/// A file that is damaged gives way to a fresh one.
final class RecoveryTests: PhonesTestCase {
    func testADamagedFileIsSetAsideAsItWasAndTheRestComesFromTheServer() async throws {
        let library = try library("a")
        let a = try await library.session(userID: user)
        try await a.allergies.add(.milk)
        _ = try await a.sync()
        try await a.close()
        let damaged = Data(repeating: 0xA5, count: 8_192)
        try damaged.write(to: database("a"))
        let error = await thrown { try await library.session(userID: self.user) }
        guard case .corrupt = error else { return XCTFail("\(String(describing: error))") }
        let recovery = try await library.recover(userID: user)
        XCTAssertEqual(try Data(contentsOf: XCTUnwrap(recovery.setAside)), damaged)
        XCTAssertEqual([recovery.salvaged, recovery.unreadable], [0, 0])
        XCTAssertFalse(recovery.complete)
        let before = try await recovery.session.allergies.list()
        XCTAssertFalse(before.complete)
        _ = try await recovery.session.sync()
        let after = try await recovery.session.allergies.list()
        XCTAssertEqual(after.entries.count, 1)
        XCTAssertTrue(after.complete)
        try await recovery.session.close()
    }

    func testAQueueThatCanStillBeReadIsSalvagedAndASoundFileIsLeftAlone() async throws {
        let library = try library("a")
        let a = try await library.session(userID: user)
        try await a.allergies.add(.milk)
        let queued = try await a.queue.list().map(\.id)
        try await a.close()
        let sound = try await library.recover(userID: user)
        XCTAssertNil(sound.setAside)
        XCTAssertTrue(sound.complete)
        try await sound.session.close()
        // A count of free pages that is not true.
        let file = try database("a")
        var bytes = try Data(contentsOf: file)
        bytes[39] = 7
        try bytes.write(to: file)
        let recovery = try await library.recover(userID: user)
        XCTAssertNotNil(recovery.setAside)
        XCTAssertEqual(recovery.salvaged, 2)
        XCTAssertTrue(recovery.complete)
        let again = try await recovery.session.queue.list().map(\.id)
        XCTAssertEqual(again, queued)
        try await recovery.session.close()
    }

    private func database(_ name: String) throws -> URL {
        let place = folder.appendingPathComponent(name)
        let files = try FileManager.default.contentsOfDirectory(at: place, includingPropertiesForKeys: nil)
        return try XCTUnwrap(files.first { $0.pathExtension == "db" })
    }
}
