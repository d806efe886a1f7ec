import XCTest

/// What can be told of the views without SwiftUI: each control has a name for VoiceOver, in the person's language.
final class ViewsTests: XCTestCase {
    /// Where controls are made of others, from a title that is handed in.
    private static let parts = ["Parts/ActionButton.swift"]

    func testEveryControlHasANameOutOfTheStrings() throws {
        var seen = 0
        for (file, text) in try SampleFiles.sources("App") where !Self.parts.contains(file) {
            let pattern = #"\b(?:Button|ActionButton|Toggle|TextField|Picker|NavigationLink|Menu|Stepper|DatePicker|Link)"#
            for control in try text.found(pattern + #"\s*[({]\s*[^\s,()]*\(?"#) {
                XCTAssert(control.hasSuffix("say("), "\(file): \(control)")
                seen += 1
            }
            for control in ["onTapGesture", "Image(", "accessibilityHidden"] {
                XCTAssertFalse(text.contains(control), "\(file): \(control)")
            }
        }
        XCTAssertGreaterThan(seen, 40)
    }

    func testNoTextIsWrittenInTheViews() throws {
        for (file, text) in try SampleFiles.sources("App") {
            XCTAssertEqual(try text.found(#"(?:Text|Label|Section|ProgressView|navigationTitle|Notice)\("[^"]*"\)"#), [], file)
            XCTAssertEqual(try text.found(#"(?:Text|Label|Section)\(verbatim: ""#), [], file)
        }
    }

    func testTextsGrowWithThePersonsSettings() throws {
        for (file, text) in try SampleFiles.sources("App") {
            let fixed = #"\.system\(size:|\.custom\("|\.frame\((?:width|height):|lineLimit|dynamicTypeSize"#
            XCTAssertEqual(try text.found(fixed), [], file)
            XCTAssertEqual(try text.found(#"Color\(red|\.black\b|\.white\b"#), [], "\(file): not to be seen on every ground")
        }
    }

    func testEachFileSaysWhatItIsFor() throws {
        for folder in ["App", "Models/Sources"] {
            for (file, text) in try SampleFiles.sources(folder) { XCTAssert(text.hasPrefix("// "), file) }
        }
    }

    func testModelsKnowNothingOfSwiftUI() throws {
        for (file, text) in try SampleFiles.sources("Models/Sources") {
            let imports = try Set(text.found(#"(?m)^import (\w+)$"#))
            let fitting: Set = ["FoodLens", "FoodLensObservation", "Foundation", "Observation"]
            XCTAssert(imports.isSubset(of: fitting), "\(file): \(imports)")
        }
    }
}
