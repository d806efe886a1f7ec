package dev.foodlens.sample.ui

import androidx.compose.foundation.layout.Box
import androidx.compose.runtime.Composable
import androidx.compose.runtime.CompositionLocalProvider
import androidx.compose.runtime.collectAsState
import androidx.compose.runtime.getValue
import androidx.compose.runtime.key
import androidx.compose.ui.Modifier
import dev.foodlens.sample.model.Account
import dev.foodlens.sample.model.Actions
import dev.foodlens.sample.model.Place
import dev.foodlens.sample.model.SampleModel
import dev.foodlens.sample.model.Screens
import dev.foodlens.sample.model.Shown
import dev.foodlens.sample.model.ready

/** The whole app. Every state comes from the view models; each screen is one read of the library. */
@Composable
fun SampleApp(model: SampleModel) {
    val account by model.state.collectAsState()
    when (val now = account) {
        Account.Starting -> Frame(say(Phrase.APP_NAME)) { Once(Shown.Loading) {} }
        is Account.SignedOut -> Frame(say(Phrase.APP_NAME)) { SignInScreen(now, model) }
        is Account.Damaged -> Frame(say(Phrase.APP_NAME)) { DamagedScreen(now, model) }
        is Account.Recovered -> Frame(say(Phrase.APP_NAME)) { RecoveredScreen(now.found, model) }
        is Account.SignedIn ->
            key(now.screens) { CompositionLocalProvider(LocalRepair provides { model.recover() }) { SignedIn(now, model) } }
    }
}

@Composable
private fun SignedIn(account: Account.SignedIn, model: SampleModel) {
    val screens = account.screens
    val way by screens.way.taken.collectAsState()
    val banner by screens.banner.state.collectAsState()
    val place = way.last()
    Frame(
        title = say(title(place)),
        onBack = if (way.size > 1) ({ screens.way.back() }) else null,
        bottom = { Tabs(way.first(), banner.ready, screens.way::go) },
    ) {
        banner.ready?.let { BannerStrip(it.banner) { screens.banner.sync() } }
        actions(place, screens)?.let { actions ->
            val problem by actions.problem.collectAsState()
            problem?.let { ProblemStrip(it, actions::dismiss) }
        }
        Box(Modifier.weight(1f)) { At(place, account, model) }
    }
}

@Composable
private fun At(place: Place, account: Account.SignedIn, model: SampleModel) {
    val screens = account.screens
    val way = screens.way
    when (place) {
        Place.Allergies -> AllergiesScreen(screens.allergies.state.collectAsState().value, screens.allergies, way)
        Place.History -> HistoryScreen(screens.history.state.collectAsState().value, screens.history, way)
        Place.Queue -> QueueScreen(screens.queue.state.collectAsState().value, screens.queue, way)
        Place.Me -> MeScreen(account, model, way)
        Place.Profile -> ProfileScreen(screens.profile.state.collectAsState().value, screens.profile)
        Place.Settings ->
            SettingsScreen(screens.settings.state.collectAsState().value, screens.settings, account.saved.baseUrl, model::useBackend)
        Place.Questions -> QuestionsScreen(screens.questions.state.collectAsState().value, screens.questions)
        Place.SignOut -> SignOutScreen(account, model, way)
        is Place.EditAllergy -> AllergyEditor(place.row, screens.allergies) { way.back() }
        is Place.EditEntry -> EntryEditor(place.entry, screens.history) { way.back() }
    }
}

/** Whose problems a place shows: an editor closes at once, so what it ran into is said on the screen behind it. */
private fun actions(place: Place, screens: Screens): Actions? =
    when (place) {
        Place.Allergies, is Place.EditAllergy -> screens.allergies.actions
        Place.History, is Place.EditEntry -> screens.history.actions
        Place.Queue -> screens.queue.actions
        Place.Profile -> screens.profile.actions
        Place.Settings -> screens.settings.actions
        Place.Questions -> screens.questions.actions
        Place.Me, Place.SignOut -> null
    }
