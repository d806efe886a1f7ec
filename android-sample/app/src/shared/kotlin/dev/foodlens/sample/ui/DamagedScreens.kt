package dev.foodlens.sample.ui

import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.material3.Button
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.OutlinedButton
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.staticCompositionLocalOf
import androidx.compose.ui.Modifier
import dev.foodlens.Recovery
import dev.foodlens.sample.model.Account
import dev.foodlens.sample.model.Problem
import dev.foodlens.sample.model.SampleModel

/** What repairs a damaged file, wherever on a screen it shows. */
val LocalRepair = staticCompositionLocalOf<() -> Unit> { {} }

/** Beside a problem that it can mend. */
@Composable
fun Repair(problem: Problem) {
    if (problem != Problem.DAMAGED) return
    val repair = LocalRepair.current
    Button(repair) { Text(say(Phrase.REPAIR)) }
}

/** This phone's file of a user cannot be read: what that means, and what a person can do. Nothing happens by itself. */
@Composable
fun DamagedScreen(account: Account.Damaged, model: SampleModel) =
    Page {
        Text(account.user, style = MaterialTheme.typography.headlineSmall)
        Notice(Icons.Warning, say(Phrase.PROBLEM_DAMAGED))
        account.problem?.let { Notice(Icons.Warning, say(it.phrase())) }
        Text(say(Phrase.REPAIR_MEANS))
        Button(model::recover, Modifier.fillMaxWidth()) { Text(say(Phrase.REPAIR)) }
        OutlinedButton(model::somebodyElse, Modifier.fillMaxWidth()) { Text(say(Phrase.SOMEBODY_ELSE)) }
    }

/** What of the person's own writes is there again, and what may not be. */
@Composable
fun RecoveredScreen(found: Recovery, model: SampleModel) =
    Page {
        Text(say(Phrase.RECOVERED), style = MaterialTheme.typography.headlineSmall)
        Notice(Icons.Check, count(Counted.SALVAGED, found.salvaged))
        if (found.unreadable > 0) Notice(Icons.Warning, count(Counted.LOST, found.unreadable))
        Notice(if (found.complete) Icons.Check else Icons.Warning, say(if (found.complete) Phrase.RECOVERED_ALL else Phrase.RECOVERED_PART))
        Text(say(Phrase.RECOVERED_REST))
        found.setAside?.let { Small(say(Phrase.RECOVERED_ASIDE)) }
        Button(model::goOn, Modifier.fillMaxWidth()) { Text(say(Phrase.GO_ON)) }
    }
