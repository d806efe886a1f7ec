// What the server has not acknowledged, and what a person can do about it.
import SampleModels
import SwiftUI

struct QueueView: View {
    let screens: Screens

    private var model: QueueModel { screens.queue }

    var body: some View {
        Framed(screens: screens, actions: model.actions, title: .queue) {
            Once(model.state) { state in
                List {
                    if state.questions > 0 {
                        Notice("questionmark.circle", say(.questionsCount, state.questions)) {
                            ActionButton(say(.answer)) { screens.way.go(.questions) }
                        }
                    }
                    if let discard = state.discard { AboutToGo(preview: discard, model: model) }
                    if state.lines.isEmpty { Text(say(.queueEmpty)) }
                    ForEach(state.lines) { OperationCard(line: $0, screens: screens) }
                }
            }
        }
        .task { await model.follow() }
    }
}

private struct OperationCard: View {
    let line: QueueLine
    let screens: Screens

    private var model: QueueModel { screens.queue }

    var body: some View {
        VStack(alignment: .leading, spacing: 8) {
            VStack(alignment: .leading, spacing: 4) {
                Text(say(line.name)).font(.headline)
                ForEach(line.details, id: \.self) { Text(say($0)).font(.caption).foregroundStyle(.secondary) }
                BadgeMark(badge: line.badge)
            }
            .accessibilityElement(children: .combine)
            if line.canRetry { ActionButton(say(.retry)) { await model.retry(line) } }
            if line.canEdit { ActionButton(say(.edit)) { await model.edit(line, screens.way) } }
            if line.canDiscard { ActionButton(say(.discard), role: .destructive) { await model.askToDiscard(line) } }
        }
    }
}

/// What a discard would lose and leave, before it is done.
private struct AboutToGo: View {
    let preview: DiscardPreview
    let model: QueueModel

    var body: some View {
        Notice("exclamationmark.triangle", say(.discardAsks, preview.line.name)) {
            Text(say(.discardsCount, preview.goes))
            Text(say(preview.leaves))
            ActionButton(say(.discard), role: .destructive) { await model.discard(preview) }
            ActionButton(say(.keep)) { model.keep() }
        }
    }
}
