import FoodLensFFI

extension EuAllergen {
    /// The code of this allergen, as it stands in the history's matched allergens: `milk`, `peanuts`, …
    public var code: String {
        get throws { try typed { try euAllergenCode(allergen: self) } }
    }

    /// One of the fourteen by its code; nil for a code that this version does not know.
    public static func withCode(_ code: String) throws -> EuAllergen? {
        try typed { try euAllergenFromCode(code: code) }
    }
}

extension Severity {
    /// How severe, for sorting: the higher, the more cautious. Not stated (nil) ranks above mild and moderate and below
    /// severe, since it may be anything.
    public static func rank(_ severity: Severity?) throws -> Int {
        Int(try typed { try severityRank(severity: severity) })
    }
}
