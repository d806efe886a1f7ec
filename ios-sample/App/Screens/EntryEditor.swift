// A scan or a meal that is written by hand, or a change of one.
import FoodLens
import SampleModels
import SwiftUI

struct EntryEditor: View {
    private static let kinds: [HistoryKind] = [.meal, .scan]

    let entry: HistoryEntry?
    let screens: Screens
    @State private var kind: HistoryKind
    @State private var name: String
    @State private var note: String

    init(entry: HistoryEntry?, screens: Screens) {
        self.entry = entry
        self.screens = screens
        _kind = State(initialValue: entry?.content.kind ?? .meal)
        _name = State(initialValue: entry?.content.productName ?? "")
        _note = State(initialValue: entry?.content.note ?? "")
    }

    var body: some View {
        Form {
            Picker(say(.historyEntry), selection: $kind) {
                ForEach(Self.kinds, id: \.self) { Text(say($0.name)).tag($0) }
            }
            TextField(say(.product), text: $name)
            TextField(say(.notes), text: $note)
            ActionButton(say(.save)) { await save() }
                .enabled(!name.isBlank)
            if let entry {
                ActionButton(say(.delete), role: .destructive) {
                    screens.way.back()
                    await screens.history.delete(entry)
                }
            }
        }
        .navigationTitle(say(.historyEntry))
    }

    private func save() async {
        screens.way.back()
        if let entry {
            await screens.history.change(entry, kind: kind, productName: name.orNil, note: note.orNil)
        } else {
            await screens.history.add(
                HistoryContent(kind: kind, occurredAt: Date(), productName: name.orNil, note: note.orNil))
        }
    }
}
