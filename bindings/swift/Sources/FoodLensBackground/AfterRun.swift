import FoodLens

/// What a scheduler does after a run.
public enum AfterRun: Equatable, Sendable {
    /// Nothing, until something is written or a person acts: all is sent, or what is left waits for a person or for the app.
    case rest
    /// Run once more, at once: there is more to do.
    case again
    /// Come back later. When that makes sense, the core knows.
    case later

    static func of(_ next: NextStep) -> AfterRun {
        switch next {
        case .done, .needsSignIn, .paused, .needsPerson: .rest
        case .moreWork: .again
        // Another run may be past the point at which it would have seen what this one was for.
        case .retryAt, .alreadyRunning: .later
        }
    }

    /// A run throws for its storage alone, opening a session for more. What no later run can mend, the app hears of at its own
    /// next call.
    static func of(_ error: any Error) -> AfterRun {
        (error as? FoodLensError)?.canRetry == false ? .rest : .later
    }
}
