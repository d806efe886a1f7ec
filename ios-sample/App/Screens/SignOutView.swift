// What each way of signing out means for what waits here. Nothing is deleted but what is shown.
import SampleModels
import SwiftUI

struct SignOutView: View {
    let here: SignedIn
    let model: SampleModel
    @State private var sure = false

    var body: some View {
        Form {
            if let preview = here.leaving {
                if let problem = here.problem { Notice("exclamationmark.triangle", say(problem.phrase)) {} }
                Section {
                    if preview.sayings.isEmpty { Notice("checkmark.circle", say(.nothingUnsent)) {} }
                    ForEach(preview.sayings, id: \.self) { Text(say($0)) }
                }
                way(.leaveSealed, means: .leaveSealedMeans) {
                    ActionButton(say(.leaveSealedDo)) { await model.keepAndSignOut() }
                }
                way(.leaveSend, means: .leaveSendMeans) {
                    ActionButton(say(.leaveSendDo)) { await model.sendAndSignOut() }
                }
                way(.leaveDelete, means: .leaveDeleteMeans) {
                    Toggle(say(.leaveDeleteSure), isOn: $sure)
                    ActionButton(say(.leaveDeleteDo), role: .destructive) { await model.deleteAndSignOut() }
                        .enabled(sure)
                }
                ActionButton(say(.stay)) {
                    here.screens.way.back()
                    await model.stay()
                }
            } else {
                ProgressView(say(.loading))
            }
        }
        .navigationTitle(say(.signOut))
        .onChange(of: here.leaving) { sure = false }  // it was said of what was shown before
    }

    private func way(_ title: Phrase, means: Phrase, @ViewBuilder actions: () -> some View) -> some View {
        Section {
            actions()
        } header: {
            Text(say(title))
        } footer: {
            Text(say(means))
        }
    }
}
