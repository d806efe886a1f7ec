// Where things stand: a mark and a word, never a colour alone.
import FoodLens
import SampleModels
import SwiftUI

struct BadgeMark: View {
    let badge: Badge

    var body: some View {
        Label(say(badge.saying), systemImage: symbol)
            .font(.caption)
            .foregroundStyle(colour)
    }

    private var symbol: String {
        switch badge {
        case .saving, .waiting: "clock"
        case .syncing: "arrow.triangle.2.circlepath"
        case .synced: "checkmark.circle"
        case .failed: "exclamationmark.triangle"
        case .question: "questionmark.circle"
        }
    }

    private var colour: Color {
        switch badge {
        case .failed: .red
        case .question: .orange
        default: .secondary
        }
    }
}

/// What is not stated, or not known to this version, stands out as something to look at.
struct SeverityMark: View {
    let severity: Severity?

    var body: some View {
        Label(say(Severity.name(severity)), systemImage: symbol)
            .font(.subheadline)
            .foregroundStyle(colour)
    }

    private var symbol: String {
        switch severity {
        case nil: "questionmark.diamond"
        case .mild: "shield"
        case .moderate, .severe, .lifeThreatening, .unrecognised: "exclamationmark.triangle"
        }
    }

    private var colour: Color {
        switch severity {
        case .mild: .secondary
        case nil, .moderate: .orange
        case .severe, .lifeThreatening, .unrecognised: .red
        }
    }
}

struct VerdictMark: View {
    let verdict: HistoryVerdict

    var body: some View {
        Label(say(verdict.name), systemImage: symbol)
            .font(.subheadline)
            .foregroundStyle(colour)
    }

    private var symbol: String {
        switch verdict {
        case .safe: "checkmark.circle"
        case .unknown: "questionmark.circle"
        case .warning, .danger, .unrecognised: "exclamationmark.triangle"
        }
    }

    private var colour: Color {
        switch verdict {
        case .safe: .green
        case .unknown: .orange
        case .warning, .danger, .unrecognised: .red
        }
    }
}
