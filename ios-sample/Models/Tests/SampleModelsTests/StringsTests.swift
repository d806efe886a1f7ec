import FoodLens
import XCTest

@testable import SampleModels

/// Both languages say everything, and nothing else.
final class StringsTests: XCTestCase {
    private static let languages = ["de", "en"]

    func testEveryKeyIsInBothLanguagesAndInTheAppAndTheOtherWayRound() throws {
        let catalog = try Catalog.read()
        XCTAssertEqual(catalog.sourceLanguage, "en")
        let phrases = Phrase.allCases.map(\.rawValue)
        let counted = Counted.allCases.map(\.rawValue)
        XCTAssertEqual(Set(catalog.strings.keys), Set(phrases + counted))
        for (key, text) in catalog.strings {
            XCTAssertEqual(text.localizations.keys.sorted(), Self.languages, key)
            for localization in text.localizations.values {
                let forms = localization.variations?.plural
                XCTAssertEqual(forms?.keys.sorted(), counted.contains(key) ? ["one", "other"] : nil, key)
                for unit in units(localization) {
                    XCTAssertEqual(unit.state, "translated", key)
                    XCTAssertFalse(unit.value.allSatisfy(\.isWhitespace), key)
                }
            }
        }
    }

    func testBothLanguagesNameTheSameArguments() throws {
        for (key, text) in try Catalog.read().strings {
            let arguments = try text.localizations.values.flatMap(units).map { try $0.value.found(#"%\d\$@|%lld|%."#).sorted() }
            XCTAssertEqual(Set(arguments).count, 1, "\(key): \(arguments)")
            if Counted(rawValue: key) != nil { XCTAssertEqual(arguments.first, ["%lld"], key) }
        }
    }

    func testTheTwoLanguagesDiffer() throws {
        let same = try Catalog.read().strings.filter { $0.value.localizations.values.compactMap(\.stringUnit?.value).isSame }
        XCTAssertLessThan(same.count, 8, "not translated: \(same.keys.sorted())")
    }

    func testEveryPhraseIsSaidSomewhere() throws {
        let models = try SampleFiles.sources("Models/Sources").filter { !$0.name.hasSuffix("Phrase.swift") }
        let said = try Set((models + SampleFiles.sources("App")).flatMap { try $0.text.found(#"\.(\w+)"#) })
        let all = Phrase.allCases.map(\.rawValue) + Counted.allCases.map(\.rawValue)
        XCTAssertEqual(all.filter { !said.contains($0) }, [])
    }

    func testWhatTheLibraryCanSayHasAPhraseOfItsOwn() {
        let all = EuAllergen.allCases.map(\.phrase) + FailureReason.allCases.map(\.phrase) + Problem.allCases.map(\.phrase)
        XCTAssertEqual(Set(all).count, all.count)
        XCTAssertEqual(Allergen.name(ofMatch: "peanuts"), .phrase(.allergenPeanuts))
        XCTAssertEqual(Allergen.name(ofMatch: "dust"), .verbatim("dust"))
    }

    func testSentencesAreWhatAPersonReads() throws {
        let catalog = try Catalog.read()
        let (english, german) = (CatalogLanguage(catalog: catalog, code: "en"), CatalogLanguage(catalog: catalog, code: "de"))
        let peanuts = AllergyContent(allergen: .eu(.peanuts), severity: nil, notes: "in sauces")
        XCTAssertEqual(
            RecordContent.allergy(peanuts).summary.text(in: english), "Peanuts, Severity not stated, in sauces")
        XCTAssertEqual(
            Meaning.staysAs(.custom("Kiwi"), .severe).saying.text(in: german), "Dann auf allen deinen Geräten: Kiwi, Schwer.")
        XCTAssertEqual(
            Banner.offline(waiting: 1).saying.text(in: english),
            "The server cannot be reached. You see what this phone knows. 1 change waits to be sent.")
        XCTAssertEqual(Banner.paused(waiting: 0).saying.text(in: english), "Sync is paused.")
        XCTAssertEqual(Banner.restoring(records: 7).saying.text(in: english), "Fetching your data: 7 records so far.")
        XCTAssertEqual(Badge.failed(nil).saying.text(in: english), "Not accepted by the server")
        XCTAssertEqual(Badge.failed(.tooLarge).saying.text(in: english), "Not sent: too large")
        XCTAssertEqual(RecordContent.profile(ProfileContent()).summary.text(in: english), "(empty)")
        let sides = Sides(here: AllergyContent(allergen: .eu(.milk), severity: .mild), there: nil)
        XCTAssertEqual(sides.sayings.map { $0.text(in: english) }, ["One side: Milk, Mild", "Other side: Removed"])
        let oldest = Date(timeIntervalSince1970: 5)
        let unsent = SignOutPreview(unsent: 2, failed: 0, conflicts: 1, oldestUnsentAt: oldest, lastEdit: 0)
        XCTAssertEqual(
            unsent.sayings.map { $0.text(in: english) },
            ["2 changes have not been sent.", "1 question needs your answer.", "The oldest is from at 5."])
        XCTAssertEqual(SignOutPreview(unsent: 0, failed: 0, conflicts: 0, oldestUnsentAt: nil, lastEdit: 0).sayings, [])
    }

    private func units(_ localization: Catalog.Localization) -> [Catalog.Unit] {
        [localization.stringUnit].compactMap { $0 } + (localization.variations?.plural.values.map(\.stringUnit) ?? [])
    }
}

extension [String] {
    fileprivate var isSame: Bool { count > 1 && Set(self).count == 1 }
}
