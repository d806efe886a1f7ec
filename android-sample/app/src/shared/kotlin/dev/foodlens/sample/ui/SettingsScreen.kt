package dev.foodlens.sample.ui

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.verticalScroll
import androidx.compose.material3.OutlinedButton
import androidx.compose.material3.OutlinedTextField
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.unit.dp
import dev.foodlens.sample.model.SettingsModel
import dev.foodlens.sample.model.SettingsState
import dev.foodlens.sample.model.Shown
import dev.foodlens.sample.model.historyNotes
import dev.foodlens.sample.model.research

@Composable
fun SettingsScreen(shown: Shown<SettingsState>, model: SettingsModel, baseUrl: String, onBackend: (String) -> Unit) =
    Once(shown) { state ->
        Column(Modifier.fillMaxSize().verticalScroll(rememberScrollState()).padding(16.dp), Arrangement.spacedBy(8.dp)) {
            Heading(say(Phrase.SYNC))
            Toggle(say(Phrase.PAUSE), state.paused) { model.pause(it) }
            Small(say(Phrase.PAUSE_MEANS))
            Heading(say(Phrase.LOOKS))
            val theme = state.content.theme ?: "system"
            Choice(say(Phrase.THEME_SYSTEM), theme == "system") { model.theme("system") }
            Choice(say(Phrase.THEME_LIGHT), theme == "light") { model.theme("light") }
            Choice(say(Phrase.THEME_DARK), theme == "dark") { model.theme("dark") }
            Heading(say(Phrase.LANGUAGE))
            for ((tag, name) in LANGUAGES) Choice(say(name), state.content.language == tag) { model.language(tag) }
            Heading(say(Phrase.UNITS))
            Choice(say(Phrase.UNITS_METRIC), state.content.units == "metric") { model.units("metric") }
            Choice(say(Phrase.UNITS_IMPERIAL), state.content.units == "imperial") { model.units("imperial") }
            Toggle(say(Phrase.NOTIFICATIONS), state.content.notifications == true) { model.notifications(it) }
            Toggle(say(Phrase.HISTORY_NOTES), state.content.historyNotes) { model.historyNotes(it) }
            Toggle(say(Phrase.RESEARCH), state.content.research) { model.research(it) }
            Small(say(Phrase.RESEARCH_MEANS))
            state.badge?.let { BadgeMark(it) }
            BackendField(baseUrl, onBackend)
        }
    }

private val LANGUAGES =
    listOf(null to Phrase.LANGUAGE_PHONE, "en" to Phrase.LANGUAGE_ENGLISH, "de" to Phrase.LANGUAGE_GERMAN)

/** For development: the reference server with its bad days, or another backend. Its users and data are others. */
@Composable
fun BackendField(baseUrl: String, onBackend: (String) -> Unit) {
    var url by remember(baseUrl) { mutableStateOf(baseUrl) }
    Heading(say(Phrase.BACKEND))
    Small(say(Phrase.BACKEND_MEANS))
    OutlinedTextField(url, { url = it }, Modifier.fillMaxWidth(), label = { Text(say(Phrase.ADDRESS)) }, singleLine = true)
    OutlinedButton({ onBackend(url) }, Modifier.fillMaxWidth(), enabled = url != baseUrl) { Text(say(Phrase.USE_BACKEND)) }
}
