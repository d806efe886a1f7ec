// What the library's values are called. What this version does not know is said as it came.
import FoodLens

extension EuAllergen {
    public var phrase: Phrase {
        switch self {
        case .gluten: .allergenGluten
        case .crustaceans: .allergenCrustaceans
        case .eggs: .allergenEggs
        case .fish: .allergenFish
        case .peanuts: .allergenPeanuts
        case .soybeans: .allergenSoybeans
        case .milk: .allergenMilk
        case .nuts: .allergenNuts
        case .celery: .allergenCelery
        case .mustard: .allergenMustard
        case .sesame: .allergenSesame
        case .sulphites: .allergenSulphites
        case .lupin: .allergenLupin
        case .molluscs: .allergenMolluscs
        }
    }
}

extension FailureReason {
    public var phrase: Phrase {
        switch self {
        case .conflict: .failedConflict
        case .forbidden: .failedForbidden
        case .notFound: .failedNotFound
        case .gone: .failedGone
        case .tooLarge: .failedTooLarge
        case .invalid: .failedInvalid
        case .refused: .failedRefused
        case .exhausted: .failedExhausted
        case .stale: .failedStale
        case .unreadable: .failedUnreadable
        }
    }
}

extension Problem {
    public var phrase: Phrase {
        switch self {
        case .empty: .problemEmpty
        case .tooLong: .problemTooLong
        case .notAllowed: .problemNotAllowed
        case .gone: .problemGone
        case .changed: .problemChanged
        case .notNow: .problemNotNow
        case .storageFull: .problemStorageFull
        case .tryLater: .problemTryLater
        case .damaged: .problemDamaged
        case .updateApp: .problemUpdateApp
        case .moreUnsent: .problemMoreUnsent
        case .badAddress: .problemBadAddress
        case .other: .problemOther
        }
    }
}

extension Allergen {
    public var name: Saying {
        switch self {
        case .eu(let allergen): .phrase(allergen.phrase)
        case .custom(let words), .unrecognised(let words): .verbatim(words)
        }
    }

    /// A matched allergen of the history: a code of the fourteen, or the person's own words.
    public static func name(ofMatch code: String) -> Saying {
        (try? EuAllergen.withCode(code)).map { .phrase($0.phrase) } ?? .verbatim(code)
    }
}

extension Severity {
    /// Not stated is never said as mild: it may be anything.
    public static func name(_ severity: Severity?) -> Saying {
        switch severity {
        case nil: .phrase(.severityNotStated)
        case .mild: .phrase(.severityMild)
        case .moderate: .phrase(.severityModerate)
        case .severe: .phrase(.severitySevere)
        case .lifeThreatening: .phrase(.severityLifeThreatening)
        case .unrecognised(let words): .phrase(.severityUnrecognised, [.verbatim(words)])
        }
    }
}

extension HistoryKind {
    public var name: Saying {
        switch self {
        case .scan: .phrase(.kindScan)
        case .meal: .phrase(.kindMeal)
        case .search: .phrase(.kindSearch)
        case .unrecognised(let words): .verbatim(words)
        }
    }
}

extension HistoryVerdict {
    public var name: Saying {
        switch self {
        case .safe: .phrase(.verdictSafe)
        case .warning: .phrase(.verdictWarning)
        case .danger: .phrase(.verdictDanger)
        case .unknown: .phrase(.verdictUnknown)
        case .unrecognised(let words): .phrase(.verdictUnrecognised, [.verbatim(words)])
        }
    }
}

extension Collection {
    public var phrase: Phrase {
        switch self {
        case .profile: .profile
        case .settings: .settings
        case .allergyList: .allergyList
        case .allergies: .allergy
        case .history: .historyEntry
        }
    }
}

extension Kind {
    public var phrase: Phrase {
        switch self {
        case .create: .writeAdd
        case .update: .writeChange
        case .delete: .writeDelete
        }
    }
}

extension ListState {
    public var phrase: Phrase {
        switch self {
        case .unknown: .listUnknown
        case .confirmedNone: .listNone
        case .listed: .listListed
        }
    }
}
