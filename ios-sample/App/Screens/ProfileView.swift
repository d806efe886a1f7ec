// The form of the profile.
import FoodLens
import SampleModels
import SwiftUI

struct ProfileView: View {
    let screens: Screens

    private var model: ProfileModel { screens.profile }

    var body: some View {
        Framed(screens: screens, actions: model.actions, title: .profile) {
            Once(model.state) { ProfileForm(state: $0, model: model) }
        }
        .task { await model.follow() }
    }
}

/// It follows what comes from elsewhere until something is typed; then it is saved against what it was opened on.
private struct ProfileForm: View {
    let state: ProfileState
    let model: ProfileModel
    @State private var opened: ProfileContent
    @State private var fields: ProfileFields

    init(state: ProfileState, model: ProfileModel) {
        self.state = state
        self.model = model
        _opened = State(initialValue: state.content)
        _fields = State(initialValue: ProfileFields(state.content))
    }

    var body: some View {
        Form {
            if let badge = state.badge {
                BadgeMark(badge: badge)
                if badge.isFailed { ActionButton(say(.retry)) { await model.retry() } }
            }
            TextField(say(.displayName), text: $fields.displayName)
            TextField(say(.dateOfBirth), text: $fields.dateOfBirth)
            TextField(say(.country), text: $fields.country)
            TextField(say(.diets), text: $fields.diets)
            ActionButton(say(.save)) { await save() }
                .enabled(!says(opened))
        }
        .onChange(of: state.content) {
            guard says(opened) || says(state.content) else { return }
            opened = state.content
            fields = ProfileFields(opened)
        }
    }

    /// Whether the fields say what the profile does.
    private func says(_ content: ProfileContent) -> Bool { fields.content(from: content) == content }

    private func save() async { await model.save(opened, fields) }
}
