package dev.foodlens.sample.ui

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.PaddingValues
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.lazy.LazyColumn
import androidx.compose.foundation.lazy.items
import androidx.compose.material3.Button
import androidx.compose.material3.Card
import androidx.compose.material3.FilterChip
import androidx.compose.material3.Icon
import androidx.compose.material3.IconButton
import androidx.compose.material3.IconToggleButton
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.OutlinedButton
import androidx.compose.material3.OutlinedTextField
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.unit.dp
import dev.foodlens.ffi.HistoryEntry
import dev.foodlens.ffi.HistoryVerdict
import dev.foodlens.sample.model.Badge
import dev.foodlens.sample.model.HistoryModel
import dev.foodlens.sample.model.HistoryState
import dev.foodlens.sample.model.Place
import dev.foodlens.sample.model.Shown
import dev.foodlens.sample.model.Way

@Composable
fun HistoryScreen(shown: Shown<HistoryState>, model: HistoryModel, way: Way) =
    Once(shown) { state ->
        LazyColumn(Modifier.fillMaxSize(), contentPadding = PaddingValues(16.dp), verticalArrangement = Arrangement.spacedBy(12.dp)) {
            item { SearchField(state, model) }
            if (state.unreadable > 0) item { Notice(Icons.Warning, count(Counted.UNREADABLE, state.unreadable)) }
            if (state.entries.isEmpty()) item { Text(say(if (state.query.isBlank()) Phrase.HISTORY_EMPTY else Phrase.NOTHING_FOUND)) }
            items(state.entries, { it.id }) { EntryCard(it, state.notes, model, way) }
            if (state.more || state.older) {
                item {
                    OutlinedButton(model::more, Modifier.fillMaxWidth()) {
                        Text(say(if (state.more) Phrase.SHOW_MORE else Phrase.FETCH_OLDER))
                    }
                }
            }
            item { Button({ way.go(Place.EditEntry(null)) }, Modifier.fillMaxWidth()) { Text(say(Phrase.ADD_ENTRY)) } }
        }
    }

@Composable
private fun SearchField(state: HistoryState, model: HistoryModel) =
    Column {
        OutlinedTextField(
            state.query,
            { model.search(it) },
            Modifier.fillMaxWidth(),
            label = { Text(say(Phrase.SEARCH)) },
            leadingIcon = { Icon(Icons.Search, contentDescription = null) },
            trailingIcon = {
                if (state.query.isNotEmpty()) IconButton({ model.search("") }) { Icon(Icons.Close, say(Phrase.CLEAR_SEARCH)) }
            },
            singleLine = true,
        )
        FilterChip(state.favourites, { model.onlyFavourites(!state.favourites) }, { Text(say(Phrase.ONLY_FAVOURITES)) })
    }

@Composable
private fun EntryCard(entry: HistoryEntry, notes: Boolean, model: HistoryModel, way: Way) {
    val content = entry.content
    val name = content.productName ?: named(content.kind)
    Card(Modifier.fillMaxWidth()) {
        Column(Modifier.padding(12.dp), Arrangement.spacedBy(6.dp)) {
            Row(verticalAlignment = Alignment.Top) {
                Column(Modifier.weight(1f).semantics(mergeDescendants = true) {}, Arrangement.spacedBy(4.dp)) {
                    Text(name, style = MaterialTheme.typography.titleMedium)
                    Small(listOfNotNull(content.brand, named(content.kind), LocalPhrases.current.time(content.occurredAt)).joinToString(" · "))
                    content.verdict?.let { VerdictMark(it) }
                    if (content.matchedAllergens.isNotEmpty()) {
                        val matches = content.matchedAllergens.map { namedMatch(it) }.joinToString()
                        Text(say(Phrase.MATCHES, matches), style = MaterialTheme.typography.bodyMedium)
                    }
                    content.note?.takeIf { notes }?.let { Text(it, style = MaterialTheme.typography.bodyMedium) }
                    Badge.of(entry.sync)?.let { BadgeMark(it) }
                }
                IconToggleButton(content.favourite, { model.mark(entry, it) }) {
                    val tint = if (content.favourite) MaterialTheme.colorScheme.primary else MaterialTheme.colorScheme.outline
                    Icon(Icons.Star, say(Phrase.FAVOURITE, name), tint = tint)
                }
            }
            Row(horizontalArrangement = Arrangement.spacedBy(8.dp)) {
                if (Badge.of(entry.sync) is Badge.Failed) Button({ model.retry(entry) }) { Text(say(Phrase.RETRY)) }
                TextButton({ way.go(Place.EditEntry(entry)) }) { Text(say(Phrase.EDIT)) }
            }
        }
    }
}

@Composable
private fun VerdictMark(verdict: HistoryVerdict) {
    val colors = MaterialTheme.colorScheme
    when (verdict) {
        HistoryVerdict.Safe -> Mark(Icons.Check, named(verdict), colors.primaryContainer, colors.onPrimaryContainer)
        HistoryVerdict.Danger, is HistoryVerdict.Unrecognised -> Mark(Icons.Warning, named(verdict), colors.error, colors.onError)
        HistoryVerdict.Warning -> Mark(Icons.Warning, named(verdict), colors.errorContainer, colors.onErrorContainer)
        HistoryVerdict.Unknown -> Mark(Icons.Question, named(verdict), colors.tertiaryContainer, colors.onTertiaryContainer)
    }
}
