// What a person asks for, and what it ran into.
import FoodLens
import Observation

/// Runs what a person asks for, and keeps what went wrong until they have seen it.
@MainActor
@Observable
public final class Actions {
    /// The last thing that went wrong.
    public private(set) var problem: Problem?

    public init() {}

    func run(_ action: () async throws -> Void) async {
        problem = nil
        do {
            try await action()
        } catch {
            if (error as? FoodLensError)?.endsSession != true { problem = Problem(error) }
        }
    }

    public func dismiss() { problem = nil }
}
