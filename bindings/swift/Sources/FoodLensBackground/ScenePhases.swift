#if canImport(SwiftUI) && os(iOS)
import SwiftUI
import UIKit

extension View {
    /// Follows the phases of the scene that this view is in: in the background the session is suspended, so that no lock is held
    /// while the app is, and it goes on when the scene is back. On the root view of an app with one scene.
    @MainActor
    public func suspends(_ sync: FoodLensBackgroundSync) -> some View {
        modifier(ScenePhases(follower: PhaseFollower(sync: sync, time: ApplicationTime())))
    }
}

private struct ScenePhases: ViewModifier {
    @Environment(\.scenePhase) private var phase
    let follower: PhaseFollower

    func body(content: Content) -> some View {
        content.onChange(of: phase) { follower.entered($0 == .background ? .background : .foreground) }
    }
}

private struct ApplicationTime: BackgroundTime {
    func begin(_ expired: @escaping @MainActor @Sendable () -> Void) -> Int {
        UIApplication.shared.beginBackgroundTask(withName: "dev.foodlens.suspend", expirationHandler: expired).rawValue
    }

    func end(_ id: Int) { UIApplication.shared.endBackgroundTask(UIBackgroundTaskIdentifier(rawValue: id)) }
}
#endif
