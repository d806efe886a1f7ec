package dev.foodlens.sample

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.verticalScroll
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.unit.dp
import dev.foodlens.sample.model.Account
import dev.foodlens.sample.model.AllergiesState
import dev.foodlens.sample.model.AllergyRow
import dev.foodlens.sample.model.Badge
import dev.foodlens.sample.model.Banner
import dev.foodlens.sample.model.BannerState
import dev.foodlens.sample.model.HistoryState
import dev.foodlens.sample.model.Place
import dev.foodlens.sample.model.Problem
import dev.foodlens.sample.model.QueueState
import dev.foodlens.sample.model.SampleModel
import dev.foodlens.sample.model.Saved
import dev.foodlens.sample.model.SettingsState
import dev.foodlens.sample.model.Screens
import dev.foodlens.sample.model.Shown
import dev.foodlens.sample.ui.AllergiesScreen
import dev.foodlens.sample.ui.AllergyEditor
import dev.foodlens.sample.ui.BannerStrip
import dev.foodlens.sample.ui.DamagedScreen
import dev.foodlens.sample.ui.EntryEditor
import dev.foodlens.sample.ui.Frame
import dev.foodlens.sample.ui.HistoryScreen
import dev.foodlens.sample.ui.MeScreen
import dev.foodlens.sample.ui.Phrase
import dev.foodlens.sample.ui.ProblemStrip
import dev.foodlens.sample.ui.ProfileScreen
import dev.foodlens.sample.ui.QuestionsScreen
import dev.foodlens.sample.ui.QueueScreen
import dev.foodlens.sample.ui.RecoveredScreen
import dev.foodlens.sample.ui.SettingsScreen
import dev.foodlens.sample.ui.SignInScreen
import dev.foodlens.sample.ui.SignOutScreen
import dev.foodlens.sample.ui.Tabs
import dev.foodlens.sample.ui.say
import dev.foodlens.sample.ui.title
import kotlinx.coroutines.Dispatchers

internal typealias Screen = @Composable () -> Unit

/** Every screen in every state, by name, with what the core says behind it. */
internal suspend fun screens(world: World): Map<String, Screen> {
    val app = SampleModel(world.desk.phone("app"), world.scope, Dispatchers.IO)
    return allergies(world) + history(world) + queue(world) + own(world, app) + account(world, app) + damaged(world) + banners()
}

private suspend fun allergies(world: World): Map<String, Screen> {
    val (model, way) = world.ana.allergies to world.ana.way
    val all = model.state.until { state -> state.rows.count { it.badge == Badge.Question } == 2 }
    val row = all.rows.first { it.badge == Badge.Synced }
    val asked = world.others.asked.allergies.state.until { state -> state.rows.count { it.sides != null } == 2 }

    fun of(state: Shown<AllergiesState>): Screen =
        { Framed(Place.Allergies, Banner.Offline(4)) { AllergiesScreen(state, model, way) } }
    suspend fun of(screens: Screens): Screen = of(Shown.Ready(screens.allergies.state.until { true }))
    return mapOf(
        "allergies" to of(Shown.Ready(all)),
        "allergies-questions" to of(Shown.Ready(asked)),
        "allergies-failed" to of(world.others.refused),
        "allergies-saving" to of(Shown.Ready(world.others.saving)),
        "allergies-unreadable" to of(world.others.unread),
        "allergies-incomplete" to of(world.fresh),
        "allergies-unknown" to of(world.unsaid),
        "allergies-none" to of(world.none),
        "allergies-loading" to of(Shown.Loading),
        "allergies-broken" to of(Shown.Broken(Problem.DAMAGED)),
        "allergy-new" to editor(world, null),
        "allergy-change" to editor(world, row),
    )
}

private fun editor(world: World, row: AllergyRow?): Screen =
    { Framed(Place.EditAllergy(row), Banner.UpToDate) { AllergyEditor(row, world.ana.allergies) {} } }

private suspend fun history(world: World): Map<String, Screen> {
    val model = world.ana.history
    val all = model.state.until { it.entries.size == 4 }
    model.search("ses")
    val found = model.state.until { it.query == "ses" }
    val empty = world.none.history.state.until { true }
    val unread = world.others.broken.history.state.until { it.unreadable == 1L }
    fun of(state: HistoryState): Screen =
        { Framed(Place.History, Banner.Waiting(4)) { HistoryScreen(Shown.Ready(state), model, world.ana.way) } }
    return mapOf(
        "history" to of(all),
        "history-search" to of(found),
        "history-empty" to of(empty),
        "history-end" to of(all.copy(entries = all.entries.takeLast(1), older = true)), // as at the end of 500 entries
        "history-unreadable" to of(unread),
        "history-new" to { Framed(Place.EditEntry(null), Banner.UpToDate) { EntryEditor(null, model, world.desk.clock.instant()) {} } },
        "history-entry" to { Framed(Place.EditEntry(all.entries[0]), Banner.UpToDate) { EntryEditor(all.entries[0], model) {} } },
    )
}

private suspend fun queue(world: World): Map<String, Screen> {
    val model = world.ana.queue
    val all = model.state.until { state -> state.rows.any { it.badge is Badge.Failed } && state.questions.size == 2 }
    model.askToDiscard(all.rows.first { it.badge is Badge.Failed }).join()
    val discard = model.state.until { it.discard != null }
    val empty = world.unsaid.queue.state.until { true }
    val some = world.others.refused.queue.state.until { it.rows.size == 2 }
    val questions = world.ana.questions.state.until { it.size == 2 }
    fun of(state: QueueState): Screen =
        { Framed(Place.Queue, Banner.Offline(4)) { QueueScreen(Shown.Ready(state), model, world.ana.way) } }
    return mapOf(
        "queue" to of(some),
        "queue-questions" to of(all),
        "queue-discard" to of(discard),
        "queue-empty" to of(empty),
        "questions" to { Framed(Place.Questions, Banner.Offline(4)) { QuestionsScreen(Shown.Ready(questions), world.ana.questions) } },
        "questions-none" to { Framed(Place.Questions, Banner.UpToDate) { QuestionsScreen(Shown.Ready(emptyList()), world.ana.questions) } },
    )
}

private suspend fun own(world: World, app: SampleModel): Map<String, Screen> {
    val profile = world.ana.profile.state.until { it.content.country == "PT" }
    val settings = world.ana.settings.state.until { it.content.units == "metric" }
    val paused = world.others.paused.settings.state.until { it.paused }
    fun of(state: SettingsState): Screen = {
        Framed(Place.Settings, if (state.paused) Banner.Paused(0) else Banner.Waiting(4)) {
            SettingsScreen(Shown.Ready(state), world.ana.settings, Saved.DEFAULT_URL, app::useBackend)
        }
    }
    return mapOf(
        "profile" to { Framed(Place.Profile, Banner.Waiting(4)) { ProfileScreen(Shown.Ready(profile), world.ana.profile) } },
        "settings" to of(settings),
        "settings-paused" to of(paused),
    )
}

private suspend fun account(world: World, app: SampleModel): Map<String, Screen> {
    val saved = Saved(users = listOf("ana", "ben"))
    val preview = world.ana.session.signOutPreview()
    val here = Account.SignedIn(saved, world.ana, preview)
    val clean = here.copy(leaving = world.unsaid.session.signOutPreview())
    val more = here.copy(problem = Problem.MORE_UNSENT)
    fun out(account: Account.SignedOut): Screen = { Frame(say(Phrase.APP_NAME)) { SignInScreen(account, app) } }
    return mapOf(
        "me" to { Framed(Place.Me, Banner.Offline(4)) { MeScreen(here, app, world.ana.way) } },
        "sign-out" to { Framed(Place.SignOut, Banner.Offline(4)) { SignOutScreen(here, app, world.ana.way) } },
        "sign-out-clean" to { Framed(Place.SignOut, Banner.UpToDate) { SignOutScreen(clean, app, world.ana.way) } },
        "sign-out-more" to { Framed(Place.SignOut, Banner.Offline(4)) { SignOutScreen(more, app, world.ana.way) } },
        "sign-in" to out(Account.SignedOut(saved, preview, Problem.BAD_ADDRESS)),
    )
}

private suspend fun damaged(world: World): Map<String, Screen> {
    val (model, other) = world.others.damaged("wrong", WRONG_COUNT) to world.others.damaged("overwritten", OVERWRITTEN)
    val damaged = other.state.value as Account.Damaged
    for (one in listOf(model, other)) one.recover()
    val (whole, part) = listOf(model, other).map { it.state.firstOf { now -> now is Account.Recovered } as Account.Recovered }
    for (one in listOf(whole, part)) one.found.session.close()
    fun of(screen: Screen): Screen = { Frame(say(Phrase.APP_NAME)) { screen() } }
    return mapOf(
        "damaged" to of { DamagedScreen(damaged, other) },
        "recovered" to of { RecoveredScreen(whole.found, model) },
        "recovered-part" to of { RecoveredScreen(part.found, other) },
    )
}

/** All that the banner can say, and a problem. */
private fun banners(): Map<String, Screen> {
    val all =
        listOf(
            Banner.UpToDate, Banner.Syncing, Banner.Restoring(120), Banner.Offline(0), Banner.Waiting(1), Banner.Paused(2),
            Banner.HeldBack(3), Banner.NeedsSignIn(4),
        )
    return mapOf("banners" to {
        Column(Modifier.verticalScroll(rememberScrollState()), Arrangement.spacedBy(4.dp)) {
            for (banner in all) BannerStrip(banner) {}
            ProblemStrip(Problem.CHANGED) {}
        }
    })
}

@Composable
private fun Framed(place: Place, banner: Banner, content: Screen) =
    Frame(
        say(title(place)),
        onBack = if (place in Place.TABS) null else ({}),
        bottom = { Tabs(tab(place), BannerState(banner, failed = 1, questions = 2)) {} },
    ) {
        BannerStrip(banner) {}
        Box(Modifier.weight(1f)) { content() }
    }

private fun tab(place: Place): Place =
    when (place) {
        Place.Allergies, Place.History, Place.Queue, Place.Me -> place
        is Place.EditAllergy -> Place.Allergies
        is Place.EditEntry -> Place.History
        Place.Questions -> Place.Queue
        Place.Profile, Place.Settings, Place.SignOut -> Place.Me
    }
