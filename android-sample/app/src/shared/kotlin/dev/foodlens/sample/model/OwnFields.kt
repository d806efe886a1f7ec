package dev.foodlens.sample.model

import dev.foodlens.ffi.ProfileContent
import dev.foodlens.ffi.SettingsContent

// What this app keeps in the fields that the library leaves to apps: on the server and on the person's other phones, as the rest is.

private const val EMERGENCY = "emergency_contact"
private const val RESEARCH = "research"
private const val NOTES = "history_notes"

/** Whom to call; null: nobody is named. */
val ProfileContent.emergencyContact: String?
    get() = extras[EMERGENCY]

fun ProfileContent.withEmergencyContact(contact: String?): ProfileContent =
    copy(extras = if (contact == null) extras - EMERGENCY else extras + (EMERGENCY to contact))

/** Whether the person lets their data be used for research; without an answer, they do not. */
val SettingsContent.research: Boolean
    get() = consents[RESEARCH] == true

fun SettingsContent.withResearch(on: Boolean): SettingsContent = copy(consents = consents + (RESEARCH to on))

/** Whether the history shows notes. A setting of the app is a JSON text. */
val SettingsContent.historyNotes: Boolean
    get() = app[NOTES] != "false"

fun SettingsContent.withHistoryNotes(on: Boolean): SettingsContent = copy(app = app + (NOTES to "$on"))
