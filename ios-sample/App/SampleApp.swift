// The app: one library a process, its work in the background, one window.
import FoodLens
import FoodLensBackground
import SampleModels
import SwiftUI

@main
struct SampleApp: App {
    @State private var model: SampleModel
    private let sync: FoodLensBackgroundSync

    init() {
        let phone = Phone(file: SavedFile(.applicationSupportDirectory.appending(path: "Sample/app.json"))) { url in
            try FoodLens(baseURL: url, http: HttpOptions(allowLoopbackHttp: true), tokens: DevTokens())
        }
        let sync = FoodLensBackgroundSync { try await phone.signedIn() }
        sync.register()  // before the launch ends
        try? FoodLens.setLogSink(OSLogSink())
        self.sync = sync
        // A person may have switched background refresh off: what waits goes when the app is open.
        _model = State(initialValue: SampleModel(phone) { Task { try? await sync.schedule() } })
    }

    var body: some Scene {
        WindowGroup {
            RootView(model: model)
                .suspends(sync)  // no file is held while the app is suspended
        }
    }
}
