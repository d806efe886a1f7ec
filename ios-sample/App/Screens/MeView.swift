// The person's own corner: profile, settings, other users of this phone, and the way out.
import SampleModels
import SwiftUI

struct MeView: View {
    let here: SignedIn
    let model: SampleModel
    @State private var name = ""

    private var way: Way { here.screens.way }

    var body: some View {
        Framed(screens: here.screens, actions: here.screens.banner.actions, title: .me) {
            Form {
                if let problem = here.problem { Notice("exclamationmark.triangle", say(problem.phrase)) {} }
                Section(here.screens.user) {
                    ActionButton(say(.profile)) { way.go(.profile) }
                    ActionButton(say(.settings)) { way.go(.settings) }
                }
                Section {
                    ForEach(here.others, id: \.self) { user in
                        ActionButton(say(.switchTo, .verbatim(user))) { await model.switchTo(user) }
                    }
                    TextField(say(.userName), text: $name)
                        .textInputAutocapitalization(.never)
                        .autocorrectionDisabled()
                    ActionButton(say(.addUser)) { await model.switchTo(name) }
                        .enabled(!name.isBlank)
                } header: {
                    Text(say(.otherUsers))
                } footer: {
                    Text(say(.switchMeans))
                }
                ActionButton(say(.signOut), role: .destructive) {
                    way.go(.signOut)
                    await model.askToSignOut()
                }
            }
        }
    }
}
