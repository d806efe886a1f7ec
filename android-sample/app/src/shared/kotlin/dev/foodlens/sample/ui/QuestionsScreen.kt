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
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.unit.dp
import dev.foodlens.ffi.RecordContent
import dev.foodlens.sample.model.Meaning
import dev.foodlens.sample.model.QuestionRow
import dev.foodlens.sample.model.QuestionsModel
import dev.foodlens.sample.model.Shown

/** Two devices changed the same: both versions, and what each answer comes to. */
@Composable
fun QuestionsScreen(shown: Shown<List<QuestionRow>>, model: QuestionsModel) =
    Once(shown) { rows ->
        LazyColumn(Modifier.fillMaxSize(), contentPadding = PaddingValues(16.dp), verticalArrangement = Arrangement.spacedBy(16.dp)) {
            if (rows.isEmpty()) item { Text(say(Phrase.NO_QUESTIONS)) }
            items(rows, { it.conflict.id }) { QuestionCard(it, model) }
        }
    }

@Composable
private fun QuestionCard(row: QuestionRow, model: QuestionsModel) =
    Column(verticalArrangement = Arrangement.spacedBy(8.dp)) {
        Heading(say(if (row.twoRecords) Phrase.QUESTION_TWO_RECORDS else Phrase.QUESTION))
        Small(say(Phrase.UNTIL_ANSWERED))
        val (here, there) = if (row.twoRecords) Phrase.FIRST_ENTRY to Phrase.SECOND_ENTRY else Phrase.THIS_PHONE to Phrase.SERVER
        Side(say(here), row.conflict.local, row.here) { model.keepHere(row) }
        Side(say(there), row.conflict.remote, row.there) { model.keepThere(row) }
    }

@Composable
private fun Side(whose: String, content: RecordContent?, meaning: Meaning, onKeep: () -> Unit) =
    Card(Modifier.fillMaxWidth()) {
        Column(Modifier.padding(12.dp), Arrangement.spacedBy(6.dp)) {
            Column(Modifier.semantics(mergeDescendants = true) {}, Arrangement.spacedBy(6.dp)) {
                Text(whose, style = MaterialTheme.typography.titleSmall)
                Text(content?.let { summary(it) } ?: say(Phrase.REMOVED), style = MaterialTheme.typography.bodyLarge)
                Small(inWords(meaning))
            }
            Button(onKeep) { Text(say(Phrase.KEEP_THIS)) }
        }
    }

@Composable
private fun inWords(meaning: Meaning): String =
    when (meaning) {
        is Meaning.StaysAs -> say(Phrase.MEANS_STAYS, named(meaning.allergen), named(meaning.severity))
        is Meaning.IsRemoved -> say(Phrase.MEANS_REMOVED, named(meaning.allergen))
        Meaning.KeepsVersion -> say(Phrase.MEANS_VERSION)
        Meaning.KeepsDeletion -> say(Phrase.MEANS_DELETION)
    }
