import Foundation

// The Keychain as far as it is used, in memory. Names as in the SDK of iOS; a dictionary of Core Foundation is one of Swift here.

public typealias OSStatus = Int32
public typealias CFString = String
public typealias CFDictionary = [CFString: Any]
public typealias CFTypeRef = Any

public let errSecSuccess: OSStatus = 0
public let errSecInteractionNotAllowed: OSStatus = -25308
public let errSecDuplicateItem: OSStatus = -25299
public let errSecItemNotFound: OSStatus = -25300
public let kSecClass: CFString = "class"
public let kSecClassGenericPassword: CFString = "genp"
public let kSecAttrService: CFString = "svce"
public let kSecAttrAccount: CFString = "acct"
public let kSecAttrAccessible: CFString = "pdmn"
public let kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly: CFString = "cku"
public let kSecValueData: CFString = "v_Data"
public let kSecReturnData: CFString = "r_Data"
public let kSecMatchLimit: CFString = "m_Limit"
public let kSecMatchLimitOne: CFString = "m_LimitOne"

/// For tests: what the Keychain holds and says.
public final class Keychain: @unchecked Sendable {
    public static let shared = Keychain()

    public struct State {
        public var items: [String: CFDictionary] = [:]
        public var locked = false
        /// Done once, after the next search that finds nothing.
        public var afterNextSearch: (@Sendable () -> Void)?

        public init() {}
    }

    private let lock = NSLock()
    private var state = State()

    public func change<T>(_ body: (inout State) -> T) -> T { lock.withLock { body(&state) } }

    static func place(_ item: CFDictionary) -> String {
        [kSecClass, kSecAttrService, kSecAttrAccount].map { item[$0] as? String ?? "" }.joined(separator: "/")
    }
}

// swift-format-ignore: AlwaysUseLowerCamelCase
public func SecItemAdd(_ attributes: CFDictionary, _ result: UnsafeMutablePointer<CFTypeRef?>?) -> OSStatus {
    Keychain.shared.change { state in
        if state.locked { return errSecInteractionNotAllowed }
        let place = Keychain.place(attributes)
        if state.items[place] != nil { return errSecDuplicateItem }
        state.items[place] = attributes
        return errSecSuccess
    }
}

// swift-format-ignore: AlwaysUseLowerCamelCase
public func SecItemCopyMatching(_ query: CFDictionary, _ result: UnsafeMutablePointer<CFTypeRef?>?) -> OSStatus {
    let (status, data, then) = Keychain.shared.change { state -> (OSStatus, Any?, (@Sendable () -> Void)?) in
        if state.locked { return (errSecInteractionNotAllowed, nil, nil) }
        guard let item = state.items[Keychain.place(query)] else {
            defer { state.afterNextSearch = nil }
            return (errSecItemNotFound, nil, state.afterNextSearch)
        }
        return (errSecSuccess, item[kSecValueData], nil)
    }
    then?()
    result?.pointee = data
    return status
}
