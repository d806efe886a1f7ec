// Tokens for `foodlens-server --secret dev`, made on the phone: for development alone.
import CryptoKit
import FoodLens
import Foundation

/// An app asks its login server here, and throws when the person has to sign in again.
struct DevTokens: TokenProvider {
    private struct Claims: Encodable {
        let sub: String
        let exp: Int
    }

    func token(userID: String, refused: Bool) async throws -> AccessToken {
        let expires = Int(Date(timeIntervalSinceNow: 600).timeIntervalSince1970)
        let head = Self.encoded(Data(#"{"alg":"HS256","typ":"JWT"}"#.utf8))
        let body = Self.encoded(try JSONEncoder().encode(Claims(sub: userID, exp: expires)))
        let key = SymmetricKey(data: Data("dev".utf8))
        let signature = HMAC<SHA256>.authenticationCode(for: Data("\(head).\(body)".utf8), using: key)
        return AccessToken(userID: userID, value: "\(head).\(body).\(Self.encoded(Data(signature)))")
    }

    /// As a token has it: Base64 for addresses, without padding.
    private static func encoded(_ data: Data) -> String {
        data.base64EncodedString()
            .replacingOccurrences(of: "+", with: "-").replacingOccurrences(of: "/", with: "_")
            .trimmingCharacters(in: CharacterSet(charactersIn: "="))
    }
}
