import FoodLensFFI

/// A user's allergies, seen cautiously: while anything is in doubt, both sides are listed, with the higher severity.
public final class Allergies: Sendable {
    private let calls: Calls

    init(calls: Calls) { self.calls = calls }

    /// The list now, and whenever it changes.
    public var changes: AsyncThrowingStream<AllergyList, any Error> {
        // Status, for the end of a restore makes the list complete.
        calls.observe([.records(.allergies), .records(.allergyList), .conflicts, .queue, .status]) { try $0.allergies() }
    }

    /// One allergy now, and whenever it or its way to the server changes; nil while there is none. Others wake no one.
    public func changes(_ id: RecordId) -> AsyncThrowingStream<Allergy?, any Error> {
        calls.observe(.allergies, id) { try $0.allergy(id: id) }
    }

    /// The list now.
    public func list() async throws -> AllergyList {
        try await calls.run { try $0.allergies() }
    }

    /// One allergy as this device has it.
    ///
    /// - Throws: ``FoodLensError/notFound(reason:)`` when there is none, or it was deleted.
    public func get(_ id: RecordId) async throws -> Allergy {
        try await calls.run { try $0.allergy(id: id) }
    }

    /// One allergy as this device has it, or nil.
    public func find(_ id: RecordId) async throws -> Allergy? {
        try await calls.run { try orNil(try $0.allergy(id: id)) }
    }

    /// Adds one of the fourteen EU allergens.
    @discardableResult
    public func add(_ allergen: EuAllergen, severity: Severity? = nil) async throws -> RecordId {
        try await add(AllergyContent(allergen: .eu(allergen), severity: severity))
    }

    /// Adds an allergy in the person's own words.
    @discardableResult
    public func add(custom allergen: String, severity: Severity? = nil) async throws -> RecordId {
        try await add(AllergyContent(allergen: .custom(allergen), severity: severity))
    }

    /// Adds an allergy.
    ///
    /// - Throws: ``FoodLensError/invalid(field:rule:)``; nothing was stored.
    @discardableResult
    public func add(_ content: AllergyContent) async throws -> RecordId {
        try await calls.run { try $0.addAllergy(content: content) }
    }

    /// Changes an allergy from what was shown. Only the fields that differ are written:
    /// `update(shown) { $0.severity = .severe }`.
    ///
    /// - Throws: ``FoodLensError/stale(reason:)`` when the allergen or the severity has changed since it was shown.
    public func update(_ shown: Allergy, _ change: @Sendable (inout AllergyContent) -> Void) async throws {
        let content = changed(shown.content, change)
        try await calls.run { try $0.updateAllergy(shown: shown, to: content) }
    }

    /// Removes an allergy, with every record about the same allergen: a person's decision. After the last one the list is
    /// `unknown`, not "none". While its allergen is in question (two entries have its id), this record alone is removed here.
    public func remove(_ id: RecordId) async throws {
        try await calls.run { try $0.removeAllergy(id: id) }
    }

    /// A person confirms that there are no allergies. Refused while the list holds any, also one in question.
    public func confirmNone() async throws {
        try await calls.run { try $0.confirmNoAllergies() }
    }

    /// Takes a confirmation back: nothing is known about the list.
    public func setUnknown() async throws {
        try await calls.run { try $0.setAllergiesUnknown() }
    }
}
