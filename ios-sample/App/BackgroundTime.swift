// The moments that the system gives an app which leaves the screen.
import UIKit

@MainActor
enum BackgroundTime {
    /// The app is not suspended before the work is done, as far as the system allows.
    static func during(_ work: () async -> Void) async {
        let time = UIApplication.shared.beginBackgroundTask()
        await work()
        UIApplication.shared.endBackgroundTask(time)
    }
}
