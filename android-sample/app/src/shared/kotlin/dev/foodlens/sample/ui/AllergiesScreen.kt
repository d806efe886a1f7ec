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
import dev.foodlens.ffi.AllergyContent
import dev.foodlens.ffi.Severity
import dev.foodlens.sample.model.AllergiesModel
import dev.foodlens.sample.model.AllergiesState
import dev.foodlens.sample.model.AllergyRow
import dev.foodlens.sample.model.Badge
import dev.foodlens.sample.model.ListSays
import dev.foodlens.sample.model.Place
import dev.foodlens.sample.model.Shown
import dev.foodlens.sample.model.Sides
import dev.foodlens.sample.model.Way

@Composable
fun AllergiesScreen(shown: Shown<AllergiesState>, model: AllergiesModel, way: Way) =
    Once(shown) { state ->
        LazyColumn(Modifier.fillMaxSize(), contentPadding = PaddingValues(16.dp), verticalArrangement = Arrangement.spacedBy(12.dp)) {
            item { WhatTheListSays(state.says, model) }
            if (state.unreadable > 0) item { Notice(Icons.Warning, count(Counted.UNREADABLE, state.unreadable)) }
            items(state.rows) { AllergyCard(it, model, way) }
            item { Button({ way.go(Place.EditAllergy(null)) }, Modifier.fillMaxWidth()) { Text(say(Phrase.ADD_ALLERGY)) } }
        }
    }

@Composable
private fun WhatTheListSays(says: ListSays, model: AllergiesModel) =
    when (says) {
        ListSays.INCOMPLETE -> Notice(Icons.Warning, say(Phrase.LIST_INCOMPLETE))
        ListSays.UNKNOWN ->
            Notice(Icons.Question, say(Phrase.LIST_UNKNOWN)) {
                OutlinedButton(model::confirmNone) { Text(say(Phrase.CONFIRM_NONE)) }
            }
        ListSays.NONE ->
            Notice(Icons.Shield, say(Phrase.LIST_NONE)) {
                TextButton(model::takeConfirmationBack) { Text(say(Phrase.TAKE_BACK)) }
            }
        ListSays.LISTED -> Heading(say(Phrase.LIST_LISTED))
    }

@Composable
private fun AllergyCard(row: AllergyRow, model: AllergiesModel, way: Way) =
    Card(Modifier.fillMaxWidth()) {
        Column(Modifier.padding(12.dp), Arrangement.spacedBy(6.dp)) {
            Column(Modifier.semantics(mergeDescendants = true) {}, Arrangement.spacedBy(6.dp)) {
                Text(named(row.allergen), style = MaterialTheme.typography.titleMedium)
                SeverityMark(row.severity)
                row.notes?.let { Text(it, style = MaterialTheme.typography.bodyMedium) }
                BadgeMark(row.badge)
            }
            row.sides?.let { BothSides(it) }
            when (row.badge) {
                Badge.Question -> Button({ way.go(Place.Questions) }) { Text(say(Phrase.ANSWER)) }
                is Badge.Failed -> Button({ model.retry(row) }) { Text(say(Phrase.RETRY)) }
                else -> Unit
            }
            if (row.shown != null && row.badge != Badge.Question) {
                TextButton({ way.go(Place.EditAllergy(row)) }) { Text(say(Phrase.CHANGE_OR_REMOVE)) }
            }
        }
    }

/** While a question is open: what each side says. Above them stands the more cautious view. */
@Composable
private fun BothSides(sides: Sides) =
    Column(Modifier.semantics(mergeDescendants = true) {}) {
        Small(say(Phrase.CAUTIOUS_VIEW))
        Text(say(Phrase.SIDE_ONE, oneSide(sides.here)), style = MaterialTheme.typography.bodyMedium)
        Text(say(Phrase.SIDE_OTHER, oneSide(sides.there)), style = MaterialTheme.typography.bodyMedium)
    }

@Composable
private fun oneSide(side: AllergyContent?): String =
    if (side == null) say(Phrase.REMOVED) else named(side.allergen) + ", " + named(side.severity)

/** A word and a mark; what is not stated, or not known to this version, stands out as something to look at. */
@Composable
fun SeverityMark(severity: Severity?) {
    val colors = MaterialTheme.colorScheme
    when (severity) {
        Severity.Mild -> Mark(Icons.Shield, named(severity), colors.surfaceVariant, colors.onSurfaceVariant)
        Severity.Moderate -> Mark(Icons.Warning, named(severity), colors.secondaryContainer, colors.onSecondaryContainer)
        Severity.Severe -> Mark(Icons.Warning, named(severity), colors.errorContainer, colors.onErrorContainer)
        Severity.LifeThreatening, is Severity.Unrecognised -> Mark(Icons.Warning, named(severity), colors.error, colors.onError)
        null -> Mark(Icons.Question, named(severity), colors.tertiaryContainer, colors.onTertiaryContainer)
    }
}
