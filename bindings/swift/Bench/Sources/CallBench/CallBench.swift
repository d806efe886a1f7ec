import FoodLens
import FoodLensTesting
import Foundation

/// What screens cost, as the median of rounds after a warm-up: line by line as Kotlin's bench. Run by `bindings/scripts/swift-bench`.
@main
struct CallBench {
    static func main() async throws { try await screens() }

    /// Not on the main actor, which `main` is on.
    static func screens() async throws {
        let phones = FakePhones()
        let session = try await phones.session()
        try await session.history.add(all: (0..<500).map(meal))
        for allergen in EuAllergen.allCases { try await session.allergies.add(allergen) }
        let first = try await session.allergies.list().entries[0].id
        try await measure("a call that reads no file (an allergen's code)", 2_000) { _ in _ = try EuAllergen.milk.code }
        try await measure("one record", 1_000) { _ in _ = try await session.allergies.get(first) }
        try await measure("the list of 14 allergies", 500) { _ in _ = try await session.allergies.list() }
        try await measure("a page of 50 history records", 500) { _ in _ = try await session.history.page(limit: 50) }
        try await measure("the same, as a page of a list", 500) { _ in _ = try await session.history.pages().load(size: 50) }
        try await measure("the status", 500) { _ in for try await _ in session.status { return } }
        try await measure("a durable write", 200) { try await session.history.add(meal($0)) }
        try await newest(session)
        try await one(session)
        try await phones.close()
    }

    /// From a write to the screen's next state, the write with it: the newest 50 of a list.
    static func newest(_ session: Session) async throws {
        var newest = session.history.newest(limit: 50).makeAsyncIterator()
        _ = try await newest.next()
        var newer = 10_000
        try await measure("a write until the newest 50 show it", 100) { _ in
            newer += 1  // an elder one would never be among them
            let id = try await session.history.add(meal(newer))
            while let page = try await newest.next(), !page.entries.contains(where: { $0.id == id }) {}
        }
    }

    /// The same of one record.
    static func one(_ session: Session) async throws {
        var settings = session.settings.changes.makeAsyncIterator()
        _ = try await settings.next()
        var count = 0
        try await measure("a write until one record shows it", 100) { _ in
            let wanted = "language-\(count)"
            count += 1
            try await session.settings.update { $0.language = wanted }
            while let shown = try await settings.next(), shown.content.language != wanted {}
        }
    }

    static func meal(_ number: Int) -> HistoryContent {
        HistoryContent(
            kind: .meal, occurredAt: Date(timeIntervalSince1970: Double(number)), productName: "Soup \(number)",
            brand: "House", barcode: "560123456789", matchedAllergens: ["milk", "celery"], note: "with bread")
    }

    static func measure(_ what: String, _ times: Int, _ call: (Int) async throws -> Void) async throws {
        for number in 0..<times { try await call(number) }
        var rounds: [Double] = []
        for _ in 0..<9 {
            let begun = DispatchTime.now().uptimeNanoseconds
            for number in 0..<times { try await call(number) }
            rounds.append(Double(DispatchTime.now().uptimeNanoseconds - begun) / 1_000 / Double(times))
        }
        rounds.sort()
        let padded = what.padding(toLength: 50, withPad: " ", startingAt: 0)
        let figures = String(format: "%9.1f µs (median of 9 rounds of %d; best %.1f)", rounds[4], times, rounds[0])
        print("bench: \(padded) \(figures)")
    }
}
