import FoodLens
import XCTest

@testable import SampleModels

/// Against `foodlens-server --chaos`: bad days end, and what was written arrives.
final class ChaosTests: SampleTestCase {
    @MainActor
    func testOnABadDayNothingIsLostAndTheBannerSaysWhereItStands() async throws {
        let desk = try Self.desk(["--chaos", "drop=0.2,error=0.2", "--chaos-seed", "7"])
        let session = try await desk.session("a")
        let (banner, history, queue) = (BannerModel(session), HistoryModel(session), QueueModel(session))
        for follow in [banner.follow, history.follow, queue.follow] { desk.look(follow) }
        for number in 0..<12 {
            await history.add(HistoryContent(kind: .meal, occurredAt: desk.clock.now, productName: "Soup \(number)"))
        }
        var offline = false
        for _ in 0..<60 where banner.state.ready?.banner != .upToDate {
            let report = try await session.sync()
            await until { banner.state.has { $0.banner != .syncing && ($0.banner == .upToDate) == (report.next == .done) } }
            if case .offline = banner.state.ready?.banner { offline = true }
            desk.clock.forward(hours: 1)
        }
        XCTAssertEqual(banner.state.ready?.banner, .upToDate)
        XCTAssert(offline, "the day was no bad one")
        await until { queue.state.has(\.lines.isEmpty) }
        await until { history.state.has { $0.entries.count == 12 && $0.entries.allSatisfy { Badge($0.sync) == .synced } } }
    }
}
