// Where in the app a person is.
import FoodLens
import Observation

/// The four at the bottom of the screen.
public enum Tab: CaseIterable, Sendable {
    case allergies
    case history
    case queue
    case me
}

/// What lies behind a tab.
public enum Place: Hashable, Sendable {
    case profile
    case settings
    case questions
    case signOut
    /// Nil: a new one.
    case editAllergy(AllergyLine?)
    /// Nil: a new one.
    case editEntry(HistoryEntry?)
}

/// The ways that a person took, one for each tab: who comes back to a tab finds it as it was.
@MainActor
@Observable
public final class Way {
    public var tab = Tab.allergies
    public var allergies: [Place] = []
    public var history: [Place] = []
    public var queue: [Place] = []
    public var me: [Place] = []

    public init() {}

    /// That of the tab which is open.
    public private(set) var path: [Place] {
        get { self[keyPath: place] }
        set { self[keyPath: place] = newValue }
    }

    public func go(_ place: Place) { path.append(place) }

    public func back() { _ = path.popLast() }

    private var place: ReferenceWritableKeyPath<Way, [Place]> {
        switch tab {
        case .allergies: \.allergies
        case .history: \.history
        case .queue: \.queue
        case .me: \.me
        }
    }
}
