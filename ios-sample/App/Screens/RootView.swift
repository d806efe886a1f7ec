// Who is here, and their screens.
import SampleModels
import SwiftUI

struct RootView: View {
    let model: SampleModel

    var body: some View {
        content
            .preferredColorScheme(model.dark.map { $0 ? .dark : .light })
            .task { await model.start() }
    }

    @ViewBuilder private var content: some View {
        switch model.account {
        case .starting: ProgressView(say(.loading))
        case .signedOut(let out): SignInView(out: out, model: model)
        case .signedIn(let here):
            TabsView(here: here, model: model)
                .id(ObjectIdentifier(here.screens))
                .task(id: ObjectIdentifier(here.screens)) { await here.screens.follow() }
        }
    }
}
