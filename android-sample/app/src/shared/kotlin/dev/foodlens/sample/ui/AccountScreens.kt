package dev.foodlens.sample.ui

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.ColumnScope
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.verticalScroll
import androidx.compose.material3.Button
import androidx.compose.material3.ButtonDefaults
import androidx.compose.material3.MaterialTheme
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
import dev.foodlens.ffi.SignOutPreview
import dev.foodlens.sample.model.Account
import dev.foodlens.sample.model.Place
import dev.foodlens.sample.model.SampleModel
import dev.foodlens.sample.model.Way

/** Nobody is signed in: who is it, and against which backend. */
@Composable
fun SignInScreen(account: Account.SignedOut, model: SampleModel) =
    Page {
        var name by remember { mutableStateOf("") }
        Text(say(Phrase.WELCOME), style = MaterialTheme.typography.headlineSmall)
        account.problem?.let { Notice(Icons.Warning, say(it.phrase())) }
        account.left?.takeIf { it.unsent + it.failed > 0 }?.let { Notice(Icons.Clock, count(Counted.SEALED, it.unsent + it.failed)) }
        for (user in account.saved.users) {
            Button({ model.signIn(user) }, Modifier.fillMaxWidth()) { Text(say(Phrase.CONTINUE_AS, user)) }
        }
        OutlinedTextField(name, { name = it }, Modifier.fillMaxWidth(), label = { Text(say(Phrase.USER_NAME)) }, singleLine = true)
        Button({ model.signIn(name) }, Modifier.fillMaxWidth(), enabled = name.isNotBlank()) { Text(say(Phrase.SIGN_IN)) }
        BackendField(account.saved.baseUrl, model::useBackend)
    }

/** The person's own corner: profile, settings, other users of this phone, and the way out. */
@Composable
fun MeScreen(account: Account.SignedIn, model: SampleModel, way: Way) =
    Page {
        Text(account.screens.user, style = MaterialTheme.typography.headlineSmall)
        OutlinedButton({ way.go(Place.Profile) }, Modifier.fillMaxWidth()) { Text(say(Phrase.PROFILE)) }
        OutlinedButton({ way.go(Place.Settings) }, Modifier.fillMaxWidth()) { Text(say(Phrase.SETTINGS)) }
        Heading(say(Phrase.OTHER_USERS))
        Small(say(Phrase.SWITCH_MEANS))
        for (user in account.saved.users - account.screens.user) {
            OutlinedButton({ model.switchTo(user) }, Modifier.fillMaxWidth()) { Text(say(Phrase.SWITCH_TO, user)) }
        }
        var name by remember { mutableStateOf("") }
        OutlinedTextField(name, { name = it }, Modifier.fillMaxWidth(), label = { Text(say(Phrase.USER_NAME)) }, singleLine = true)
        OutlinedButton({ model.switchTo(name.trim()) }, Modifier.fillMaxWidth(), enabled = name.isNotBlank()) {
            Text(say(Phrase.ADD_USER))
        }
        Button({ model.askToSignOut(); way.go(Place.SignOut) }, Modifier.fillMaxWidth()) { Text(say(Phrase.SIGN_OUT)) }
    }

/** What each way of signing out means for what waits here. Nothing is deleted but what is shown. */
@Composable
fun SignOutScreen(account: Account.SignedIn, model: SampleModel, way: Way) =
    Page {
        val preview = account.leaving ?: return@Page Text(say(Phrase.LOADING))
        account.problem?.let { Notice(Icons.Warning, say(it.phrase())) }
        WhatIsUnsent(preview)
        Heading(say(Phrase.LEAVE_SEALED))
        Small(say(Phrase.LEAVE_SEALED_MEANS))
        Button(model::keepAndSignOut, Modifier.fillMaxWidth()) { Text(say(Phrase.LEAVE_SEALED_DO)) }
        Heading(say(Phrase.LEAVE_SEND))
        Small(say(Phrase.LEAVE_SEND_MEANS))
        OutlinedButton(model::sendAndSignOut, Modifier.fillMaxWidth()) { Text(say(Phrase.LEAVE_SEND_DO)) }
        Heading(say(Phrase.LEAVE_DELETE))
        Small(say(Phrase.LEAVE_DELETE_MEANS))
        var sure by remember(preview) { mutableStateOf(false) }
        Toggle(say(Phrase.LEAVE_DELETE_SURE), sure) { sure = it }
        Button(
            model::deleteAndSignOut,
            Modifier.fillMaxWidth(),
            enabled = sure,
            colors = ButtonDefaults.buttonColors(MaterialTheme.colorScheme.error, MaterialTheme.colorScheme.onError),
        ) { Text(say(Phrase.LEAVE_DELETE_DO)) }
        OutlinedButton({ model.stay(); way.back() }, Modifier.fillMaxWidth()) { Text(say(Phrase.STAY)) }
    }

@Composable
private fun WhatIsUnsent(preview: SignOutPreview) {
    if (preview.unsent + preview.failed + preview.conflicts == 0L) return Notice(Icons.Check, say(Phrase.NOTHING_UNSENT))
    Notice(Icons.Warning, count(Counted.UNSENT, preview.unsent)) {
        if (preview.failed > 0) Text(count(Counted.FAILED, preview.failed))
        if (preview.conflicts > 0) Text(count(Counted.QUESTIONS, preview.conflicts))
        preview.oldestUnsentAt?.let { Text(say(Phrase.OLDEST_FROM, LocalPhrases.current.time(it))) }
    }
}

@Composable
internal fun Page(content: @Composable ColumnScope.() -> Unit) =
    Column(
        Modifier.fillMaxSize().verticalScroll(rememberScrollState()).padding(16.dp),
        Arrangement.spacedBy(8.dp),
        content = content,
    )
