package dev.foodlens.sample.ui

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.verticalScroll
import androidx.compose.material3.Button
import androidx.compose.material3.OutlinedButton
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.unit.dp
import dev.foodlens.ffi.ProfileContent
import dev.foodlens.sample.model.Badge
import dev.foodlens.sample.model.ProfileModel
import dev.foodlens.sample.model.ProfileState
import dev.foodlens.sample.model.Shown
import dev.foodlens.sample.model.emergencyContact
import dev.foodlens.sample.model.withEmergencyContact

/** The form follows what comes from elsewhere until something is typed; then it is saved against what it was opened on. */
@Composable
fun ProfileScreen(shown: Shown<ProfileState>, model: ProfileModel) =
    Once(shown) { state ->
        var opened by remember { mutableStateOf(state.content) }
        var form by remember { mutableStateOf(state.content) }
        if (form == opened && opened != state.content) {
            opened = state.content
            form = state.content
        }
        Column(Modifier.fillMaxSize().verticalScroll(rememberScrollState()).padding(16.dp), Arrangement.spacedBy(8.dp)) {
            state.badge?.let { BadgeMark(it) }
            if (state.badge is Badge.Failed) OutlinedButton({ model.retry() }) { Text(say(Phrase.RETRY)) }
            Fields(form) { form = it }
            Button(
                {
                    model.save(opened, form)
                    opened = form
                },
                Modifier.fillMaxWidth(),
                enabled = form != opened,
            ) { Text(say(Phrase.SAVE)) }
        }
    }

@Composable
private fun Fields(form: ProfileContent, onChange: (ProfileContent) -> Unit) {
    Field(Phrase.DISPLAY_NAME, form.displayName.orEmpty()) { onChange(form.copy(displayName = it.orNull())) }
    Field(Phrase.DATE_OF_BIRTH, form.dateOfBirth.orEmpty()) { onChange(form.copy(dateOfBirth = it.orNull())) }
    Field(Phrase.COUNTRY, form.country.orEmpty()) { onChange(form.copy(country = it.orNull())) }
    ListField(Phrase.DIETS, form.diets) { onChange(form.copy(diets = it)) }
    Field(Phrase.EMERGENCY_CONTACT, form.emergencyContact.orEmpty()) { onChange(form.withEmergencyContact(it.orNull())) }
}

private fun String.orNull(): String? = ifEmpty { null }
