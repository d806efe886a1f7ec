import FoodLens
import XCTest

@testable import SampleModels

/// What a person sees of their allergies, on good days and bad ones.
final class AllergiesModelTests: SampleTestCase {
    private static let peanuts = AllergyContent(allergen: .eu(.peanuts), severity: .lifeThreatening)

    @MainActor
    func testWhatIsWrittenWithoutANetworkWaitsAndIsSyncedWhenThereIsOne() async throws {
        let desk = try Self.desk()
        let session = try await desk.session("a")
        _ = try await session.sync()
        desk.server.stop()
        let (model, banner) = (AllergiesModel(session), BannerModel(session))
        desk.look(model.follow)
        desk.look(banner.follow)
        await model.add(Self.peanuts)
        await until { model.state.has { $0.lines.map(\.badge) == [.waiting] } }
        await banner.sync()
        await until { banner.state.ready?.banner == .offline(waiting: 2) }  // and that there is a list

        try desk.server.start()
        desk.clock.forward(hours: 2)
        await banner.sync()
        await until { model.state.has { $0.lines.map(\.badge) == [.synced] } }
        let line = try XCTUnwrap(model.state.ready?.lines.first)
        XCTAssertEqual(line.allergen, .eu(.peanuts))
        XCTAssertEqual(line.severity, .lifeThreatening)
        await until { banner.state.ready?.banner == .upToDate }
    }

    @MainActor
    func testItIsOnTheScreenWhileItIsBeingSavedAndOnceEver() async throws {
        let session = try await Self.desk().session("a")
        let model = AllergiesModel(session)
        let desk = try XCTUnwrap(Self.desks.first)
        desk.look(model.follow)
        await until { model.state.has { $0.lines.isEmpty } }
        let adding = Task { await model.add(Self.peanuts) }
        var seen: [[Badge]] = []
        await until {
            let badges = model.state.ready?.lines.map(\.badge) ?? []
            if seen.last != badges { seen.append(badges) }
            return badges == [.waiting]
        }
        await adding.value
        await until { model.state.has { $0.lines.allSatisfy { $0.shown != nil } } }
        XCTAssertEqual(seen, [[], [.saving], [.waiting]], "and never twice")
        XCTAssertEqual(model.state.ready?.lines.count, 1)
    }

    @MainActor
    func testADraftThatIsStoredAlreadyIsShownOnce() async throws {
        let session = try await Self.desk().session("a")
        try await session.allergies.add(Self.peanuts)
        let list = try await session.allergies.list()
        let draft = Draft(id: UUID(), content: Self.peanuts)
        XCTAssertEqual(AllergiesState(list, drafts: [draft]).lines.map(\.badge), [.waiting])
        let other = Draft(id: UUID(), content: AllergyContent(allergen: .eu(.milk)))
        XCTAssertEqual(AllergiesState(list, drafts: [other]).lines.map(\.badge), [.saving, .waiting])
        let stored = Draft(id: UUID(), content: AllergyContent(allergen: .eu(.eggs)), stored: true)
        XCTAssertEqual(AllergiesState(list, drafts: [stored]).lines.map(\.badge), [.waiting, .waiting], "durable")
    }

    @MainActor
    func testNoKnownAllergiesIsSaidOnlyOfAWholeListThatAPersonConfirmed() async throws {
        let desk = try Self.desk()
        let first = try await desk.session("a")
        _ = try await first.sync()
        let model = AllergiesModel(first)
        guard case .loading = model.state else { return XCTFail("nobody has read anything yet") }
        desk.look(model.follow)
        await until { model.state.ready?.says == .unknown }
        await model.confirmNone()
        await until { model.state.ready?.says == ListSays.none }
        _ = try await first.sync()

        let second = try await desk.session("b")
        let fresh = AllergiesModel(second)
        desk.look(fresh.follow)
        await until { fresh.state.ready?.says == .incomplete }
        _ = try await second.sync()
        await until { fresh.state.ready?.says == ListSays.none }
        await fresh.takeConfirmationBack()
        await until { fresh.state.ready?.says == .unknown }

        let list = AllergyList(state: .confirmedNone, entries: [], complete: true, unreadable: 1)
        XCTAssertEqual(AllergiesState(list).says, .unknown, "a row that cannot be read may be an allergy")
        let none = AllergyList(state: .confirmedNone, entries: [], complete: true, unreadable: 0)
        XCTAssertEqual(AllergiesState(none).says, ListSays.none)
        XCTAssertEqual(AllergiesState(none, drafts: [Draft(id: UUID(), content: Self.peanuts)]).says, .listed)
    }

    @MainActor
    func testARefusedEditIsFailedWithItsReasonAndGoesAgain() async throws {
        let desk = try Self.desk()
        let session = try await desk.session("a")
        try await session.allergies.add(.fish)
        _ = try await session.sync()  // and with it that there is a list
        let model = AllergiesModel(session)
        desk.look(model.follow)
        await model.add(Self.peanuts)
        try await desk.server.refuse()
        _ = try await session.sync()
        await until { model.state.has { $0.lines.contains { $0.badge == .failed(.refused) } } }
        let failed = try XCTUnwrap(model.state.ready?.lines.first { $0.badge.isFailed })
        XCTAssertEqual(failed.allergen, .eu(.peanuts))
        await model.retry(failed)
        await until { model.state.has { $0.lines.map(\.badge) == [.synced, .synced] } }
        XCTAssertNil(model.actions.problem)
    }

    @MainActor
    func testInQuestionBothSidesAreShownUntilAPersonAnswers() async throws {
        let desk = try Self.desk()
        let (a, b) = (try await desk.session("a"), try await desk.session("b"))
        let id = try await a.allergies.add(.milk, severity: .moderate)
        for session in [a, b] { _ = try await session.sync() }
        try await a.allergies.update(a.allergies.get(id)) { $0.severity = .mild }
        try await b.allergies.update(b.allergies.get(id)) { $0.severity = .severe }
        for session in [a, b] { _ = try await session.sync() }
        let (model, questions) = (AllergiesModel(b), QuestionsModel(b))
        desk.look(model.follow)
        desk.look(questions.follow)
        await until { model.state.has { $0.lines.contains { $0.sides != nil } } }
        let line = try XCTUnwrap(model.state.ready?.lines.first)
        XCTAssertEqual(line.badge, .question)
        XCTAssertEqual(line.severity, .severe, "the more cautious one")
        XCTAssertEqual(line.sides?.here?.severity, .severe)
        XCTAssertEqual(line.sides?.there?.severity, .mild)

        await until { questions.state.ready?.count == 1 }
        let asked = try XCTUnwrap(questions.state.ready?.first)
        await questions.keepHere(asked)
        XCTAssertNil(questions.actions.problem)
        await until { model.state.has { $0.lines.allSatisfy { $0.sides == nil && $0.badge == .synced } } }
        await questions.keepThere(asked)
        let severity = try await b.allergies.get(id).content.severity
        XCTAssertEqual(severity, .severe, "a second answer decides nothing")
    }

    @MainActor
    func testAChangeOfWhatHasMovedOnIsRefusedAndSaid() async throws {
        let desk = try Self.desk()
        let session = try await desk.session("a")
        let model = AllergiesModel(session)
        desk.look(model.follow)
        await model.add(Self.peanuts)
        await until { model.state.has { $0.lines.contains { $0.shown != nil } } }
        let line = try XCTUnwrap(model.state.ready?.lines.first)
        try await session.allergies.update(XCTUnwrap(line.shown)) { $0.severity = .severe }
        await model.change(line, severity: .mild, notes: nil)
        XCTAssertEqual(model.actions.problem, .changed)
        let stored = try await session.allergies.list().entries.map(\.content.severity)
        XCTAssertEqual(stored, [.severe])
        model.actions.dismiss()
        XCTAssertNil(model.actions.problem)

        await model.add(AllergyContent(allergen: .custom(" ")))
        XCTAssertEqual(model.actions.problem, .empty)
        await until { model.state.has { $0.lines.map(\.severity) == [.severe] } }
        let newest = try XCTUnwrap(model.state.ready?.lines.first)
        await model.change(newest, severity: .moderate, notes: "with cake")
        await until { model.state.ready?.lines.first?.notes == "with cake" }
        await model.remove(try XCTUnwrap(model.state.ready?.lines.first))
        await until { model.state.has { $0.lines.isEmpty && $0.says == .incomplete } }  // nothing has come from the server yet
    }
}
