package dev.foodlens.sample.ui

import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.ColumnScope
import androidx.compose.foundation.layout.padding
import androidx.compose.material3.Badge
import androidx.compose.material3.BadgedBox
import androidx.compose.material3.ExperimentalMaterial3Api
import androidx.compose.material3.Icon
import androidx.compose.material3.IconButton
import androidx.compose.material3.NavigationBar
import androidx.compose.material3.NavigationBarItem
import androidx.compose.material3.Scaffold
import androidx.compose.material3.Text
import androidx.compose.material3.TopAppBar
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.text.style.TextOverflow
import dev.foodlens.sample.model.BannerState
import dev.foodlens.sample.model.Place

/** What every screen stands in: its title above, the tabs below. */
@OptIn(ExperimentalMaterial3Api::class)
@Composable
fun Frame(
    title: String,
    onBack: (() -> Unit)? = null,
    bottom: @Composable () -> Unit = {},
    content: @Composable ColumnScope.() -> Unit,
) = Scaffold(
    topBar = {
        TopAppBar(
            { Text(title, maxLines = 1, overflow = TextOverflow.Ellipsis) },
            navigationIcon = { onBack?.let { IconButton(it) { Icon(Icons.Back, say(Phrase.BACK)) } } },
        )
    },
    bottomBar = bottom,
) { inside -> Column(Modifier.padding(inside), content = content) }

/** The four tabs; the queue's carries the number of what only a person can mend. */
@Composable
fun Tabs(chosen: Place, banner: BannerState?, onGo: (Place) -> Unit) =
    NavigationBar {
        val waiting = (banner?.failed ?: 0) + (banner?.questions ?: 0)
        for (tab in Place.TABS) {
            NavigationBarItem(
                selected = tab == chosen,
                onClick = { onGo(tab) },
                icon = {
                    BadgedBox({ if (tab == Place.Queue && waiting > 0) Badge { Text("$waiting") } }) {
                        Icon(icon(tab), contentDescription = null)
                    }
                },
                label = { Text(say(title(tab)), maxLines = 1) },
            )
        }
    }

private fun icon(tab: Place) =
    when (tab) {
        Place.Allergies -> Icons.Shield
        Place.History -> Icons.List
        Place.Queue -> Icons.Clock
        else -> Icons.Person
    }

fun title(place: Place): Phrase =
    when (place) {
        Place.Allergies, is Place.EditAllergy -> Phrase.ALLERGIES
        Place.History, is Place.EditEntry -> Phrase.HISTORY
        Place.Queue -> Phrase.QUEUE
        Place.Me -> Phrase.ME
        Place.Profile -> Phrase.PROFILE
        Place.Settings -> Phrase.SETTINGS
        Place.Questions -> Phrase.QUESTIONS_TITLE
        Place.SignOut -> Phrase.SIGN_OUT
    }
