// The screen of allergies.
import FoodLens
import FoodLensObservation
import Foundation
import Observation

@MainActor
@Observable
public final class AllergiesModel {
    public let actions = Actions()
    private let session: Session
    private let list: LiveValue<AllergyList>
    private let questions: LiveValue<[Conflict]>
    private var drafts: [Draft] = []

    init(_ session: Session) {
        self.session = session
        list = LiveValue { session.allergies.changes }
        questions = LiveValue { session.conflicts.changes }
    }

    public var state: Shown<AllergiesState> {
        list.shown.and(questions.shown).map { AllergiesState($0, questions: $1, drafts: drafts) }
    }

    /// Until the view goes.
    public func follow() async {
        async let asked: Void = questions.follow()
        await list.follow { _ in drafts.removeAll(where: \.stored) }  // each list that comes is younger than they are
        await asked
    }

    /// It is on the screen at once, marked as being saved; as waiting once it is durable.
    public func add(_ content: AllergyContent) async {
        await actions.run {
            let draft = Draft(id: UUID(), content: content)
            drafts.append(draft)
            do {
                let id = try await session.allergies.add(content)
                let seen = list.value?.entries.contains { $0.id == id || $0.linked.contains(id) } == true
                if seen || list.isStale { drop(draft) } else { stored(draft) }
            } catch {
                drop(draft)
                throw error
            }
        }
    }

    /// From what the person saw: an allergen or a severity that has moved on since is not written over.
    public func change(_ line: AllergyLine, severity: Severity?, notes: String?) async {
        guard let shown = line.shown else { return }
        await actions.run {
            try await session.allergies.update(shown) {
                $0.severity = severity
                $0.notes = notes
            }
        }
    }

    /// A person's decision, confirmed on the screen.
    public func remove(_ line: AllergyLine) async {
        guard let shown = line.shown else { return }
        await actions.run { try await session.allergies.remove(shown.id) }
    }

    public func confirmNone() async {
        await actions.run { try await session.allergies.confirmNone() }
    }

    public func takeConfirmationBack() async {
        await actions.run { try await session.allergies.setUnknown() }
    }

    /// Lets a refused edit go again, and sends it.
    public func retry(_ line: AllergyLine) async {
        await actions.run { try await session.retryAndSync(line.shown?.sync.pendingOperation) }
    }

    private func drop(_ draft: Draft) { drafts.removeAll { $0.id == draft.id } }

    /// It stays until the list that has it comes, lest it be gone for a moment.
    private func stored(_ draft: Draft) {
        guard let at = drafts.firstIndex(of: draft) else { return }
        drafts[at].stored = true
    }
}
