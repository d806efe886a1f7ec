// What stands above every screen.
import SampleModels
import SwiftUI

/// How this phone and the server stand; read aloud when it changes.
struct BannerStrip: View {
    let model: BannerModel

    var body: some View {
        if let banner = model.state.ready?.banner {
            HStack {
                Label(say(banner.saying), systemImage: symbol(banner))
                    .font(.subheadline)
                    .frame(maxWidth: .infinity, alignment: .leading)
                ActionButton(say(.syncNow)) { await model.sync() }
                    .enabled(banner != .syncing)
            }
            .padding(.horizontal)
            .padding(.vertical, 8)
            .background(banner.needsAttention ? Color.orange.opacity(0.2) : Color.green.opacity(0.15))
            .onChange(of: banner) { AccessibilityNotification.Announcement(say(banner.saying)).post() }
        }
    }

    private func symbol(_ banner: Banner) -> String {
        switch banner {
        case .upToDate: "checkmark.circle"
        case .syncing, .restoring: "arrow.triangle.2.circlepath"
        case .offline: "wifi.slash"
        case .waiting, .heldBack: "clock"
        case .paused: "pause.circle"
        case .needsSignIn: "person.crop.circle.badge.exclamationmark"
        }
    }
}

/// What the last action ran into, until it is dismissed.
struct ProblemStrip: View {
    let actions: Actions

    var body: some View {
        if let problem = actions.problem {
            HStack {
                Label(say(problem.phrase), systemImage: "exclamationmark.triangle")
                    .font(.subheadline)
                    .frame(maxWidth: .infinity, alignment: .leading)
                ActionButton(say(.dismiss)) { actions.dismiss() }
            }
            .padding(.horizontal)
            .padding(.vertical, 8)
            .background(Color.red.opacity(0.15))
            .onAppear { AccessibilityNotification.Announcement(say(problem.phrase)).post() }
        }
    }
}

/// A screen below both.
struct Framed<Content: View>: View {
    let screens: Screens
    let actions: Actions
    let title: Phrase
    @ViewBuilder let content: () -> Content

    var body: some View {
        VStack(spacing: 0) {
            BannerStrip(model: screens.banner)
            ProblemStrip(actions: actions)
            content()
                .frame(maxWidth: .infinity, maxHeight: .infinity)
        }
        .navigationTitle(say(title))
    }
}
