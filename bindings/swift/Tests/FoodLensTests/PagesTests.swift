import FoodLens
import Foundation
import XCTest

/// Lists page by page, one record and the queue as sequences, dates, rows.
final class PagesTests: PhonesTestCase {
    private let start = Date(timeIntervalSince1970: 1_767_225_600)

    private func meal(_ number: Int) -> HistoryContent {
        HistoryContent(kind: .meal, occurredAt: start + Double(number), note: "\(number)")
    }

    private func all<K, T>(_ pages: PageSource<K, T>, _ size: Int) async throws -> [T] {
        var (items, key): ([T], K?) = ([], nil)
        repeat {
            let page = try await pages.load(key, size: size)
            items += page.items
            key = page.next
        } while key != nil
        return items
    }

    func testWhatIsWrittenBetweenTwoPagesMakesNothingComeTwiceOrNotAtAll() async throws {
        let a = try await phone("a")
        try await a.history.add(all: (0..<25).map(meal))
        let pages = a.history.pages()
        let first = try await pages.load(size: 10)
        try await a.history.add(HistoryContent(kind: .meal, occurredAt: start + 100, note: "new"))
        try await a.history.delete(first.items[3].id)
        let second = try await pages.load(first.next, size: 10)
        let third = try await pages.load(second.next, size: 10)
        XCTAssertNil(third.next)
        let seen = (first.items + second.items + third.items).map(\.content.note)
        XCTAssertEqual(seen, (0..<25).reversed().map { "\($0)" })
        let favourites = try await a.history.pages(HistoryFilter(favourites: true)).load()
        XCTAssertEqual(favourites, Page(items: [], next: nil))
    }

    func testPagesSayWhenTheyAreOutOfDateAndOnlyThen() async throws {
        let a = try await phone("a")
        let pages = a.history.pages()
        var changes = pages.changes.makeAsyncIterator()
        try await a.settings.update { $0.theme = "dark" }  // of another list
        let id = try await a.history.add(meal(0))
        let changed: Void? = try await changes.next()
        XCTAssertNotNil(changed)
        let page = try await pages.load()
        XCTAssertEqual(page.items.map(\.id), [id])
        try await a.history.delete(id)
        let again: Void? = try await changes.next()
        XCTAssertNotNil(again)
        // Read before anybody listened: whoever listens now cannot know what happened between.
        var late = pages.changes.makeAsyncIterator()
        let atOnce: Void? = try await late.next()
        XCTAssertNotNil(atOnce)
        try await a.close()
        guard case .closed = await thrown({ while try await late.next() != nil {} }) else { return XCTFail("closed") }
    }

    func testTheQueueAndTheLogOfReplacedValuesAreReadPageByPage() async throws {
        let a = try await phone("a")
        for number in 0..<7 { try await a.history.add(meal(number)) }
        let (queued, paged) = (try await a.queue.list(), try await all(a.queue.pages(), 3))
        XCTAssertEqual(paged, queued)
        let (exactly, none) = (try await all(a.queue.pages(), 7), try await all(a.conflicts.overwrittenPages(), 3))
        XCTAssertEqual(exactly.count, 7)
        XCTAssertEqual(none, [])
        let b = try await phone("b")
        try await b.profile.update { ($0.displayName, $0.country) = ("B", "PT") }
        _ = try await b.sync()
        try await a.profile.update { ($0.displayName, $0.country) = ("A", "ES") }
        _ = try await a.sync()
        let (log, pages) = (try await a.conflicts.overwritten(), try await all(a.conflicts.overwrittenPages(), 1))
        XCTAssertEqual(pages, log)
        XCTAssertGreaterThanOrEqual(log.count, 2)
    }

    func testTheQueueIsSeenAsItMovesTheCurrentStateFirst() async throws {
        let a = try await phone("a")
        _ = try await a.sync()
        let seen = Seen(a.queue.changes())
        try await seen.until(self) { $0.isEmpty }
        try await a.settings.update { $0.theme = "dark" }
        try await seen.until(self) { $0.map(\.state) == [.pending] }
        _ = try await a.sync()
        try await seen.until(self) { $0.isEmpty }
        var receipts = a.queue.changes(.acknowledged).makeAsyncIterator()
        let first = try await receipts.next()
        XCTAssertEqual(first?.count, 1)
    }

    func testOneAllergyIsASequenceNilWhileThereIsNone() async throws {
        let a = try await phone("a")
        let id = try await a.allergies.add(.fish, severity: .mild)
        var seen = a.allergies.changes(id).makeAsyncIterator()
        let first = try await seen.next()
        XCTAssertEqual(first??.content.severity, .mild)
        try await a.allergies.add(.eggs)  // another one wakes nobody
        try await a.allergies.update(try await a.allergies.get(id)) { $0.severity = .severe }
        let second = try await seen.next()
        XCTAssertEqual(second??.content.severity, .severe)
        try await a.allergies.remove(id)
        let third = try await seen.next()
        XCTAssertEqual(third, .some(nil))
        let found = try await a.allergies.find(id)
        XCTAssertNil(found)
    }

    func testDatesAreDatesAndTextThatIsNoneStaysWhatItIs() async throws {
        let a = try await phone("a")
        let day = DateComponents(year: 1990, month: 2, day: 28)
        try await a.profile.update { $0.bornOn = day }
        let profile = try await a.profile.get().content
        XCTAssertEqual(profile.bornOn, day)
        XCTAssertEqual(profile.dateOfBirth, "1990-02-28")
        let id = try await a.allergies.add(.fish)
        try await a.allergies.update(try await a.allergies.get(id)) { $0.diagnosedAt = day }
        var content = try await a.allergies.get(id).content
        XCTAssertEqual(content.diagnosedAt, day)
        content.diagnosedAt = nil
        XCTAssertNil(content.diagnosedOn)
        for text in ["spring", "1990-02-30", "1990-2-28", "+990-02-28", "1990-02-28 "] {
            XCTAssertNil(ProfileContent(dateOfBirth: text).bornOn, text)
        }
        let incomplete = await thrown { try await a.profile.update { $0.bornOn = DateComponents(year: 1990) } }
        guard case .invalid(field: "date_of_birth", _) = incomplete else { return XCTFail("\(String(describing: incomplete))") }
    }

    func testTheNewestOfAKindAreFollowed() async throws {
        let a = try await phone("a")
        var scans = a.history.newest(HistoryFilter(kind: .scan)).makeAsyncIterator()
        let none = try await scans.next()
        XCTAssertEqual(none?.entries.count, 0)
        try await a.history.add(all: [meal(1), HistoryContent(kind: .scan, occurredAt: start)])
        let some = try await scans.next()
        XCTAssertEqual(some?.entries.map(\.content.kind), [.scan])
    }

    func testTheTwoSidesOfAnAllergyInQuestionAreTwoRows() async throws {
        let (a, b) = (try await phone("a"), try await phone("b"))
        let id = try await a.allergies.add(.milk, severity: .mild)
        _ = try await a.sync()
        _ = try await b.sync()
        try await a.allergies.update(try await a.allergies.get(id)) { $0.allergen = .eu(.fish) }
        try await b.allergies.update(try await b.allergies.get(id)) { $0.allergen = .eu(.eggs) }
        _ = try await a.sync()
        _ = try await b.sync()
        let entries = try await b.allergies.list().entries
        XCTAssertEqual(entries.map(\.id), [id, id])
        XCTAssertEqual(Set(entries.map(\.row)).count, 2)
    }

    func testADraftIsPutAsideAndReadBack() throws {
        let draft = AllergyContent(allergen: .custom("kiwi"), severity: .severe, reactions: ["hives"])
        let back = try JSONDecoder().decode(AllergyContent.self, from: JSONEncoder().encode(draft))
        XCTAssertEqual(back, draft)
        XCTAssertEqual(EuAllergen.allCases.count, 14)
    }
}
