package dev.foodlens.sample.ui

import androidx.compose.runtime.Composable
import dev.foodlens.ffi.HistoryContent
import dev.foodlens.ffi.ListState
import dev.foodlens.ffi.ProfileContent
import dev.foodlens.ffi.RecordContent
import dev.foodlens.ffi.SettingsContent

/** A record in a line or two, as a question or a discard shows it. */
@Composable
fun summary(content: RecordContent): String =
    when (content) {
        is RecordContent.Allergy ->
            listOfNotNull(named(content.v1.allergen), named(content.v1.severity), content.v1.notes).joinToString(", ")
        is RecordContent.AllergyList -> named(content.v1)
        is RecordContent.Profile -> summary(content.v1)
        is RecordContent.Settings -> summary(content.v1)
        is RecordContent.History -> summary(content.v1)
    }

@Composable
private fun named(state: ListState): String =
    when (state) {
        ListState.UNKNOWN -> say(Phrase.LIST_UNKNOWN)
        ListState.CONFIRMED_NONE -> say(Phrase.LIST_NONE)
        ListState.LISTED -> say(Phrase.LIST_LISTED)
    }

@Composable
private fun summary(profile: ProfileContent): String =
    (listOfNotNull(profile.displayName, profile.dateOfBirth, profile.country) + profile.diets).orNothing()

@Composable
private fun summary(settings: SettingsContent): String =
    listOfNotNull(settings.language, settings.theme, settings.units).orNothing()

@Composable
private fun summary(entry: HistoryContent): String =
    listOfNotNull(entry.productName ?: named(entry.kind), LocalPhrases.current.time(entry.occurredAt), entry.note).orNothing()

@Composable
private fun List<String>.orNothing(): String = joinToString().ifEmpty { say(Phrase.EMPTY) }
