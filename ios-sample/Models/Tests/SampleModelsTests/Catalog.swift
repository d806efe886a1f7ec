import Foundation
import XCTest

@testable import SampleModels

/// `Localizable.xcstrings`, as Xcode writes it.
struct Catalog: Decodable {
    struct Text: Decodable {
        let localizations: [String: Localization]
    }

    struct Localization: Decodable {
        let stringUnit: Unit?
        let variations: Variations?
    }

    struct Variations: Decodable {
        let plural: [String: Form]
    }

    struct Form: Decodable {
        let stringUnit: Unit
    }

    struct Unit: Decodable {
        let state: String
        let value: String
    }

    let sourceLanguage: String
    let strings: [String: Text]

    static func read() throws -> Catalog {
        try JSONDecoder().decode(Catalog.self, from: SampleFiles.data("App/Localizable.xcstrings"))
    }
}

/// One language of it, for tests: the system's own reading needs an app.
struct CatalogLanguage: Language {
    let catalog: Catalog
    let code: String

    func text(_ phrase: Phrase, _ arguments: [String]) -> String {
        let text = catalog.strings[phrase.rawValue]?.localizations[code]?.stringUnit?.value ?? "no \(phrase)"
        return arguments.enumerated().reduce(text) { $0.replacingOccurrences(of: "%\($1.offset + 1)$@", with: $1.element) }
    }

    func text(_ counted: Counted, _ number: Int) -> String {
        let forms = catalog.strings[counted.rawValue]?.localizations[code]?.variations?.plural
        let text = forms?[number == 1 ? "one" : "other"]?.stringUnit.value ?? "no \(counted)"
        return text.replacingOccurrences(of: "%lld", with: "\(number)")
    }

    func text(_ time: Date) -> String { "at \(Int(time.timeIntervalSince1970))" }
}
