// The screen of settings.
import SampleModels
import SwiftUI

struct SettingsView: View {
    let screens: Screens
    let backend: String
    let model: SampleModel

    private var settings: SettingsModel { screens.settings }

    var body: some View {
        Framed(screens: screens, actions: settings.actions, title: .settings) {
            Once(settings.state) { state in
                Form {
                    Section {
                        Toggle(say(.pause), isOn: asking(state.paused) { await settings.pause($0) })
                    } header: {
                        Text(say(.sync))
                    } footer: {
                        Text(say(.pauseMeans))
                    }
                    Picker(say(.looks), selection: asking(state.content.theme ?? "system") { await settings.theme($0) }) {
                        Text(say(.themeSystem)).tag("system")
                        Text(say(.themeLight)).tag("light")
                        Text(say(.themeDark)).tag("dark")
                    }
                    Picker(say(.units), selection: asking(state.content.units ?? "metric") { await settings.units($0) }) {
                        Text(say(.unitsMetric)).tag("metric")
                        Text(say(.unitsImperial)).tag("imperial")
                    }
                    Toggle(
                        say(.notifications),
                        isOn: asking(state.content.notifications == true) { await settings.notifications($0) })
                    if let badge = state.badge { BadgeMark(badge: badge) }
                    BackendSection(backend: backend, model: model)
                }
            }
        }
    }
}

/// For development: the reference server with its bad days, or another backend. Its users and data are others.
struct BackendSection: View {
    let backend: String
    let model: SampleModel
    @State private var url: String

    init(backend: String, model: SampleModel) {
        self.backend = backend
        self.model = model
        _url = State(initialValue: backend)
    }

    var body: some View {
        Section {
            TextField(say(.address), text: $url)
                .textInputAutocapitalization(.never)
                .autocorrectionDisabled()
            ActionButton(say(.useBackend)) { await model.useBackend(url) }
                .enabled(url != backend)
        } header: {
            Text(say(.backend))
        } footer: {
            Text(say(.backendMeans))
        }
    }
}
