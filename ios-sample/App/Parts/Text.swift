// What a person typed.
import Foundation

extension String {
    var isBlank: Bool { allSatisfy(\.isWhitespace) }

    /// Nothing typed is nothing said.
    var orNil: String? { isBlank ? nil : self }
}
