// Of UIKit, what the app uses.
@_exported import Foundation

public struct UIBackgroundTaskIdentifier: Hashable, Sendable {}

@MainActor
open class UIApplication {
    public static var shared: UIApplication { fatalError("a stand-in") }

    open func beginBackgroundTask(
        expirationHandler handler: (@MainActor @Sendable () -> Void)? = nil
    ) -> UIBackgroundTaskIdentifier { fatalError("a stand-in") }

    open func endBackgroundTask(_ identifier: UIBackgroundTaskIdentifier) {}
}
