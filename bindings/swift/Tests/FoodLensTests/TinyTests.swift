import Foundation
import FoodLensFFI
import XCTest

@testable import FoodLens

final class TinyTests: XCTestCase {
    final class H: Hook {
        struct Oops: Error {}
        func ask(what: String) throws -> String {
            if what == "x" { throw Oops() }
            return what + "!"
        }
    }
    func testAll() throws {
        let t = try Tiny.open(hook: H())
        XCTAssertEqual(try t.ask(what: "a"), "a!")
        XCTAssertThrowsError(try t.ask(what: "x")) { print($0) }
        XCTAssertThrowsError(try t.boom()) { print(type(of: $0), $0) }
        XCTAssertEqual(try t.row(at: Date(timeIntervalSince1970: 3)).at, Date(timeIntervalSince1970: 3))
    }
}
