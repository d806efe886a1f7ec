// What the screen of allergies shows.
import FoodLens
import Foundation

/// One line of the list.
public struct AllergyLine: Hashable, Sendable {
    public let allergen: Allergen
    public let severity: Severity?
    public let notes: String?
    public let badge: Badge
    /// What is in question, this phone's view first; nil: nothing is.
    public let sides: Sides?
    /// What the library has; nil while it is being saved.
    public let shown: Allergy?

    init(_ entry: Allergy, asked: Conflict?) {
        allergen = entry.content.allergen
        severity = entry.content.severity
        notes = entry.content.notes
        badge = entry.inQuestion || asked != nil ? .question : Badge(entry.sync)
        sides = asked.map { Sides(here: $0.local?.allergy, there: $0.remote?.allergy) }
        shown = entry
    }

    init(_ draft: Draft) {
        allergen = draft.content.allergen
        severity = draft.content.severity
        notes = draft.content.notes
        badge = draft.stored ? .waiting : .saving
        sides = nil
        shown = nil
    }
}

/// Both views of an allergy in question; a side that is nil removed it.
public struct Sides: Hashable, Sendable {
    public let here: AllergyContent?
    public let there: AllergyContent?
}

/// One that was handed to the library and is not on its list yet.
struct Draft: Equatable {
    let id: UUID
    let content: AllergyContent
    var stored = false
}

/// What may be said above the list. "No known allergies" is one of these and never the mere absence of rows.
public enum ListSays: Sendable {
    /// Not all has come yet: there may be more.
    case incomplete
    /// Nobody has said anything.
    case unknown
    /// A person confirmed that there are none.
    case none
    /// What is listed is all.
    case listed
}

public struct AllergiesState: Equatable, Sendable {
    public let says: ListSays
    public let lines: [AllergyLine]
    /// Of so many this version knows only that they are there.
    public let unreadable: Int

    init(_ list: AllergyList, questions: [Conflict] = [], drafts: [Draft] = []) {
        // One that is stored already, and about to be no draft any more, is shown once.
        let unseen = drafts.filter { draft in !list.entries.contains { $0.content == draft.content } }
        lines = unseen.map { AllergyLine($0) } + list.entries.map { AllergyLine($0, asked: questions.about($0)) }
        unreadable = Int(list.unreadable)
        says =
            if !list.complete {
                .incomplete
            } else if !lines.isEmpty {
                // A confirmation says nothing while a row shows, is being saved, or cannot be read.
                .listed
            } else if list.state == .confirmedNone && unreadable == 0 {
                .none
            } else {
                .unknown
            }
    }
}

extension [Conflict] {
    fileprivate func about(_ entry: Allergy) -> Conflict? {
        let ids = entry.linked + [entry.id]
        return first { ids.contains($0.recordId) || $0.otherRecord.map(ids.contains) == true }
    }
}

extension RecordContent {
    fileprivate var allergy: AllergyContent? {
        if case .allergy(let content) = self { content } else { nil }
    }
}
