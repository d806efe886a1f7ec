package dev.foodlens.sample.model

import dev.foodlens.Session
import dev.foodlens.ffi.SettingsContent
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.combine

data class SettingsState(val content: SettingsContent, val badge: Badge?, val paused: Boolean)

class SettingsModel(private val session: Session, scope: CoroutineScope) {
    val actions = Actions(scope)

    val state: StateFlow<Shown<SettingsState>> =
        combine(session.settings.changes, session.status) { settings, status ->
            SettingsState(settings.content, Badge.of(settings.sync), status.paused)
        }.shownIn(scope)

    /** `system`, `light` or `dark`; goes to the person's other phones, too. */
    fun theme(theme: String) = actions.run { session.settings.update { it.copy(theme = theme) } }

    fun units(units: String) = actions.run { session.settings.update { it.copy(units = units) } }

    /** A BCP 47 tag; null: as the phone. */
    fun language(tag: String?) = actions.run { session.settings.update { it.copy(language = tag) } }

    fun research(on: Boolean) = actions.run { session.settings.update { it.withResearch(on) } }

    fun historyNotes(on: Boolean) = actions.run { session.settings.update { it.withHistoryNotes(on) } }

    fun notifications(on: Boolean) = actions.run { session.settings.update { it.copy(notifications = on) } }

    /** Of this phone alone: nothing is sent or fetched meanwhile, writes go on as ever. */
    fun pause(on: Boolean) = actions.run { session.setPaused(on) }
}
