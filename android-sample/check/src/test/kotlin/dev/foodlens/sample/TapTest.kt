package dev.foodlens.sample

import androidx.compose.ui.test.ExperimentalTestApi
import androidx.compose.ui.test.SkikoComposeUiTest
import androidx.compose.ui.test.hasClickAction
import androidx.compose.ui.test.hasSetTextAction
import androidx.compose.ui.test.hasText
import androidx.compose.ui.test.onAllNodesWithText
import androidx.compose.ui.test.onFirst
import androidx.compose.ui.test.performClick
import androidx.compose.ui.test.performScrollTo
import androidx.compose.ui.test.performTextInput
import dev.foodlens.sample.model.Account
import dev.foodlens.sample.model.SampleModel
import dev.foodlens.sample.ui.Counted
import dev.foodlens.sample.ui.Phrase
import dev.foodlens.sample.ui.SampleApp
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.cancel
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test

/** The whole app on a small phone, tapped through as a person would, without a network. */
@OptIn(ExperimentalTestApi::class)
class TapTest {
    private val words = FilePhrases.ENGLISH

    @Test
    fun `from signing in to an allergy that waits, and out again after a look at it`() {
        val scope = CoroutineScope(Dispatchers.Default.limitedParallelism(1) + Job())
        Desk().use { desk ->
            desk.server.stop()
            val model = SampleModel(desk.phone("a"), scope, Dispatchers.IO)
            on(Device.SMALL) {
                setContent { Dressed(Look.LIGHT) { SampleApp(model) } }
                see(words.say(Phrase.WELCOME))
                onAllNodes(hasSetTextAction()).onFirst().performTextInput("ana")
                tap(Phrase.SIGN_IN)
                see(words.say(Phrase.LIST_INCOMPLETE))
                tap(Phrase.ADD_ALLERGY)
                tap(Phrase.ALLERGEN_PEANUTS)
                tap(Phrase.SEVERITY_SEVERE)
                tap(Phrase.SAVE)
                see(words.say(Phrase.BADGE_WAITING))
                see(words.say(Phrase.LIST_INCOMPLETE))
                tap(Phrase.QUEUE)
                see(words.say(Phrase.ALLERGEN_PEANUTS))
                tap(Phrase.ME)
                tap(Phrase.SIGN_OUT)
                see(words.count(Counted.UNSENT, 2)) // and that there is a list
                tap(Phrase.LEAVE_SEALED_DO)
                see(words.count(Counted.SEALED, 2))
            }
            assertEquals(2L, (model.state.value as Account.SignedOut).left?.unsent)
            scope.cancel()
        }
    }

    private fun SkikoComposeUiTest.see(text: String) =
        waitUntil("\"$text\" to be seen", 40_000) { onAllNodesWithText(text, substring = true).fetchSemanticsNodes().isNotEmpty() }

    private fun SkikoComposeUiTest.tap(phrase: Phrase) {
        val wanted = hasText(words.say(phrase)) and hasClickAction()
        waitUntil("$phrase to be tapped", 40_000) { onAllNodes(wanted).fetchSemanticsNodes().isNotEmpty() }
        val node = onAllNodes(wanted).onFirst()
        runCatching { node.performScrollTo() } // what does not scroll is there
        node.performClick()
    }
}
