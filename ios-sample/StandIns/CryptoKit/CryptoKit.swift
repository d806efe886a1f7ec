// Of CryptoKit, what the app uses.
import Foundation

public struct SHA256 {}

public struct SymmetricKey: Sendable {
    public init(data: some DataProtocol) {}
}

public struct HMAC<H> {
    public struct MAC: Sequence {
        public func makeIterator() -> Array<UInt8>.Iterator { fatalError("a stand-in") }
    }

    public static func authenticationCode(for data: some DataProtocol, using key: SymmetricKey) -> MAC {
        fatalError("a stand-in")
    }
}
