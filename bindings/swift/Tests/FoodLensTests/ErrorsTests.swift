import Foundation
import XCTest

@testable import FoodLens

final class ErrorsTests: PhonesTestCase {
    func testTextOverTheLimitNamesTheFieldAndTheRuleAndStoresNothing() async throws {
        let a = try await phone("a")
        let notes = String(repeating: "canary", count: 1_000)
        let error = await thrown { try await a.allergies.add(AllergyContent(allergen: .eu(.milk), notes: notes)) }
        XCTAssertEqual(error, .invalid(field: "notes", rule: .tooLong(limit: 4_000)))
        let (list, queued) = (try await a.allergies.list(), try await a.queue.list())
        XCTAssertEqual(list.entries, [])
        XCTAssertEqual(queued, [])
    }

    func testWhatIsNotThereIsNotFound() async throws {
        let a = try await phone("a")
        guard case .notFound = await thrown({ try await a.allergies.get(UUID()) }) else {
            return XCTFail("not found")
        }
        let found = try await a.allergies.find(UUID())
        XCTAssertNil(found)
    }

    func testNoneCannotBeConfirmedWhileTheListHoldsSome() async throws {
        let a = try await phone("a")
        let id = try await a.allergies.add(custom: "kiwi")
        guard case .invalid(_, rule: .listNotEmpty) = await thrown({ try await a.allergies.confirmNone() }) else {
            return XCTFail("confirmed")
        }
        try await a.allergies.remove(id)
        try await a.allergies.confirmNone()
        let confirmed = try await a.allergies.list()
        XCTAssertEqual(confirmed.state, .confirmedNone)
        try await a.allergies.setUnknown()
        let unknown = try await a.allergies.list()
        XCTAssertEqual(unknown.state, .unknown)
    }

    func testAPanicInsideTheLibraryIsATypedErrorAndTheNextCallWorks() async throws {
        let a = try await phone("a")
        guard case .internal = await thrown({ try await a.calls.run { try $0.panicForTest() } }) else {
            return XCTFail("no typed error")
        }
        try await a.allergies.add(.molluscs)
        let list = try await a.allergies.list()
        XCTAssertEqual(list.entries.count, 1)
    }

    func testAClosedSessionSaysSoAndANewOneHasEverything() async throws {
        let a = try await phone("a")
        try await a.allergies.add(.soybeans)
        try await a.close()
        guard case .closed = await thrown({ try await a.allergies.list() }) else { return XCTFail("list") }
        guard case .closed = await thrown({ try await a.sync() }) else { return XCTFail("sync") }
        let again = try await phone("a").allergies.list()
        XCTAssertEqual(again.entries.count, 1)
    }

    func testClearTextToAnotherMachineIsAMistakeOfTheApp() async throws {
        let error = await thrown {
            try FoodLens(
                dataDirectory: FileManager.default.temporaryDirectory, baseURL: URL(string: "http://example.com")!
            ) { user, _ in AccessToken(userID: user, value: "t") }
        }
        guard case .config = error else { return XCTFail("\(String(describing: error))") }
    }

    func testKeysAreAskedForCheckedAndNeverIgnoredByALibraryWithoutEncryption() async throws {
        try await self.library("a").session(userID: "anonymous").close()
        let keys = Keys { Data(count: 32) }
        let library = try library("a", keys: keys)
        guard case .config = await thrown({ try await library.session(userID: self.user) }) else {
            return XCTFail("opened")
        }
        XCTAssertEqual(keys.asked.value, [user])
        keys.gives.change { $0 = { Data(count: 31) } }
        let refused = FoodLensError.invalid(field: "key", rule: .form(expected: "32 bytes"))
        let calls: [() async throws -> Any] = [
            { try await library.session(userID: self.user) },
            { try await library.signedInSession(userID: self.user) },
            { try await library.adopt(from: "anonymous", into: self.user).run() },
            { try await library.recover(userID: self.user) },
        ]
        for call in calls {
            let error = await thrown(call)
            XCTAssertEqual(error, refused)
        }
        keys.gives.change { $0 = { throw Gate.Shut() } }
        let locked = await thrown { try await library.session(userID: self.user) }
        guard case .keyUnavailable = locked else { return XCTFail("\(String(describing: locked))") }
        XCTAssertEqual(locked?.canRetry, true)
        let plain = try self.library("b")
        let short = await thrown { try await plain.rekey(userID: self.user, newKey: Data(count: 33)) }
        XCTAssertEqual(short, refused)
        guard case .config = await thrown({ try await plain.rekey(userID: self.user, newKey: Data(count: 32)) }) else {
            return XCTFail("written anew")
        }
    }
}

/// Gives what a test wants, and notes for whom.
private final class Keys: KeyProvider {
    let gives: Box<() throws -> Data>
    let asked = Box<[String]>([])

    init(_ gives: @escaping () throws -> Data) { self.gives = Box(gives) }

    func key(userID: String) throws -> Data {
        asked.change { $0.append(userID) }
        return try gives.value()
    }
}
