// The screen of questions: two devices changed the same.
import FoodLens
import FoodLensObservation
import Observation

/// What an answer comes to, on every phone of the person.
public enum Meaning: Hashable, Sendable {
    case staysAs(Allergen, Severity?)
    case isRemoved(Allergen)
    /// Of something else than an allergy: that version is kept as a whole.
    case keepsVersion
    case keepsDeletion

    init(_ side: RecordContent?, other: RecordContent?) {
        self =
            switch (side, other) {
            case (.allergy(let content), _): .staysAs(content.allergen, content.severity)
            case (.some, _): .keepsVersion
            case (nil, .allergy(let content)): .isRemoved(content.allergen)
            case (nil, _): .keepsDeletion
            }
    }
}

/// A question as it is shown: both versions, and what each answer means.
public struct QuestionLine: Hashable, Identifiable, Sendable {
    public let conflict: Conflict

    public var id: ConflictId { conflict.id }
    public var here: Meaning { Meaning(conflict.local, other: conflict.remote) }
    public var there: Meaning { Meaning(conflict.remote, other: conflict.local) }

    /// Two records of one allergen, which may both be of this phone.
    public var twoRecords: Bool { conflict.otherRecord != nil }
}

@MainActor
@Observable
public final class QuestionsModel {
    public let actions = Actions()
    private let session: Session
    private let questions: LiveValue<[Conflict]>

    init(_ session: Session) {
        self.session = session
        questions = LiveValue { session.conflicts.changes }
    }

    public var state: Shown<[QuestionLine]> { questions.shown.map { $0.map(QuestionLine.init) } }

    /// Until the view goes.
    public func follow() async { await questions.follow() }

    public func keepHere(_ line: QuestionLine) async { await answer(line, .keepLocal) }

    public func keepThere(_ line: QuestionLine) async { await answer(line, .keepRemote) }

    /// Where a side has moved on meanwhile, nothing is decided: the question shows itself anew.
    private func answer(_ line: QuestionLine, _ answer: MergeAnswer) async {
        await actions.run {
            try await session.conflicts.answer(line.conflict, answer)
            _ = try await session.sync()
        }
    }
}
