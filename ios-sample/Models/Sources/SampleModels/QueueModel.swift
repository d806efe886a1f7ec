// What the server has not acknowledged, and what a person can do about it.
import FoodLens
import FoodLensObservation
import Observation

/// One write.
public struct QueueLine: Hashable, Identifiable, Sendable {
    public let operation: QueuedOperation
    /// Its record, where the list of allergies has it.
    public let allergy: Allergy?

    public var id: OperationId { operation.id }
    public var badge: Badge { Badge(operation) }

    /// A question is answered on its own screen; what is under way cannot be called back.
    public var canRetry: Bool { badge.isFailed }
    public var canDiscard: Bool { badge.isFailed || badge == .waiting }
    public var canEdit: Bool {
        canDiscard && operation.kind != .delete && (operation.collection != .allergies || allergy != nil)
    }
}

/// What is about to be given up, and what the record would be then.
public struct DiscardPreview: Equatable, Sendable {
    public let line: QueueLine
    public let goes: Int
    public let fallsBackTo: RecordContent?
}

public struct QueueState: Equatable, Sendable {
    public let lines: [QueueLine]
    public let questions: Int
    public let discard: DiscardPreview?
}

@MainActor
@Observable
public final class QueueModel {
    public let actions = Actions()
    private let session: Session
    private let operations: LiveValue<[QueuedOperation]>
    private let allergies: LiveValue<AllergyList>
    private let questions: LiveValue<[Conflict]>
    private var asked: DiscardPreview?

    init(_ session: Session) {
        self.session = session
        operations = LiveValue { session.queue.changes() }
        allergies = LiveValue { session.allergies.changes }
        questions = LiveValue { session.conflicts.changes }
    }

    public var state: Shown<QueueState> {
        operations.shown.and(allergies.shown).and(questions.shown).map { both, questions in
            let (operations, allergies) = both
            let lines = operations.map { operation in
                let known = operation.collection == .allergies ? allergies.entries.first { $0.has(operation.recordId) } : nil
                return QueueLine(operation: operation, allergy: known)
            }
            return QueueState(lines: lines, questions: questions.count, discard: asked)
        }
    }

    /// Until the view goes.
    public func follow() async {
        async let allergies: Void = allergies.follow()
        async let questions: Void = questions.follow()
        await operations.follow()
        _ = await (allergies, questions)
    }

    public func retry(_ line: QueueLine) async {
        await actions.run {
            try await session.queue.retry(line.operation)
            _ = try await session.sync()
        }
    }

    /// Opens what the write is about, where another edit can take its place.
    public func edit(_ line: QueueLine, _ way: Way) async {
        await actions.run {
            switch line.operation.collection {
            case .allergies: if let allergy = line.allergy { way.go(.editAllergy(AllergyLine(allergy, asked: nil))) }
            case .allergyList: way.tab = .allergies
            case .history: way.go(.editEntry(try await session.history.get(line.operation.recordId)))
            case .profile: way.go(.profile)
            case .settings: way.go(.settings)
            }
        }
    }

    /// Shows first what would be lost.
    public func askToDiscard(_ line: QueueLine) async {
        await actions.run {
            let preview = try await session.queue.previewDiscard(line.operation)
            asked = DiscardPreview(line: line, goes: preview.operations.count, fallsBackTo: preview.fallsBackTo)
        }
    }

    public func keep() { asked = nil }

    /// The person has seen what goes, and confirmed.
    public func discard(_ preview: DiscardPreview) async {
        asked = nil
        await actions.run { try await session.queue.discard(preview.line.operation) }
    }
}

extension Allergy {
    fileprivate func has(_ record: RecordId) -> Bool { id == record || linked.contains(record) }
}
