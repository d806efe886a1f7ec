import Foundation
import Security
import XCTest

@testable import FoodLensBackground

final class KeychainKeysTests: XCTestCase {
    private let (keychain, keys) = (Keychain.shared, KeychainKeys(service: "keys-\(UUID())"))

    override func setUp() { keychain.change { $0 = Keychain.State() } }

    func testAKeyIsMadeOnceForEachUserForThisDeviceAfterTheFirstUnlock() throws {
        let ana = try keys.key(userID: "ana")
        XCTAssertEqual(ana.count, 32)
        XCTAssertEqual(try keys.key(userID: "ana"), ana)
        XCTAssertNotEqual(try keys.key(userID: "ben"), ana)
        let items = keychain.change { $0.items.values.map { $0[kSecAttrAccessible] as? String } }
        XCTAssertEqual(items, Array(repeating: kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly, count: 2))
    }

    func testBeforeTheFirstUnlockThereIsNoKeyAndNoneIsMadeInItsPlace() throws {
        let key = try keys.key(userID: "ana")
        keychain.change { $0.locked = true }
        for user in ["ana", "ben"] {
            XCTAssertThrowsError(try keys.key(userID: user)) {
                XCTAssertEqual($0 as? KeychainKeys.Failure, KeychainKeys.Failure(status: errSecInteractionNotAllowed))
            }
        }
        keychain.change { $0.locked = false }
        XCTAssertEqual(try keys.key(userID: "ana"), key)
        XCTAssertEqual(keychain.change { $0.items.count }, 1)
    }

    func testTwoThatMakeItAtOnceHaveTheSameKey() throws {
        let (other, keys) = (Other(), keys)
        keychain.change { $0.afterNextSearch = { other.key = try? keys.key(userID: "ana") } }
        let key = try keys.key(userID: "ana")
        XCTAssertEqual(key, other.key)
    }

    private final class Other: @unchecked Sendable { var key: Data? }

    func testWhatIsNoKeyIsNotTakenForOne() {
        let keys = keys
        keychain.change { $0.afterNextSearch = { Keychain.shared.change { $0.locked = true } } }
        XCTAssertThrowsError(try keys.key(userID: "ana")) {
            XCTAssertEqual(($0 as? KeychainKeys.Failure)?.status, errSecInteractionNotAllowed)
        }
        XCTAssertEqual(keychain.change { $0.items.count }, 0)
    }
}
