/// Where the app is.
enum AppPhase: Sendable {
    case foreground
    case background
}

/// The moments that the system gives an app that goes to the background.
@MainActor
protocol BackgroundTime {
    /// Asks for them; `expired` when they are over. Gives what they are ended by.
    func begin(_ expired: @escaping @MainActor @Sendable () -> Void) -> Int
    func end(_ id: Int)
}

/// Suspends and resumes with the phases of the app.
@MainActor
struct PhaseFollower {
    let sync: FoodLensBackgroundSync
    let time: any BackgroundTime

    /// The app has come to this phase. Gives what goes on in the background.
    @discardableResult
    func entered(_ phase: AppPhase) -> Task<Void, Never>? {
        guard phase == .background else {
            sync.enteredForeground()
            return nil
        }
        let held = HeldTime(time)
        return Task {
            await sync.enteredBackground()
            held.end()
        }
    }
}

/// Time that is given back once, by the end of the work or by its own.
@MainActor
private final class HeldTime {
    private let time: any BackgroundTime
    private var id: Int?
    private var over = false

    init(_ time: any BackgroundTime) {
        self.time = time
        id = time.begin { self.end() }
        if over { end() }
    }

    func end() {
        over = true
        if let id { time.end(id) }
        id = nil
    }
}
