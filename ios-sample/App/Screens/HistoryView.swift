// The screen of scans and meals.
import FoodLens
import SampleModels
import SwiftUI

struct HistoryView: View {
    let screens: Screens
    @State private var query = ""

    private var model: HistoryModel { screens.history }

    var body: some View {
        Framed(screens: screens, actions: model.actions, title: .history) {
            Once(model.state) { state in
                List {
                    Toggle(say(.onlyFavourites), isOn: asking(state.favourites) { await model.onlyFavourites($0) })
                    if state.unreadable > 0 {
                        Notice("exclamationmark.triangle", say(.unreadableCount, state.unreadable)) {}
                    }
                    if state.entries.isEmpty { Text(say(state.query.isBlank ? .historyEmpty : .nothingFound)) }
                    ForEach(state.entries) { EntryCard(entry: $0, screens: screens) }
                    if state.more || state.older {
                        ActionButton(say(state.more ? .showMore : .fetchOlder)) { await model.more() }
                    }
                    ActionButton(say(.addEntry)) { screens.way.go(.editEntry(nil)) }
                }
            }
        }
        .searchable(text: $query, prompt: say(.search))
        .task { await model.follow() }
        .task(id: query) { await model.search(query) }
    }
}

private struct EntryCard: View {
    let entry: HistoryEntry
    let screens: Screens

    private var content: HistoryContent { entry.content }

    var body: some View {
        VStack(alignment: .leading, spacing: 8) {
            VStack(alignment: .leading, spacing: 4) {
                Text(say(content.name)).font(.headline)
                Text(say(content.details)).font(.caption).foregroundStyle(.secondary)
                if let verdict = content.verdict { VerdictMark(verdict: verdict) }
                if let matches = content.matches { Text(say(matches)) }
                if let note = content.note { Text(verbatim: note) }
                BadgeMark(badge: entry.badge)
            }
            .accessibilityElement(children: .combine)
            Toggle(
                say(.favourite, content.name),
                isOn: asking(content.favourite) { await screens.history.mark(entry, favourite: $0) })
            if entry.badge.isFailed {
                ActionButton(say(.retry)) { await screens.history.retry(entry) }
            }
            ActionButton(say(.edit)) { screens.way.go(.editEntry(entry)) }
        }
    }
}
