import Foundation
import XCTest

@testable import FoodLens

#if canImport(os)
import os
#endif

/// What belongs to the process and to the device: the log, the app's folder.
final class SystemTests: PhonesTestCase {
    private struct Keeps: LogSink {
        let lines = Box<[(level: LogLevel, text: String)]>([])

        func log(_ level: LogLevel, _ line: String) { lines.change { $0.append((level, line)) } }
    }

    override func tearDown() async throws {
        try FoodLens.setLogSink(nil)
        try FoodLens.setLogLevel(.info)
        try await super.tearDown()
    }

    func testTheSinkHasALineOfEachRunWithoutTokenUserAndContent() async throws {
        let keeps = Keeps()
        try FoodLens.setLogSink(keeps)
        let a = try await phone("a")
        try await a.allergies.add(custom: "canary")
        let report = try await a.sync()
        let lines = keeps.lines.value.filter { $0.text.contains(report.runId) }
        XCTAssertEqual(lines.map(\.level), [.info])
        for secret in ["canary", user, token] {
            XCTAssertFalse(keeps.lines.value.contains { $0.text.contains(secret) }, secret)
        }
        try FoodLens.setLogLevel(.off)
        let quiet = try await a.sync()
        try FoodLens.setLogLevel(.info)
        try FoodLens.setLogSink(nil)
        let nowhere = try await a.sync()
        let late = keeps.lines.value.filter { $0.text.contains(quiet.runId) || $0.text.contains(nowhere.runId) }
        XCTAssertEqual(late.map(\.text), [])
    }

    #if os(Linux)
    func testTheSystemsLogHasTheLinesAsTheyAre() async throws {
        try FoodLens.setLogSink(OSLogSink(category: user))
        let a = try await phone("a")
        let report = try await a.sync()
        let lines = SystemLog.shared.lines.filter { $0.logger == "dev.foodlens/\(user)" }
        XCTAssertEqual(lines.filter { $0.text.contains(report.runId) }.map(\.type), [.info])
    }
    #endif

    func testTheAppsFolderIsMadeAndThereAlreadyTheNextTime() throws {
        let root = try XCTUnwrap(folder)
        for _ in 0..<2 {
            let made = try FoodLens.folder(true) { _ in root }
            XCTAssertEqual(made.lastPathComponent, "FoodLens")
            XCTAssertTrue(FileManager.default.fileExists(atPath: made.path))
        }
    }

    func testAFolderThatCannotBeMadeIsAnErrorAndNoOtherPlaceIsTaken() async throws {
        let file = folder.appendingPathComponent("file")
        try Data().write(to: file)
        let error = await thrown { try FoodLens.folder(true) { _ in file } }
        guard case .storageUnavailable(let reason) = error else { return XCTFail("\(String(describing: error))") }
        XCTAssertFalse(reason.contains(file.path))
        XCTAssertEqual(error?.canRetry, true)
    }
}
