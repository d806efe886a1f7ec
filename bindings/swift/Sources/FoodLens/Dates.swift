import FoodLensFFI
import Foundation

// Dates are kept as the text that the backend has, which may be no date: an edit of something else must not lose it.

extension ProfileContent {
    /// The date of birth: year, month and day of the Gregorian calendar. Nil when there is none, or when it is no date.
    public var bornOn: DateComponents? {
        get { date(of: dateOfBirth) }
        set { dateOfBirth = newValue.map(text(of:)) }
    }
}

extension AllergyContent {
    /// The date of the diagnosis: year, month and day of the Gregorian calendar. Nil when there is none, or when it is no
    /// date.
    public var diagnosedAt: DateComponents? {
        get { date(of: diagnosedOn) }
        set { diagnosedOn = newValue.map(text(of:)) }
    }
}

private func date(of text: String?) -> DateComponents? {
    guard let text, text.utf8.count == 10 else { return nil }
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.map(\.utf8.count) == [4, 2, 2] else { return nil }
    let numbers = parts.compactMap { part in part.utf8.allSatisfy { (48...57).contains($0) } ? Int(part) : nil }
    guard numbers.count == 3 else { return nil }
    let date = DateComponents(year: numbers[0], month: numbers[1], day: numbers[2])
    return date.isValidDate(in: Calendar(identifier: .gregorian)) ? date : nil
}

/// As the backend writes dates. What is missing makes a text that the core refuses.
private func text(of date: DateComponents) -> String {
    String(format: "%04d-%02d-%02d", date.year ?? 0, date.month ?? 0, date.day ?? 0)
}
