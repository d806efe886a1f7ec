package dev.foodlens.sample.ui

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.material3.Icon
import androidx.compose.material3.IconButton
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Surface
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.liveRegion
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.unit.dp
import dev.foodlens.sample.model.Banner
import dev.foodlens.sample.model.Problem

/** How this phone and the server stand; read aloud when it changes. */
@Composable
fun BannerStrip(banner: Banner, onSync: () -> Unit) {
    val (icon, text) =
        when (banner) {
            Banner.UpToDate -> Icons.Check to say(Phrase.BANNER_UP_TO_DATE)
            Banner.Syncing -> Icons.Sync to say(Phrase.BANNER_SYNCING)
            is Banner.Restoring -> Icons.Sync to count(Counted.BANNER_RESTORING, banner.records)
            is Banner.Offline -> Icons.Warning to withWaiting(Phrase.BANNER_OFFLINE, banner.waiting)
            is Banner.Waiting -> Icons.Clock to count(Counted.WAITING, banner.waiting)
            is Banner.Paused -> Icons.Clock to withWaiting(Phrase.BANNER_PAUSED, banner.waiting)
            is Banner.HeldBack -> Icons.Clock to withWaiting(Phrase.BANNER_HELD_BACK, banner.waiting)
            is Banner.NeedsSignIn -> Icons.Person to withWaiting(Phrase.BANNER_SIGN_IN, banner.waiting)
        }
    val attention = banner is Banner.Offline || banner is Banner.NeedsSignIn || banner is Banner.Restoring
    val colors = MaterialTheme.colorScheme
    Surface(
        color = if (attention) colors.tertiaryContainer else colors.primaryContainer,
        contentColor = if (attention) colors.onTertiaryContainer else colors.onPrimaryContainer,
    ) {
        Row(
            Modifier.fillMaxWidth().heightIn(min = 48.dp).padding(start = 16.dp),
            Arrangement.spacedBy(12.dp),
            Alignment.CenterVertically,
        ) {
            Icon(icon, contentDescription = null, Modifier.size(20.dp))
            Text(
                text,
                Modifier.weight(1f).padding(vertical = 8.dp).semantics { liveRegion = LiveRegionMode.Polite },
                style = MaterialTheme.typography.bodyMedium,
            )
            IconButton(onSync, enabled = banner != Banner.Syncing) { Icon(Icons.Sync, say(Phrase.SYNC_NOW)) }
        }
    }
}

@Composable
private fun withWaiting(phrase: Phrase, waiting: Long): String =
    if (waiting == 0L) say(phrase) else say(phrase) + " " + count(Counted.WAITING, waiting)

/** What the last action ran into, until it is dismissed. */
@Composable
fun ProblemStrip(problem: Problem, onDismiss: () -> Unit) =
    Surface(color = MaterialTheme.colorScheme.errorContainer, contentColor = MaterialTheme.colorScheme.onErrorContainer) {
        Row(Modifier.fillMaxWidth().padding(start = 16.dp), verticalAlignment = Alignment.CenterVertically) {
            Text(
                say(problem.phrase()),
                Modifier.weight(1f).semantics { liveRegion = LiveRegionMode.Assertive },
                style = MaterialTheme.typography.bodyMedium,
            )
            Repair(problem)
            IconButton(onDismiss) { Icon(Icons.Close, say(Phrase.DISMISS)) }
        }
    }
