import FoodLensFFI

// What a list of SwiftUI, or a diffable data source, goes by.

extension HistoryEntry: Identifiable {}
extension QueuedOperation: Identifiable {}
extension Conflict: Identifiable {}

extension OverwrittenEntry: Identifiable {
    /// Its place in the log.
    public var id: Int64 { position }
}

extension Allergy {
    /// What tells the rows of the list apart. An allergy has no identity of its own there: while its allergen is in question,
    /// two entries stand for one record. `ForEach(list.entries, id: \.row)`.
    public var row: AllergyRow { AllergyRow(record: id, allergen: content.allergen) }
}

/// A row of the list of allergies.
public struct AllergyRow: Hashable, Sendable {
    /// The record.
    public let record: RecordId
    /// The allergen; of one in question, that of this side.
    public let allergen: Allergen
}
