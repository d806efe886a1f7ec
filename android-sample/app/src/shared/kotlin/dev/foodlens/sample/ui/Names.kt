package dev.foodlens.sample.ui

import androidx.compose.runtime.Composable
import dev.foodlens.ffi.Allergen
import dev.foodlens.ffi.Collection
import dev.foodlens.ffi.EuAllergen
import dev.foodlens.ffi.FailureReason
import dev.foodlens.ffi.HistoryKind
import dev.foodlens.ffi.HistoryVerdict
import dev.foodlens.ffi.Kind
import dev.foodlens.ffi.Severity
import dev.foodlens.ffi.Source
import dev.foodlens.sample.model.Problem

// What the library's values are called in a person's language. What this version does not know is said as it came.

fun EuAllergen.phrase(): Phrase = Phrase.valueOf("ALLERGEN_$name")

fun FailureReason.phrase(): Phrase = Phrase.valueOf("FAILED_$name")

fun Problem.phrase(): Phrase = Phrase.valueOf("PROBLEM_$name")

@Composable
fun named(allergen: Allergen): String =
    when (allergen) {
        is Allergen.Eu -> say(allergen.v1.phrase())
        is Allergen.Custom -> allergen.v1
        is Allergen.Unrecognised -> allergen.v1
    }

/** A matched allergen of the history: a code of the fourteen, or the person's own words. */
@Composable
fun namedMatch(code: String): String = EuAllergen.entries.find { it.name.lowercase() == code }?.let { say(it.phrase()) } ?: code

/** Not stated is never said as mild: it may be anything. */
@Composable
fun named(severity: Severity?): String =
    when (severity) {
        null -> say(Phrase.SEVERITY_NOT_STATED)
        Severity.Mild -> say(Phrase.SEVERITY_MILD)
        Severity.Moderate -> say(Phrase.SEVERITY_MODERATE)
        Severity.Severe -> say(Phrase.SEVERITY_SEVERE)
        Severity.LifeThreatening -> say(Phrase.SEVERITY_LIFE_THREATENING)
        is Severity.Unrecognised -> say(Phrase.SEVERITY_UNRECOGNISED, severity.v1)
    }

@Composable
fun whoSaid(source: Source?): String =
    when (source) {
        null -> say(Phrase.NOT_STATED)
        Source.SelfReported -> say(Phrase.SOURCE_SELF)
        Source.Clinician -> say(Phrase.SOURCE_CLINICIAN)
        Source.Imported -> say(Phrase.SOURCE_IMPORTED)
        is Source.Unrecognised -> source.v1
    }

@Composable
fun named(kind: HistoryKind): String =
    when (kind) {
        HistoryKind.Scan -> say(Phrase.KIND_SCAN)
        HistoryKind.Meal -> say(Phrase.KIND_MEAL)
        HistoryKind.Search -> say(Phrase.KIND_SEARCH)
        is HistoryKind.Unrecognised -> kind.v1
    }

@Composable
fun named(verdict: HistoryVerdict): String =
    when (verdict) {
        HistoryVerdict.Safe -> say(Phrase.VERDICT_SAFE)
        HistoryVerdict.Warning -> say(Phrase.VERDICT_WARNING)
        HistoryVerdict.Danger -> say(Phrase.VERDICT_DANGER)
        HistoryVerdict.Unknown -> say(Phrase.VERDICT_UNKNOWN)
        is HistoryVerdict.Unrecognised -> say(Phrase.VERDICT_UNRECOGNISED, verdict.v1)
    }

@Composable
fun named(collection: Collection): String =
    when (collection) {
        Collection.PROFILE -> say(Phrase.PROFILE)
        Collection.SETTINGS -> say(Phrase.SETTINGS)
        Collection.ALLERGY_LIST -> say(Phrase.ALLERGY_LIST)
        Collection.ALLERGIES -> say(Phrase.ALLERGY)
        Collection.HISTORY -> say(Phrase.HISTORY_ENTRY)
    }

@Composable
fun named(kind: Kind): String =
    when (kind) {
        Kind.CREATE -> say(Phrase.WRITE_ADD)
        Kind.UPDATE -> say(Phrase.WRITE_CHANGE)
        Kind.DELETE -> say(Phrase.WRITE_DELETE)
    }
