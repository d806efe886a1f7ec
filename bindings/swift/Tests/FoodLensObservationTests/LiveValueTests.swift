import FoodLens
import FoodLensObservation
import FoodLensTesting
import XCTest

/// What a view has of the library's sequences.
@MainActor
final class LiveValueTests: XCTestCase {
    private let phones = FakePhones()

    override func tearDown() async throws { try await phones.close() }

    func testWhoReadsTheValueHearsOfEachChangeWhileItIsFollowed() async throws {
        let session = try await phones.session()
        let live = LiveValue { session.allergies.changes }
        XCTAssertNil(live.value)
        XCTAssert(live.isStale, "nobody follows")
        let following = Task { await live.follow() }
        await until { live.value != nil && !live.isStale }
        XCTAssertEqual(live.value?.entries.count, 0)

        try await session.allergies.add(.peanuts, severity: .severe)
        await until { live.value?.entries.first?.content.severity == .severe }
        following.cancel()
        await following.value
        XCTAssert(live.isStale)
        XCTAssertNil(live.error, "a view that went is no error")
        XCTAssertEqual(live.value?.entries.count, 1, "what was shown stays")
    }

    func testWhoFollowsMayLookAtEachValue() async throws {
        let session = try await phones.session()
        let live = LiveValue { session.settings.changes }
        var themes: [String?] = []
        let following = Task {
            await live.follow {
                XCTAssertEqual(live.value, $0, "it is shown already")
                themes.append($0.content.theme)
            }
        }
        await until { live.value != nil }
        try await session.settings.update { $0.theme = "dark" }
        await until { live.value?.content.theme == "dark" }
        following.cancel()
        await following.value
        XCTAssertEqual(themes.first, .some(nil))
        XCTAssertEqual(themes.last, "dark")
    }

    func testFollowedAgainItBeginsWithTheValueOfNow() async throws {
        let session = try await phones.session()
        let live = LiveValue { session.queue.counts }
        let first = Task { await live.follow() }
        await until { live.value?.pending == 0 }
        first.cancel()
        await first.value
        try await session.settings.update { $0.theme = "dark" }
        XCTAssertEqual(live.value?.pending, 0, "nobody followed")

        let second = Task { await live.follow() }
        await until { live.value?.pending == 1 && !live.isStale }
        second.cancel()
        await second.value
    }

    func testOfTwoFollowersOneMayLeave() async throws {
        let session = try await phones.session()
        let live = LiveValue { session.status }
        let both = [Task { await live.follow() }, Task { await live.follow() }]
        await until { !live.isStale }
        both[0].cancel()
        await both[0].value
        await until { !live.isStale }
        try await session.setPaused(true)
        await until { live.value?.paused == true }
        both[1].cancel()
        await both[1].value
        XCTAssert(live.isStale)
    }

    func testTheEndOfTheSessionIsSaidAndTheValueStaysToBeSeenAsOld() async throws {
        let session = try await phones.session()
        let live = LiveValue { session.profile.changes }
        let following = Task { await live.follow() }
        await until { live.value != nil }
        try await session.close()
        await following.value
        guard case .closed = live.error else { return XCTFail("\(String(describing: live.error))") }
        XCTAssert(live.isStale)
        XCTAssertNotNil(live.value)

        let again = try await phones.session()
        let other = LiveValue { again.profile.changes }
        let followed = Task { await other.follow() }
        await until { other.value != nil }
        XCTAssertNil(other.error)
        followed.cancel()
        await followed.value
    }
}
