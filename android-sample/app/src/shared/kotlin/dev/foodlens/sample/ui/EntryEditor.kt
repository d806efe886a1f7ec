package dev.foodlens.sample.ui

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.ExperimentalLayoutApi
import androidx.compose.foundation.layout.FlowRow
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.verticalScroll
import androidx.compose.material3.Button
import androidx.compose.material3.FilterChip
import androidx.compose.material3.OutlinedButton
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.unit.dp
import dev.foodlens.ffi.EuAllergen
import dev.foodlens.ffi.HistoryEntry
import dev.foodlens.ffi.HistoryKind
import dev.foodlens.ffi.HistoryVerdict
import dev.foodlens.sample.model.EntryForm
import dev.foodlens.sample.model.HistoryModel
import java.time.Instant

private val KINDS = listOf(HistoryKind.Meal, HistoryKind.Scan, HistoryKind.Search)
private val VERDICTS = listOf(null, HistoryVerdict.Safe, HistoryVerdict.Warning, HistoryVerdict.Danger, HistoryVerdict.Unknown)

/** A scan or a meal that is written by hand, or a change of one. */
@Composable
fun EntryEditor(entry: HistoryEntry?, model: HistoryModel, now: Instant = Instant.now(), onDone: () -> Unit) {
    val zone = LocalPhrases.current.zone
    var form by remember { mutableStateOf(entry?.let { EntryForm.of(it.content, zone) } ?: EntryForm.empty(now, zone)) }
    val content = form.content(entry?.content, zone)
    Column(Modifier.fillMaxSize().verticalScroll(rememberScrollState()).padding(16.dp), Arrangement.spacedBy(8.dp)) {
        Field(Phrase.PRODUCT, form.product) { form = form.copy(product = it) }
        Field(Phrase.BRAND, form.brand) { form = form.copy(brand = it) }
        for (one in KINDS) Choice(named(one), form.kind == one) { form = form.copy(kind = one) }
        Field(Phrase.WHEN, form.whenText) { form = form.copy(whenText = it) }
        Field(Phrase.BARCODE, form.barcode) { form = form.copy(barcode = it) }
        Field(Phrase.INGREDIENTS, form.ingredients, lines = 4) { form = form.copy(ingredients = it) }
        Heading(say(Phrase.VERDICT))
        for (one in VERDICTS) Choice(one?.let { named(it) } ?: say(Phrase.NOT_STATED), form.verdict == one) { form = form.copy(verdict = one) }
        Heading(say(Phrase.MATCHED))
        Matches(form) { form = it }
        Field(Phrase.NOTES, form.note, lines = 4) { form = form.copy(note = it) }
        Toggle(say(Phrase.IS_FAVOURITE), form.favourite) { form = form.copy(favourite = it) }
        Button(
            {
                content?.let { to -> if (entry == null) model.add(to) else model.change(entry) { to } }
                onDone()
            },
            Modifier.fillMaxWidth(),
            enabled = content != null,
        ) { Text(say(Phrase.SAVE)) }
        if (entry != null) {
            OutlinedButton({ model.delete(entry); onDone() }, Modifier.fillMaxWidth()) { Text(say(Phrase.DELETE)) }
        }
    }
}

@OptIn(ExperimentalLayoutApi::class)
@Composable
private fun Matches(form: EntryForm, onChange: (EntryForm) -> Unit) {
    FlowRow(horizontalArrangement = Arrangement.spacedBy(8.dp)) {
        for (one in EuAllergen.entries) {
            val chosen = one in form.matches
            FilterChip(
                chosen,
                { onChange(form.copy(matches = if (chosen) form.matches - one else form.matches + one)) },
                { Text(say(one.phrase())) },
            )
        }
    }
    Field(Phrase.SOMETHING_ELSE, form.ownMatches) { onChange(form.copy(ownMatches = it)) }
}
