package dev.foodlens.sample.ui

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.ColumnScope
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.selection.selectable
import androidx.compose.foundation.selection.toggleable
import androidx.compose.foundation.shape.RoundedCornerShape
import androidx.compose.material3.Card
import androidx.compose.material3.CardDefaults
import androidx.compose.material3.CircularProgressIndicator
import androidx.compose.material3.Icon
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.RadioButton
import androidx.compose.material3.Surface
import androidx.compose.material3.Switch
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.graphics.vector.ImageVector
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.unit.dp
import dev.foodlens.sample.model.Badge
import dev.foodlens.sample.model.Shown

/** A screen's data once they are there; before that it says that they are being read, and why they cannot be. */
@Composable
fun <T> Once(shown: Shown<T>, content: @Composable (T) -> Unit) {
    when (shown) {
        is Shown.Ready -> content(shown.value)
        is Shown.Broken -> Column(Modifier.padding(16.dp)) { Notice(Icons.Warning, say(shown.problem.phrase())) { Repair(shown.problem) } }
        Shown.Loading -> {
            val loading = say(Phrase.LOADING)
            Box(Modifier.fillMaxSize().semantics { contentDescription = loading }, Alignment.Center) { CircularProgressIndicator() }
        }
    }
}

@Composable
fun Heading(text: String) =
    Text(text, Modifier.padding(top = 8.dp).semantics { heading() }, style = MaterialTheme.typography.titleMedium)

/** Something that a person should not overlook. */
@Composable
fun Notice(icon: ImageVector, text: String, action: @Composable ColumnScope.() -> Unit = {}) =
    Card(Modifier.fillMaxWidth(), colors = CardDefaults.cardColors(MaterialTheme.colorScheme.tertiaryContainer)) {
        Column(Modifier.padding(12.dp), Arrangement.spacedBy(4.dp)) {
            Row(horizontalArrangement = Arrangement.spacedBy(12.dp)) {
                Icon(icon, contentDescription = null)
                Text(text, Modifier.weight(1f), style = MaterialTheme.typography.bodyMedium)
            }
            action()
        }
    }

/** Where a record stands: a mark and a word, never a colour alone. */
@Composable
fun BadgeMark(badge: Badge) {
    val (icon, text) =
        when (badge) {
            Badge.Saving -> Icons.Clock to say(Phrase.BADGE_SAVING)
            Badge.Waiting -> Icons.Clock to say(Phrase.BADGE_WAITING)
            Badge.Syncing -> Icons.Sync to say(Phrase.BADGE_SYNCING)
            Badge.Synced -> Icons.Check to say(Phrase.BADGE_SYNCED)
            is Badge.Failed -> Icons.Warning to (badge.reason?.let { say(it.phrase()) } ?: say(Phrase.BADGE_FAILED))
            Badge.Question -> Icons.Question to say(Phrase.BADGE_QUESTION)
        }
    val (back, front) =
        when (badge) {
            is Badge.Failed -> MaterialTheme.colorScheme.errorContainer to MaterialTheme.colorScheme.onErrorContainer
            Badge.Question -> MaterialTheme.colorScheme.tertiaryContainer to MaterialTheme.colorScheme.onTertiaryContainer
            else -> MaterialTheme.colorScheme.surfaceVariant to MaterialTheme.colorScheme.onSurfaceVariant
        }
    Mark(icon, text, back, front)
}

@Composable
fun Mark(icon: ImageVector, text: String, back: Color, front: Color) =
    Surface(color = back, contentColor = front, shape = RoundedCornerShape(8.dp)) {
        Row(Modifier.padding(8.dp, 3.dp), Arrangement.spacedBy(6.dp), Alignment.CenterVertically) {
            Icon(icon, contentDescription = null, Modifier.size(16.dp))
            Text(text, style = MaterialTheme.typography.labelMedium)
        }
    }

/** One of several, as large as a finger. */
@Composable
fun Choice(text: String, selected: Boolean, onClick: () -> Unit) =
    Row(
        Modifier.fillMaxWidth().heightIn(min = 48.dp).selectable(selected, role = Role.RadioButton, onClick = onClick),
        Arrangement.spacedBy(12.dp),
        Alignment.CenterVertically,
    ) {
        RadioButton(selected, onClick = null)
        Text(text)
    }

@Composable
fun Toggle(text: String, on: Boolean, onChange: (Boolean) -> Unit) =
    Row(
        Modifier.fillMaxWidth().heightIn(min = 48.dp).toggleable(on, role = Role.Switch, onValueChange = onChange),
        Arrangement.spacedBy(12.dp),
        Alignment.CenterVertically,
    ) {
        Text(text, Modifier.weight(1f))
        Switch(on, onCheckedChange = null)
    }

@Composable
fun Small(text: String) =
    Text(text, style = MaterialTheme.typography.bodySmall, color = MaterialTheme.colorScheme.onSurfaceVariant)
