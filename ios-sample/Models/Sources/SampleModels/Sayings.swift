// What each screen says of its state.
import FoodLens

extension Badge {
    public var saying: Saying {
        switch self {
        case .saving: .phrase(.badgeSaving)
        case .waiting: .phrase(.badgeWaiting)
        case .syncing: .phrase(.badgeSyncing)
        case .synced: .phrase(.badgeSynced)
        case .failed(let reason): .phrase(reason?.phrase ?? .badgeFailed)
        case .question: .phrase(.badgeQuestion)
        }
    }
}

extension Banner {
    public var saying: Saying {
        switch self {
        case .upToDate: .phrase(.bannerUpToDate)
        case .syncing: .phrase(.bannerSyncing)
        case .restoring(let records): .counted(.bannerRestoringCount, records)
        case .offline(let waiting): Banner.say(.bannerOffline, waiting)
        case .waiting(let waiting): .counted(.waitingCount, waiting)
        case .paused(let waiting): Banner.say(.bannerPaused, waiting)
        case .heldBack(let waiting): Banner.say(.bannerHeldBack, waiting)
        case .needsSignIn(let waiting): Banner.say(.bannerSignIn, waiting)
        }
    }

    private static func say(_ phrase: Phrase, _ waiting: Int) -> Saying {
        waiting == 0 ? .phrase(phrase) : .sentences([.phrase(phrase), .counted(.waitingCount, waiting)])
    }
}

extension ListSays {
    public var phrase: Phrase {
        switch self {
        case .incomplete: .listIncomplete
        case .unknown: .listUnknown
        case .none: .listNone
        case .listed: .listListed
        }
    }
}

extension Sides {
    /// The one side, and the other.
    public var sayings: [Saying] {
        [.phrase(.sideOne, [Sides.say(here)]), .phrase(.sideOther, [Sides.say(there)])]
    }

    private static func say(_ side: AllergyContent?) -> Saying {
        side.map { .list([$0.allergen.name, Severity.name($0.severity)]) } ?? .phrase(.removed)
    }
}

extension Meaning {
    public var saying: Saying {
        switch self {
        case .staysAs(let allergen, let severity): .phrase(.meansStays, [allergen.name, Severity.name(severity)])
        case .isRemoved(let allergen): .phrase(.meansRemoved, [allergen.name])
        case .keepsVersion: .phrase(.meansVersion)
        case .keepsDeletion: .phrase(.meansDeletion)
        }
    }
}

extension QueueLine {
    /// What it is about.
    public var name: Saying { allergy?.content.allergen.name ?? .phrase(operation.collection.phrase) }

    /// Its kind and age, and what has come of it, a line each.
    public var details: [Saying] {
        var lines: [Saying] = [.list([.phrase(operation.kind.phrase), .time(operation.createdAt)])]
        if operation.attempts > 0 { lines.append(.counted(.attemptsCount, Int(operation.attempts))) }
        if let code = operation.serverCode { lines.append(.phrase(.serverSays, [.verbatim(code)])) }
        return lines
    }
}

extension DiscardPreview {
    public var leaves: Saying {
        fallsBackTo.map { .phrase(.discardLeaves, [$0.summary]) } ?? .phrase(.discardLeavesNothing)
    }
}

extension HistoryContent {
    public var name: Saying { productName.map { .verbatim($0) } ?? kind.name }

    public var details: Saying {
        .list((brand.map { [.verbatim($0)] } ?? []) + [kind.name, .time(occurredAt)])
    }

    /// What it has that the person reacts to; nil: nothing that is known.
    public var matches: Saying? {
        matchedAllergens.isEmpty ? nil : .phrase(.matches, [.list(matchedAllergens.map(Allergen.name(ofMatch:)))])
    }
}

extension RecordContent {
    /// A record in a line or two, as a question or a discard shows it.
    public var summary: Saying {
        switch self {
        case .allergy(let content):
            .list([content.allergen.name, Severity.name(content.severity)] + said([content.notes]))
        case .allergyList(let state): .phrase(state.phrase)
        case .profile(let profile):
            orNothing(said([profile.displayName, profile.dateOfBirth, profile.country] + profile.diets))
        case .settings(let settings): orNothing(said([settings.language, settings.theme, settings.units]))
        case .history(let entry): .list([entry.name, .time(entry.occurredAt)] + said([entry.note]))
        }
    }

    private func said(_ words: [String?]) -> [Saying] { words.compactMap { $0.map { .verbatim($0) } } }

    private func orNothing(_ parts: [Saying]) -> Saying { parts.isEmpty ? .phrase(.empty) : .list(parts) }
}

extension SignOutPreview {
    /// What would be lost, a line each; nothing, where the server has all.
    public var sayings: [Saying] {
        let counts: [(Counted, Int64)] = [(.unsentCount, unsent), (.failedCount, failed), (.questionsCount, conflicts)]
        let lines: [Saying] = counts.filter { $0.1 > 0 }.map { .counted($0.0, Int($0.1)) }
        return lines.isEmpty ? [] : lines + (oldestUnsentAt.map { [.phrase(.oldestFrom, [.time($0)])] } ?? [])
    }
}
