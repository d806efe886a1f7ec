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
import dev.foodlens.ffi.HistoryContent
import dev.foodlens.ffi.HistoryEntry
import dev.foodlens.ffi.HistoryKind
import dev.foodlens.sample.model.HistoryModel
import java.time.Instant

/** A scan or a meal that is written by hand, or a change of one. */
@Composable
fun EntryEditor(entry: HistoryEntry?, model: HistoryModel, onDone: () -> Unit) {
    val opened = entry?.content
    var kind by remember { mutableStateOf(opened?.kind ?: HistoryKind.Meal) }
    var name by remember { mutableStateOf(opened?.productName.orEmpty()) }
    var note by remember { mutableStateOf(opened?.note.orEmpty()) }
    Column(Modifier.fillMaxSize().verticalScroll(rememberScrollState()).padding(16.dp), Arrangement.spacedBy(8.dp)) {
        for (one in listOf(HistoryKind.Meal, HistoryKind.Scan)) Choice(named(one), kind == one) { kind = one }
        OutlinedTextField(name, { name = it }, Modifier.fillMaxWidth(), label = { Text(say(Phrase.PRODUCT)) })
        OutlinedTextField(note, { note = it }, Modifier.fillMaxWidth(), label = { Text(say(Phrase.NOTES)) })
        Button(
            {
                val (product, words) = name.ifBlank { null } to note.ifBlank { null }
                if (entry == null) {
                    model.add(HistoryContent(kind, Instant.now(), productName = product, note = words))
                } else {
                    model.change(entry) { it.copy(kind = kind, productName = product, note = words) }
                }
                onDone()
            },
            Modifier.fillMaxWidth(),
            enabled = name.isNotBlank(),
        ) { Text(say(Phrase.SAVE)) }
        if (entry != null) {
            OutlinedButton({ model.delete(entry); onDone() }, Modifier.fillMaxWidth()) { Text(say(Phrase.DELETE)) }
        }
    }
}
