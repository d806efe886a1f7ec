import FoodLens
import XCTest

@testable import SampleModels

/// What waits, what the server refused, and what two devices cannot agree on.
final class QueueModelTests: SampleTestCase {
    @MainActor
    func testARefusedWriteCanBeSentAgainEditedOrGivenUpAfterALookAtWhatRemains() async throws {
        let desk = try Self.desk()
        let session = try await desk.session("a")
        let (profile, model, way) = (ProfileModel(session), QueueModel(session), Way())
        desk.look(profile.follow)
        desk.look(model.follow)
        try await session.profile.update { $0.displayName = "Ana" }
        _ = try await session.sync()
        await until { profile.state.ready?.badge == .synced }
        let opened = try XCTUnwrap(profile.state.ready?.content)
        var fields = ProfileFields(opened)
        fields.displayName = "Anna"
        fields.country = "PT"
        await profile.save(opened, fields)
        try await desk.server.refuse(2)
        _ = try await session.sync()
        await until { model.state.has { $0.lines.map(\.badge) == [.failed(.refused)] } }
        let failed = try XCTUnwrap(model.state.ready?.lines.first)
        XCTAssert(failed.canRetry && failed.canEdit && failed.canDiscard)
        XCTAssertEqual(failed.name, .phrase(.profile))
        await model.edit(failed, way)
        XCTAssertEqual(way.path, [.profile])

        await model.retry(failed)  // and is refused once more, at another place of the queue
        await until { model.state.has { $0.lines.contains { $0.badge.isFailed && $0 != failed } } }
        let again = try XCTUnwrap(model.state.ready?.lines.first)
        await model.askToDiscard(again)
        XCTAssertNil(model.actions.problem)
        let preview = try XCTUnwrap(model.state.ready?.discard)
        guard case .profile(let left) = preview.fallsBackTo else { return XCTFail("\(preview)") }
        XCTAssertEqual(left.displayName, "Ana")
        model.keep()
        XCTAssertNil(model.state.ready?.discard)
        XCTAssertEqual(model.state.ready?.lines.count, 1)
        await model.discard(preview)
        await until { model.state.has { $0.lines.isEmpty } }
        let content = try await session.profile.get().content
        XCTAssertEqual(content, opened)
        await model.retry(again)
        XCTAssertEqual(model.actions.problem, .gone, "it is no more")
    }

    @MainActor
    func testARefusedProfileGoesAgainFromItsOwnScreen() async throws {
        let desk = try Self.desk()
        let session = try await desk.session("a")
        let profile = ProfileModel(session)
        desk.look(profile.follow)
        await until { profile.state.ready != nil }
        XCTAssertNil(profile.state.ready?.badge, "nobody has written one yet")
        try await session.profile.update { $0.country = "PT" }
        try await desk.server.refuse()
        _ = try await session.sync()
        await until { profile.state.ready?.badge == .failed(.refused) }
        await profile.retry()
        await until { profile.state.ready?.badge == .synced }
    }

    @MainActor
    func testWhatWaitsIsNamedCanBeEditedAndLeavesNothingWhereTheServerNeverHadIt() async throws {
        let desk = try Self.desk()
        let session = try await desk.session("a")
        try await session.allergies.add(.eggs, severity: .severe)
        try await session.history.add(HistoryContent(kind: .meal, occurredAt: desk.clock.now, productName: "Soup"))
        let (model, way) = (QueueModel(session), Way())
        desk.look(model.follow)
        await until { model.state.ready?.lines.count == 3 }
        let lines = try XCTUnwrap(model.state.ready?.lines)
        let eggs = try XCTUnwrap(lines.first { $0.allergy != nil })
        XCTAssertEqual(eggs.name, .phrase(.allergenEggs))
        XCTAssertEqual(eggs.badge, .waiting)
        XCTAssertFalse(eggs.canRetry)
        await model.edit(eggs, way)
        guard case .editAllergy(let opened?)? = way.path.last else { return XCTFail("\(way.path)") }
        XCTAssertEqual(opened.shown?.id, eggs.operation.recordId)
        await model.edit(try XCTUnwrap(lines.first { $0.operation.collection == .history }), way)
        guard case .editEntry(let entry?)? = way.path.last else { return XCTFail("\(way.path)") }
        XCTAssertEqual(entry.content.productName, "Soup")
        way.tab = .queue
        await model.edit(try XCTUnwrap(lines.first { $0.operation.collection == .allergyList }), way)
        XCTAssertEqual(way.tab, .allergies)
        await model.askToDiscard(eggs)
        let discard = try XCTUnwrap(model.state.ready?.discard)
        XCTAssertNil(discard.fallsBackTo)
        XCTAssertEqual(discard.goes, 1)
    }

    @MainActor
    func testAnAnswerSaysWhatItMeansAndARemovalIsOneOfTheAnswers() async throws {
        let desk = try Self.desk()
        let (a, b) = (try await desk.session("a"), try await desk.session("b"))
        let id = try await a.allergies.add(.nuts, severity: .severe)
        for session in [a, b] { _ = try await session.sync() }
        try await a.allergies.remove(id)
        try await b.allergies.update(b.allergies.get(id)) { $0.severity = .lifeThreatening }
        for session in [a, b] { _ = try await session.sync() }
        let (questions, queue) = (QuestionsModel(b), QueueModel(b))
        desk.look(questions.follow)
        desk.look(queue.follow)
        await until { questions.state.ready?.count == 1 }
        let asked = try XCTUnwrap(questions.state.ready?.first)
        XCTAssertEqual(asked.here, .staysAs(.eu(.nuts), .lifeThreatening))
        XCTAssertEqual(asked.there, .isRemoved(.eu(.nuts)))
        XCTAssertFalse(asked.twoRecords)
        await until { queue.state.has { $0.questions == 1 && $0.lines.contains { $0.badge == .question } } }
        let parked = try XCTUnwrap(queue.state.ready?.lines.first { $0.badge == .question })
        XCTAssertFalse(parked.canRetry || parked.canDiscard || parked.canEdit, "a question is answered, not queued around")
        await questions.keepThere(asked)
        await until { questions.state.has(\.isEmpty) }
        let left = try await b.allergies.list().entries
        XCTAssert(left.isEmpty)
    }

    @MainActor
    func testAFieldThatIsEmptiedSaysNothingAndWhatTheFormDoesNotShowStays() async throws {
        let session = try await Self.desk().session("a")
        let model = ProfileModel(session)
        try await session.profile.update {
            $0.displayName = "Ana"
            $0.diets = ["vegan", "no sugar"]
            $0.extras = ["shoe": "38"]
        }
        let opened = try await session.profile.get().content
        var fields = ProfileFields(opened)
        XCTAssertEqual(fields.content(from: opened), opened, "nothing was typed")
        fields.displayName = ""
        fields.diets = " vegan,, low salt "
        await model.save(opened, fields)
        let saved = try await session.profile.get().content
        XCTAssertNil(saved.displayName)
        XCTAssertEqual(saved.diets, ["vegan", "low salt"])
        XCTAssertEqual(saved.extras, ["shoe": "38"])
        fields.dateOfBirth = "someday"
        await model.save(saved, fields)
        XCTAssertEqual(model.actions.problem, .notAllowed)
    }

    func testOtherRecordsThanAllergiesAreKeptAsAWhole() {
        let settings = RecordContent.settings(SettingsContent())
        XCTAssertEqual(Meaning(settings, other: nil), .keepsVersion)
        XCTAssertEqual(Meaning(nil, other: settings), .keepsDeletion)
    }
}
