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
import androidx.compose.material3.OutlinedTextField
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.unit.dp
import dev.foodlens.ffi.Allergen
import dev.foodlens.ffi.AllergyContent
import dev.foodlens.ffi.EuAllergen
import dev.foodlens.ffi.Severity
import dev.foodlens.ffi.Source
import dev.foodlens.sample.model.AllergiesModel
import dev.foodlens.sample.model.AllergyRow

private val SEVERITIES = listOf(null, Severity.Mild, Severity.Moderate, Severity.Severe, Severity.LifeThreatening)
private val SOURCES = listOf(null, Source.SelfReported, Source.Clinician, Source.Imported)

/** A new allergy, or another severity, other notes, or the removal of one; an allergen that is recorded stays what it is. */
@Composable
fun AllergyEditor(row: AllergyRow?, model: AllergiesModel, onDone: () -> Unit) {
    var allergen by remember { mutableStateOf(row?.allergen) }
    var severity by remember { mutableStateOf(row?.severity) }
    var more by remember { mutableStateOf(row?.shown?.content ?: AllergyContent(Allergen.Custom(""), notes = row?.notes)) }
    var removing by remember { mutableStateOf(false) }
    Column(Modifier.fillMaxSize().verticalScroll(rememberScrollState()).padding(16.dp), Arrangement.spacedBy(8.dp)) {
        if (row == null) ChooseAllergen(allergen) { allergen = it } else Heading(named(row.allergen))
        Heading(say(Phrase.HOW_SEVERE))
        for (one in SEVERITIES) Choice(named(one), severity == one) { severity = one }
        More(more) { more = it }
        Button(
            {
                when {
                    row?.shown != null -> model.change(row, more.copy(severity = severity))
                    else -> allergen?.let { model.add(more.copy(allergen = it, severity = severity)) }
                }
                onDone()
            },
            Modifier.fillMaxWidth(),
            enabled = allergen.isSaid(),
        ) { Text(say(Phrase.SAVE)) }
        if (row != null && !removing) {
            OutlinedButton({ removing = true }, Modifier.fillMaxWidth()) { Text(say(Phrase.REMOVE)) }
        }
        if (row != null && removing) {
            Notice(Icons.Warning, say(Phrase.REMOVE_MEANS, named(row.allergen))) {
                Button({ model.remove(row); onDone() }) { Text(say(Phrase.REMOVE_FOR_GOOD)) }
                OutlinedButton({ removing = false }) { Text(say(Phrase.KEEP)) }
            }
        }
    }
}

/** What may be said beside the severity. */
@Composable
private fun More(content: AllergyContent, onChange: (AllergyContent) -> Unit) {
    ListField(Phrase.REACTIONS, content.reactions) { onChange(content.copy(reactions = it)) }
    Field(Phrase.DIAGNOSED_ON, content.diagnosedOn.orEmpty()) { onChange(content.copy(diagnosedOn = it.ifEmpty { null })) }
    Heading(say(Phrase.SOURCE))
    for (one in SOURCES) Choice(whoSaid(one), content.source == one) { onChange(content.copy(source = one)) }
    Field(Phrase.NOTES, content.notes.orEmpty(), lines = 4) { onChange(content.copy(notes = it.ifBlank { null })) }
}

@Composable
private fun ChooseAllergen(chosen: Allergen?, onChoose: (Allergen) -> Unit) {
    Heading(say(Phrase.TO_WHAT))
    for (one in EuAllergen.entries) {
        Choice(say(one.phrase()), (chosen as? Allergen.Eu)?.v1 == one) { onChoose(Allergen.Eu(one)) }
    }
    val words = (chosen as? Allergen.Custom)?.v1.orEmpty()
    OutlinedTextField(
        words,
        { onChoose(Allergen.Custom(it)) },
        Modifier.fillMaxWidth(),
        label = { Text(say(Phrase.SOMETHING_ELSE)) },
    )
}

private fun Allergen?.isSaid(): Boolean = this is Allergen.Eu || this is Allergen.Custom && v1.isNotBlank()
