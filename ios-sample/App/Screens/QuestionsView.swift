// Two devices changed the same: both versions, and what each answer comes to.
import FoodLens
import SampleModels
import SwiftUI

struct QuestionsView: View {
    let screens: Screens

    private var model: QuestionsModel { screens.questions }

    var body: some View {
        Framed(screens: screens, actions: model.actions, title: .questionsTitle) {
            Once(model.state) { lines in
                List {
                    if lines.isEmpty { Text(say(.noQuestions)) }
                    ForEach(lines) { QuestionCard(line: $0, model: model) }
                }
            }
        }
        .task { await model.follow() }
    }
}

private struct QuestionCard: View {
    let line: QuestionLine
    let model: QuestionsModel

    var body: some View {
        Section(say(line.twoRecords ? .questionTwoRecords : .question)) {
            Text(say(.untilAnswered)).font(.caption).foregroundStyle(.secondary)
            side(line.twoRecords ? .firstEntry : .thisPhone, line.conflict.local, line.here) { await model.keepHere(line) }
            side(line.twoRecords ? .secondEntry : .server, line.conflict.remote, line.there) { await model.keepThere(line) }
        }
    }

    private func side(
        _ whose: Phrase, _ content: RecordContent?, _ meaning: Meaning, keep: @escaping @MainActor () async -> Void
    ) -> some View {
        VStack(alignment: .leading, spacing: 8) {
            VStack(alignment: .leading, spacing: 4) {
                Text(say(whose)).font(.subheadline)
                Text(say(content?.summary ?? .phrase(.removed))).font(.headline)
                Text(say(meaning.saying)).font(.caption).foregroundStyle(.secondary)
            }
            .accessibilityElement(children: .combine)
            ActionButton(say(.keepThis)) { await keep() }
        }
    }
}
