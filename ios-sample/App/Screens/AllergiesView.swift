// The screen of allergies.
import FoodLens
import SampleModels
import SwiftUI

struct AllergiesView: View {
    let screens: Screens

    private var model: AllergiesModel { screens.allergies }

    var body: some View {
        Framed(screens: screens, actions: model.actions, title: .allergies) {
            Once(model.state) { state in
                List {
                    Section { says(state.says) }
                    if state.unreadable > 0 {
                        Notice("exclamationmark.triangle", say(.unreadableCount, state.unreadable)) {}
                    }
                    ForEach(state.lines, id: \.self) { AllergyCard(line: $0, screens: screens) }
                    ActionButton(say(.addAllergy)) { screens.way.go(.editAllergy(nil)) }
                }
            }
        }
        .task { await model.follow() }
    }

    @ViewBuilder
    private func says(_ says: ListSays) -> some View {
        switch says {
        case .incomplete: Notice("exclamationmark.triangle", say(says.phrase)) {}
        case .unknown:
            Notice("questionmark.circle", say(says.phrase)) {
                ActionButton(say(.confirmNone)) { await model.confirmNone() }
            }
        case .none:
            Notice("checkmark.shield", say(says.phrase)) {
                ActionButton(say(.takeBack)) { await model.takeConfirmationBack() }
            }
        case .listed: Text(say(says.phrase)).font(.headline).accessibilityAddTraits(.isHeader)
        }
    }
}

private struct AllergyCard: View {
    let line: AllergyLine
    let screens: Screens

    var body: some View {
        VStack(alignment: .leading, spacing: 8) {
            VStack(alignment: .leading, spacing: 4) {
                Text(say(line.allergen.name)).font(.headline)
                SeverityMark(severity: line.severity)
                if let notes = line.notes { Text(verbatim: notes) }
                BadgeMark(badge: line.badge)
            }
            .accessibilityElement(children: .combine)
            if let sides = line.sides { BothSides(sides: sides) }
            if line.badge == .question {
                ActionButton(say(.answer)) { screens.way.go(.questions) }
            } else {
                if line.badge.isFailed {
                    ActionButton(say(.retry)) { await screens.allergies.retry(line) }
                }
                if line.shown != nil {
                    ActionButton(say(.changeOrRemove)) { screens.way.go(.editAllergy(line)) }
                }
            }
        }
    }
}

/// While a question is open: what each side says. Above them stands the more cautious view.
private struct BothSides: View {
    let sides: Sides

    var body: some View {
        VStack(alignment: .leading, spacing: 4) {
            Text(say(.cautiousView)).font(.caption).foregroundStyle(.secondary)
            ForEach(sides.sayings, id: \.self) { Text(say($0)) }
        }
        .accessibilityElement(children: .combine)
    }
}
