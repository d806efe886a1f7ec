import Foundation

/// JSON as it is compared and kept: numbers of the contract are whole.
enum JSON: Hashable, Sendable {
    case null
    case bool(Bool)
    case number(Int64)
    case real(Double)
    case text(String)
    case list([JSON])
    case object([String: JSON])

    static func read(_ data: Data) throws -> JSON { try JSONDecoder().decode(JSON.self, from: data) }

    var data: Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(self)) ?? Data()
    }

    subscript(_ name: String) -> JSON? { fields?[name] }

    var fields: [String: JSON]? { if case .object(let fields) = self { fields } else { nil } }
    var items: [JSON]? { if case .list(let items) = self { items } else { nil } }
    var string: String? { if case .text(let text) = self { text } else { nil } }
    var whole: Int64? { if case .number(let number) = self { number } else { nil } }

    /// With these fields in the place of its own, or beside them.
    func with(_ more: [String: JSON]) -> JSON { .object((fields ?? [:]).merging(more) { $1 }) }
}

extension JSON: Codable {
    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let bool = try? value.decode(Bool.self) {
            self = .bool(bool)
        } else if let number = try? value.decode(Int64.self) {
            self = .number(number)
        } else if let real = try? value.decode(Double.self) {
            self = .real(real)
        } else if let text = try? value.decode(String.self) {
            self = .text(text)
        } else if let items = try? value.decode([JSON].self) {
            self = .list(items)
        } else {
            self = .object(try value.decode([String: JSON].self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var value = encoder.singleValueContainer()
        switch self {
        case .null: try value.encodeNil()
        case .bool(let bool): try value.encode(bool)
        case .number(let number): try value.encode(number)
        case .real(let real): try value.encode(real)
        case .text(let text): try value.encode(text)
        case .list(let items): try value.encode(items)
        case .object(let fields): try value.encode(fields)
        }
    }
}
