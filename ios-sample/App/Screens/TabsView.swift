// The four tabs; the queue's carries the number of what only a person can mend.
import SampleModels
import SwiftUI

struct TabsView: View {
    let here: SignedIn
    let model: SampleModel

    private var screens: Screens { here.screens }

    var body: some View {
        @Bindable var way = here.screens.way
        let marks = screens.banner.state.ready
        TabView(selection: $way.tab) {
            stack($way.allergies) { AllergiesView(screens: screens) }
                .tabItem { Label(say(.allergies), systemImage: "shield") }
                .tag(SampleModels.Tab.allergies)
            stack($way.history) { HistoryView(screens: screens) }
                .tabItem { Label(say(.history), systemImage: "list.bullet") }
                .tag(SampleModels.Tab.history)
            stack($way.queue) { QueueView(screens: screens) }
                .tabItem { Label(say(.queue), systemImage: "clock") }
                .badge((marks?.failed ?? 0) + (marks?.questions ?? 0))
                .tag(SampleModels.Tab.queue)
            stack($way.me) { MeView(here: here, model: model) }
                .tabItem { Label(say(.me), systemImage: "person") }
                .tag(SampleModels.Tab.me)
        }
    }

    private func stack(_ path: Binding<[Place]>, @ViewBuilder root: () -> some View) -> some View {
        NavigationStack(path: path) {
            root()
                .navigationDestination(for: Place.self) { place in
                    PlaceView(place: place, here: here, model: model)
                }
        }
    }
}

/// What lies behind a tab.
struct PlaceView: View {
    let place: Place
    let here: SignedIn
    let model: SampleModel

    var body: some View {
        let screens = here.screens
        switch place {
        case .profile: ProfileView(screens: screens)
        case .settings: SettingsView(screens: screens, backend: here.saved.baseURL, model: model)
        case .questions: QuestionsView(screens: screens)
        case .signOut: SignOutView(here: here, model: model)
        case .editAllergy(let line): AllergyEditor(line: line, screens: screens)
        case .editEntry(let entry): EntryEditor(entry: entry, screens: screens)
        }
    }
}
