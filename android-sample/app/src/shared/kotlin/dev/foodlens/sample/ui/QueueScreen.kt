package dev.foodlens.sample.ui

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.PaddingValues
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.lazy.LazyColumn
import androidx.compose.foundation.lazy.items
import androidx.compose.material3.Button
import androidx.compose.material3.Card
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.OutlinedButton
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.unit.dp
import dev.foodlens.sample.model.DiscardPreview
import dev.foodlens.sample.model.Place
import dev.foodlens.sample.model.QueueModel
import dev.foodlens.sample.model.QueueRow
import dev.foodlens.sample.model.QueueState
import dev.foodlens.sample.model.Shown
import dev.foodlens.sample.model.Way

/** What the server has not acknowledged, and what a person can do about it. */
@Composable
fun QueueScreen(shown: Shown<QueueState>, model: QueueModel, way: Way) =
    Once(shown) { state ->
        LazyColumn(Modifier.fillMaxSize(), contentPadding = PaddingValues(16.dp), verticalArrangement = Arrangement.spacedBy(12.dp)) {
            if (state.questions.isNotEmpty()) {
                item {
                    Notice(Icons.Question, count(Counted.QUESTIONS, state.questions.size.toLong())) {
                        Button({ way.go(Place.Questions) }) { Text(say(Phrase.ANSWER)) }
                    }
                }
            }
            state.discard?.let { item { AboutToGo(it, model) } }
            if (state.rows.isEmpty()) item { Text(say(Phrase.QUEUE_EMPTY)) }
            items(state.rows, { it.operation.id }) { OperationCard(it, model, way) }
        }
    }

@Composable
private fun OperationCard(row: QueueRow, model: QueueModel, way: Way) =
    Card(Modifier.fillMaxWidth()) {
        Column(Modifier.padding(12.dp), Arrangement.spacedBy(6.dp)) {
            Column(Modifier.semantics(mergeDescendants = true) {}, Arrangement.spacedBy(6.dp)) {
                Text(named(row), style = MaterialTheme.typography.titleMedium)
                Small(named(row.operation.kind) + " · " + LocalPhrases.current.time(row.operation.createdAt))
                BadgeMark(row.badge)
                if (row.operation.attempts > 0) Small(count(Counted.ATTEMPTS, row.operation.attempts))
                row.operation.serverCode?.let { Small(say(Phrase.SERVER_SAYS, it)) }
            }
            if (row.canRetry) Button({ model.retry(row) }) { Text(say(Phrase.RETRY)) }
            if (row.canEdit) TextButton({ model.edit(row, way::go) }) { Text(say(Phrase.EDIT)) }
            if (row.canDiscard) TextButton({ model.askToDiscard(row) }) { Text(say(Phrase.DISCARD)) }
        }
    }

@Composable
private fun named(row: QueueRow): String = row.allergy?.let { named(it.content.allergen) } ?: named(row.operation.collection)

/** What a discard would lose and leave, before it is done. */
@Composable
private fun AboutToGo(preview: DiscardPreview, model: QueueModel) =
    Notice(Icons.Warning, say(Phrase.DISCARD_ASKS, named(preview.row))) {
        Text(count(Counted.DISCARDS, preview.goes.toLong()), style = MaterialTheme.typography.bodyMedium)
        val left = preview.fallsBackTo
        Text(
            if (left == null) say(Phrase.DISCARD_LEAVES_NOTHING) else say(Phrase.DISCARD_LEAVES, summary(left)),
            style = MaterialTheme.typography.bodyMedium,
        )
        Button({ model.discard(preview) }) { Text(say(Phrase.DISCARD)) }
        OutlinedButton(model::keep) { Text(say(Phrase.KEEP)) }
    }
