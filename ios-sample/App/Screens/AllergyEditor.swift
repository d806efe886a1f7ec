// A new allergy, or another severity, other notes, or the removal of one.
import FoodLens
import SampleModels
import SwiftUI

/// An allergen that is recorded stays what it is.
struct AllergyEditor: View {
    private static let severities: [Severity?] = [nil, .mild, .moderate, .severe, .lifeThreatening]

    let line: AllergyLine?
    let screens: Screens
    @State private var allergen: EuAllergen?
    @State private var words = ""
    @State private var severity: Severity?
    @State private var notes: String
    @State private var removing = false

    init(line: AllergyLine?, screens: Screens) {
        self.line = line
        self.screens = screens
        _severity = State(initialValue: line?.severity)
        _notes = State(initialValue: line?.notes ?? "")
    }

    var body: some View {
        Form {
            if let line {
                Text(say(line.allergen.name)).font(.headline)
            } else {
                Section(say(.toWhat)) {
                    Picker(say(.toWhat), selection: $allergen) {
                        Text(say(.somethingElse)).tag(EuAllergen?.none)
                        ForEach(EuAllergen.allCases, id: \.self) { Text(say($0.phrase)).tag(EuAllergen?.some($0)) }
                    }
                    if allergen == nil { TextField(say(.somethingElse), text: $words) }
                }
            }
            Section(say(.howSevere)) {
                Picker(say(.howSevere), selection: $severity) {
                    ForEach(Self.severities, id: \.self) { Text(say(Severity.name($0))).tag($0) }
                }
                .pickerStyle(.inline)
                .labelsHidden()
                TextField(say(.notes), text: $notes)
            }
            ActionButton(say(.save)) { await save() }
                .enabled(line != nil || chosen != nil)
            if let line { removal(of: line) }
        }
        .navigationTitle(say(.allergy))
    }

    @ViewBuilder
    private func removal(of line: AllergyLine) -> some View {
        if removing {
            Notice("exclamationmark.triangle", say(.removeMeans, line.allergen.name)) {
                ActionButton(say(.removeForGood), role: .destructive) {
                    screens.way.back()
                    await screens.allergies.remove(line)
                }
                ActionButton(say(.keep)) { removing = false }
            }
        } else {
            ActionButton(say(.remove), role: .destructive) { removing = true }
        }
    }

    private var chosen: Allergen? {
        if let allergen { return .eu(allergen) }
        return words.isBlank ? nil : .custom(words)
    }

    private func save() async {
        screens.way.back()
        if let line {
            await screens.allergies.change(line, severity: severity, notes: notes.orNil)
        } else if let chosen {
            await screens.allergies.add(AllergyContent(allergen: chosen, severity: severity, notes: notes.orNil))
        }
    }
}
