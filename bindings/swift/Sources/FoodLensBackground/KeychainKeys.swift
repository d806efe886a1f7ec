#if canImport(Security)
import FoodLens
import Foundation
import Security

/// Keys of the users' databases: 32 random bytes for each user, in the Keychain, readable after the first unlock and on this
/// device only. Before the first unlock there is no key (``FoodLensError/keyUnavailable(reason:)``), and none is made in its
/// place: the old one is back after the unlock.
public struct KeychainKeys: KeyProvider {
    /// What the Keychain said in the place of a key.
    public struct Failure: Error, Equatable, Sendable {
        /// Its `OSStatus`.
        public let status: Int32
    }

    private static let length = 32
    private let service: String

    /// Keys under this name, of the app alone.
    public init(service: String = "dev.foodlens.database-key") { self.service = service }

    /// The key of this user; made at the first time.
    public func key(userID: String) throws -> Data {
        if let key = try find(userID) { return key }
        var random = SystemRandomNumberGenerator()
        let key = Data((0..<KeychainKeys.length).map { _ in UInt8.random(in: 0...255, using: &random) })
        var item = place(userID)
        item[kSecValueData] = key
        item[kSecAttrAccessible] = kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly
        let status = SecItemAdd(item as CFDictionary, nil)
        if status == errSecDuplicateItem, let other = try find(userID) { return other }  // made at the same moment
        guard status == errSecSuccess else { throw Failure(status: status) }
        return key
    }

    /// Nil only where the Keychain says for certain that there is none.
    private func find(_ userID: String) throws -> Data? {
        var query = place(userID)
        query[kSecReturnData] = true
        query[kSecMatchLimit] = kSecMatchLimitOne
        var found: CFTypeRef?
        let status = SecItemCopyMatching(query as CFDictionary, &found)
        if status == errSecItemNotFound { return nil }
        guard status == errSecSuccess, let key = found as? Data else { throw Failure(status: status) }
        return key
    }

    private func place(_ userID: String) -> [CFString: Any] {
        [kSecClass: kSecClassGenericPassword, kSecAttrService: service, kSecAttrAccount: userID]
    }
}
#endif
