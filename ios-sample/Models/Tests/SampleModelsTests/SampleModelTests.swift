import FoodLens
import XCTest

@testable import SampleModels

/// Who is here, who was, and what a sign-out leaves.
final class SampleModelTests: SampleTestCase {
    @MainActor
    func testAnotherUserOfThePhoneSeesNothingOfTheFirstWhoseQueueWaits() async throws {
        let desk = try Self.desk()
        let model = try await started(desk)
        XCTAssertNotNil(model.out)
        await model.signIn(" ana ")
        try await model.session.allergies.add(.peanuts)
        await model.switchTo("ben")
        let ben = try XCTUnwrap(model.here)
        XCTAssertEqual(ben.saved.users, ["ana", "ben"])
        XCTAssertEqual(ben.others, ["ana"])
        desk.look(ben.screens.queue.follow)
        desk.look(ben.screens.allergies.follow)
        await until { ben.screens.queue.state.has(\.lines.isEmpty) }
        await until { ben.screens.allergies.state.has(\.lines.isEmpty) }
        await model.switchTo("ana")
        let ana = try XCTUnwrap(model.here)
        desk.look(ana.screens.queue.follow)
        await until { ana.screens.queue.state.has { $0.lines.contains { $0.allergy != nil } } }
        await model.signIn("  ")
        XCTAssertEqual(model.here?.screens.user, "ana", "nobody is called that")
        try await ana.screens.session.close()
    }

    @MainActor
    func testASignOutShowsFirstWhatWaitsAndKeepsItUntilTheUserIsBack() async throws {
        let model = try await started(Self.desk())
        await model.signIn("ana")
        try await model.session.allergies.add(.peanuts)
        await model.askToSignOut()
        let unsent = try XCTUnwrap(model.here?.leaving?.unsent)
        XCTAssertEqual(unsent, 2)
        await model.stay()
        XCTAssertNil(model.here?.leaving)
        await model.keepAndSignOut()
        XCTAssertEqual(model.out?.left?.unsent, unsent)
        XCTAssertEqual(model.out?.saved.users, ["ana"])
        await model.signIn("ana")
        let back = try await model.session.signOutPreview().unsent
        XCTAssertEqual(back, unsent)
        try await model.session.close()
    }

    @MainActor
    func testADeletionTakesWhatWasShownAndNoMore() async throws {
        let model = try await started(Self.desk())
        await model.signIn("ana")
        let session = try model.session
        try await session.allergies.add(.peanuts)
        await model.deleteAndSignOut()
        XCTAssertNotNil(model.here, "nothing was shown yet")
        await model.askToSignOut()
        let shown = try XCTUnwrap(model.here?.leaving)
        try await session.allergies.add(.milk)
        await model.deleteAndSignOut()
        XCTAssertEqual(model.here?.problem, .moreUnsent)
        XCTAssertGreaterThan(try XCTUnwrap(model.here?.leaving).unsent, shown.unsent)
        let kept = try await session.allergies.list().entries.count
        XCTAssertEqual(kept, 2)
        await model.deleteAndSignOut()
        XCTAssertNil(try XCTUnwrap(model.out).left)
        XCTAssertEqual(model.out?.saved.users, [])
        await model.signIn("ana")
        let fresh = try await model.session.allergies.list().entries
        XCTAssert(fresh.isEmpty)
        try await model.session.close()
    }

    @MainActor
    func testWhatCanBeSentIsSentAtTheSignOutAndANewStartFindsTheUserAgain() async throws {
        let desk = try Self.desk()
        let model = try await started(desk)
        await model.signIn("ana")
        try await model.session.allergies.add(.peanuts)
        try await model.session.close()
        let restarted = try await started(desk)
        XCTAssertEqual(restarted.here?.screens.user, "ana")
        await restarted.sendAndSignOut()
        XCTAssertEqual(restarted.out?.left?.unsent, 0)
        let nobody = try await started(desk)
        XCTAssertNotNil(nobody.out)
    }

    @MainActor
    func testAnAddressThatCannotBeUsedIsSaidAndTheFormerBackendStays() async throws {
        let desk = try Self.desk()
        let model = try await started(desk)
        for url in ["http://example.com", "no address", ""] {
            await model.useBackend(url)
            XCTAssertEqual(model.out?.problem, .badAddress, url)
            XCTAssertEqual(model.out?.saved.baseURL, desk.server.url)
        }
        await model.signIn("ana")
        await model.useBackend(" https://example.com ")
        XCTAssertEqual(model.out?.saved, Saved(baseURL: "https://example.com"))
        XCTAssertNil(model.out?.problem)
    }

    @MainActor
    func testTheThemeThatAPersonHasChosenIsThatOfTheAppWhileTheyAreHere() async throws {
        let desk = try Self.desk()
        var told = 0
        let model = SampleModel(try desk.phone("a")) { told += 1 }
        XCTAssertNil(model.dark)
        await model.start()
        await model.signIn("ana")
        XCTAssertEqual(told, 1)
        let screens = try XCTUnwrap(model.here?.screens)
        desk.look(screens.follow)
        await screens.settings.theme("dark")
        await until { model.dark == true }
        await screens.settings.theme("light")
        await until { model.dark == false }
        await until { screens.banner.state.ready != nil }
        await model.keepAndSignOut()
        XCTAssertNil(model.dark)
    }

    @MainActor
    func testSecondTapsWaitForTheFirst() async throws {
        let model = try await started(Self.desk())
        async let ana: Void = model.signIn("ana")
        async let ben: Void = model.switchTo("ben")
        async let out: Void = model.keepAndSignOut()
        _ = await (ana, ben, out)
        XCTAssertNil(model.out?.problem ?? model.here?.problem)
        if let here = model.here { try await here.screens.session.close() }
    }

    @MainActor
    func testEachTabKeepsItsWayAndBackEndsAtItsBeginning() async {
        let way = Way()
        let taken: [(Tab, Place)] = [
            (.me, .settings), (.queue, .questions), (.history, .editEntry(nil)), (.allergies, .editAllergy(nil)),
        ]
        for (tab, place) in taken {
            way.tab = tab
            way.go(place)
        }
        XCTAssertEqual([way.me, way.queue, way.history, way.allergies], taken.map { [$0.1] })
        way.tab = .queue
        XCTAssertEqual(way.path, [.questions])
        way.back()
        way.back()
        XCTAssertEqual(way.path, [])
        XCTAssertEqual(way.me, [.settings])
    }

    @MainActor
    private func started(_ desk: Desk) async throws -> SampleModel {
        let model = SampleModel(try desk.phone("a"))
        await model.start()
        return model
    }
}

extension SampleModel {
    fileprivate var out: SignedOut? {
        if case .signedOut(let out) = account { out } else { nil }
    }

    fileprivate var here: SignedIn? {
        if case .signedIn(let here) = account { here } else { nil }
    }

    fileprivate var session: Session {
        get throws { try XCTUnwrap(here?.screens.session) }
    }
}
