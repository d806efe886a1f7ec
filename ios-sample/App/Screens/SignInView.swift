// Nobody is signed in: who is it, and against which backend.
import SampleModels
import SwiftUI

struct SignInView: View {
    let out: SignedOut
    let model: SampleModel
    @State private var name = ""

    var body: some View {
        NavigationStack {
            Form {
                if let problem = out.problem { Notice("exclamationmark.triangle", say(problem.phrase)) {} }
                if out.sealed > 0 { Notice("clock", say(.sealedCount, out.sealed)) {} }
                Section {
                    ForEach(out.saved.users, id: \.self) { user in
                        ActionButton(say(.continueAs, .verbatim(user))) { await model.signIn(user) }
                    }
                    TextField(say(.userName), text: $name)
                        .textInputAutocapitalization(.never)
                        .autocorrectionDisabled()
                    ActionButton(say(.signIn)) { await model.signIn(name) }
                        .enabled(!name.isBlank)
                }
                BackendSection(backend: out.saved.baseURL, model: model)
            }
            .navigationTitle(say(.welcome))
        }
    }
}
