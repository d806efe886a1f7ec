// What a screen has of its data.
import FoodLens
import FoodLensObservation

/// Nothing yet is not the same as an empty list, and neither is a file that cannot be read.
public enum Shown<Value> {
    case loading
    case ready(Value)
    case broken(Problem)

    /// The value, where there is one.
    public var ready: Value? {
        if case .ready(let value) = self { value } else { nil }
    }

    func map<Other>(_ change: (Value) -> Other) -> Shown<Other> {
        switch self {
        case .loading: .loading
        case .ready(let value): .ready(change(value))
        case .broken(let problem): .broken(problem)
        }
    }

    /// Both, once both are there.
    func and<Other>(_ other: Shown<Other>) -> Shown<(Value, Other)> {
        switch (self, other) {
        case (.ready(let one), .ready(let two)): .ready((one, two))
        case (.broken(let problem), _), (_, .broken(let problem)): .broken(problem)
        default: .loading
        }
    }
}

extension Shown: Sendable where Value: Sendable {}
extension Shown: Equatable where Value: Equatable {}

extension LiveValue {
    var shown: Shown<Value> {
        if let error, !error.endsSession { return .broken(Problem(error)) }
        return value.map { .ready($0) } ?? .loading
    }
}

extension FoodLensError {
    /// The user signed out, or another session took over: the screen is about to go.
    var endsSession: Bool {
        switch self {
        case .closed, .signedOut: true
        default: false
        }
    }
}
