import FoodLens
import XCTest

@testable import SampleModels

/// A history that is scrolled, searched and changed.
final class HistoryModelTests: SampleTestCase {
    @MainActor
    func testTheNewestComeFirstMoreAsThePersonScrollsAndEachOnce() async throws {
        let desk = try Self.desk()
        let session = try await desk.session("a")
        try await session.history.add(all: scans(120, desk))
        let model = HistoryModel(session)
        desk.look(model.follow)
        await until { model.state.has { !$0.entries.isEmpty } }
        var shown = [try XCTUnwrap(model.state.ready)]
        for size in [100, 120] {
            await model.more()
            await until { model.state.ready?.entries.count == size }
            shown.append(try XCTUnwrap(model.state.ready))
        }
        XCTAssertEqual(shown.map(\.entries.count), [50, 100, 120])
        XCTAssertEqual(shown.map(\.more), [true, true, false])
        let all = (0..<120).reversed().map { "Product \($0)" }
        for state in shown {
            XCTAssertEqual(state.entries.map(\.content.productName), Array(all.prefix(state.entries.count)))
        }

        await model.delete(try XCTUnwrap(shown.last?.entries.last))
        await until { model.state.ready?.entries.count == 119 }
        await model.mark(try XCTUnwrap(shown.last?.entries.first), favourite: true)
        await model.onlyFavourites(true)
        await until { model.state.has(\.favourites) }
        XCTAssertEqual(model.state.ready?.entries.map(\.content.productName), ["Product 119"])
    }

    @MainActor
    func testASearchFindsOnThisPhoneAlsoWhatWasWrittenAMomentAgo() async throws {
        let desk = try Self.desk()
        desk.server.stop()
        let session = try await desk.session("a")
        try await session.history.add(all: scans(60, desk))
        let model = HistoryModel(session)
        desk.look(model.follow)
        await until { model.state.ready?.entries.count == 50 }
        await model.search("crè")
        await until { model.state.has { $0.query == "crè" && $0.entries.isEmpty && !$0.more } }
        await model.add(HistoryContent(kind: .meal, occurredAt: desk.clock.now, productName: "Crème brûlée"))
        await until { model.state.ready?.entries.map(\.content.productName) == ["Crème brûlée"] }
        let found = try XCTUnwrap(model.state.ready?.entries.first)
        await model.change(found, kind: .scan, productName: "Crème caramel", note: "sweet")
        await until { model.state.ready?.entries.first?.content.note == "sweet" }
        XCTAssertEqual(model.state.ready?.entries.first?.content.kind, .scan)
        await model.search(String(repeating: "a", count: 501))
        XCTAssertEqual(model.actions.problem, .tooLong)
        await model.search("")
        await until { model.state.has { $0.query.isEmpty && $0.entries.count == 50 } }
    }

    @MainActor
    func testARefusedEntryGoesAgain() async throws {
        let desk = try Self.desk()
        let session = try await desk.session("a")
        let model = HistoryModel(session)
        desk.look(model.follow)
        await model.add(HistoryContent(kind: .meal, occurredAt: desk.clock.now, productName: "Soup"))
        try await desk.server.refuse()
        _ = try await session.sync()
        await until { model.state.has { $0.entries.contains { Badge($0.sync) == .failed(.refused) } } }
        await model.retry(try XCTUnwrap(model.state.ready?.entries.first))
        await until { model.state.has { $0.entries.allSatisfy { Badge($0.sync) == .synced } } }
    }

    @MainActor
    func testWhatOnlyTheServerHasIsFetchedAtTheEndOfTheList() async throws {
        let desk = try Self.desk()
        let first = try await desk.session("a")
        let old = (0..<600).map {
            HistoryContent(kind: .scan, occurredAt: desk.clock.now - Double($0) * 24 * 3_600, productName: "Product \($0)")
        }
        try await first.history.add(all: old)
        _ = try await first.sync()
        let second = try await desk.session("b", historyWindow: 10 * 24 * 3_600)
        let model = HistoryModel(second)
        desk.look(model.follow)
        _ = try await second.sync()
        await until { model.state.has { $0.more && !$0.older } }
        for size in stride(from: 100, through: 500, by: 50) {  // a page of the newest is more than the window
            await model.more()
            await until { model.state.ready?.entries.count == size }
        }
        await until { model.state.ready?.older == true }
        await model.more()
        await until { model.state.has { $0.entries.count == 550 && $0.more && !$0.older } }
        await model.more()
        await until { model.state.has { $0.entries.count == 600 && !$0.more && !$0.older } }
        XCTAssertNil(model.actions.problem)
    }

    @MainActor
    private func scans(_ count: Int, _ desk: Desk) -> [HistoryContent] {
        (0..<count).map {
            HistoryContent(kind: .scan, occurredAt: desk.clock.now + Double($0) * 60, productName: "Product \($0)")
        }
    }
}
