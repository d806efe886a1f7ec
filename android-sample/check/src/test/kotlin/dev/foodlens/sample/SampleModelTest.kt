package dev.foodlens.sample

import dev.foodlens.ffi.EuAllergen
import dev.foodlens.sample.model.Account
import dev.foodlens.sample.model.ListSays
import dev.foodlens.sample.model.Place
import dev.foodlens.sample.model.Problem
import dev.foodlens.sample.model.SampleModel
import dev.foodlens.sample.model.Way
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.test.TestScope
import kotlinx.coroutines.test.runTest
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

class SampleModelTest {
    private val desk = Desk()

    @AfterEach
    fun close() = desk.close()

    @Test
    fun `another user of the phone sees nothing of the first, whose queue waits`() = runTest {
        val model = model()
        model.out()
        model.signIn("ana")
        model.here("ana").screens.session.allergies.add(EuAllergen.PEANUTS)
        model.switchTo("ben")
        val ben = model.here("ben")
        assertEquals(listOf("ana", "ben"), ben.saved.users)
        assertEquals(0, ben.screens.queue.state.until { true }.rows.size)
        assertTrue(ben.screens.session.allergies.list().entries.isEmpty())
        model.switchTo("ana")
        val ana = model.here("ana")
        assertEquals(1, ana.screens.queue.state.until { it.rows.isNotEmpty() }.rows.count { it.allergy != null })
        ana.screens.session.close()
    }

    @Test
    fun `a sign-out shows first what waits, and keeps it until the user is back`() = runTest {
        val model = model()
        model.out()
        model.signIn("ana")
        model.here("ana").screens.session.allergies.add(EuAllergen.PEANUTS)
        model.askToSignOut()
        val unsent = checkNotNull(model.leaving().leaving).unsent
        assertTrue(unsent > 0)
        model.stay()
        model.keepAndSignOut()
        assertEquals(unsent, model.out().left?.unsent)
        model.signIn("ana")
        val back = model.here("ana")
        assertEquals(unsent, back.screens.session.queue.counts.first().pending)
        back.screens.session.close()
    }

    @Test
    fun `a deletion takes what was shown and no more`() = runTest {
        val model = model()
        model.out()
        model.signIn("ana")
        val session = model.here("ana").screens.session
        session.allergies.add(EuAllergen.PEANUTS)
        model.askToSignOut()
        val shown = checkNotNull(model.leaving().leaving)
        session.allergies.add(EuAllergen.MILK)
        model.deleteAndSignOut()
        val again = model.state.firstOf { (it as? Account.SignedIn)?.problem != null } as Account.SignedIn
        assertEquals(Problem.MORE_UNSENT, again.problem)
        assertTrue(checkNotNull(again.leaving).unsent > shown.unsent)
        assertEquals(2, session.allergies.list().entries.size)
        model.deleteAndSignOut()
        val out = model.out()
        assertNull(out.left)
        assertEquals(emptyList<String>(), out.saved.users)
        model.signIn("ana")
        val fresh = model.here("ana").screens.session
        assertTrue(fresh.allergies.list().entries.isEmpty())
        fresh.close()
    }

    @Test
    fun `what can be sent is sent at the sign-out, and a new start of the app finds the user again`() = runTest {
        val model = model()
        model.out()
        model.signIn("ana")
        model.here("ana").screens.session.allergies.add(EuAllergen.PEANUTS)
        val restarted = model()
        val there = restarted.here("ana")
        restarted.sendAndSignOut()
        assertEquals(0L, restarted.out().left?.unsent)
        assertTrue(there.screens.way.taken.value == listOf<Place>(Place.Allergies))
    }

    @Test
    fun `an address that cannot be used is said, and the former backend stays`() = runTest {
        val model = model()
        val before = model.out().saved
        model.useBackend("http://example.com")
        val refused = model.state.firstOf { (it as? Account.SignedOut)?.problem != null } as Account.SignedOut
        assertEquals(Problem.BAD_ADDRESS to before.baseUrl, refused.problem to refused.saved.baseUrl)
        model.useBackend("https://example.com")
        model.state.firstOf { (it as? Account.SignedOut)?.saved?.baseUrl == "https://example.com" }
    }

    @Test
    fun `the theme that a person has chosen is that of the app while they are here`() = runTest {
        val model = model()
        model.out()
        assertNull(model.dark.value)
        model.signIn("ana")
        val screens = model.here("ana").screens
        screens.settings.theme("dark").join()
        assertEquals(true, model.dark.firstOf { it != null })
        screens.way.go(Place.Settings)
        assertTrue(model.canGoBack.firstOf { it })
        assertTrue(model.back())
        assertFalse(model.back())
        model.keepAndSignOut()
        model.out()
        assertNull(model.dark.firstOf { it == null })
    }

    @Test
    fun `a damaged file is shown as one, and repaired when the person says so, with nothing claimed of what could not be read`() = runTest {
        desk.session("a").use { it.allergies.add(EuAllergen.PEANUTS) }
        desk.damage("a", OVERWRITTEN)
        val model = model()
        model.out()
        model.signIn("ana")
        assertEquals("ana", model.damaged().user)
        model.somebodyElse()
        assertNull(model.out().saved.user)
        model.signIn("ana")
        model.damaged()
        model.recover()
        val found = model.recovered().found
        assertEquals(0L to false, found.salvaged to found.complete)
        assertEquals("ana", desk.phone("a").saved().user)
        model.goOn()
        val here = model.here("ana").screens
        assertEquals(ListSays.INCOMPLETE, here.allergies.state.until { true }.says)
        here.session.close()
    }

    @Test
    fun `what breaks under a screen is repaired from there, with what was not sent`() = runTest {
        desk.server.stop()
        desk.session("a").use { it.allergies.add(EuAllergen.PEANUTS) }
        desk.damage("a", WRONG_COUNT)
        val model = model()
        model.out()
        model.signIn("ana")
        val before = model.here("ana").screens
        model.recover()
        val found = model.recovered().found
        assertEquals(2L to true, found.salvaged to found.complete) // and that there is a list
        model.goOn()
        val here = model.state.firstOf { it is Account.SignedIn && it.screens !== before } as Account.SignedIn
        assertEquals(1, here.screens.session.allergies.list().entries.size)
        here.screens.session.close()
    }

    @Test
    fun `a sound file is left alone, and a start on a damaged one says so`() = runTest {
        val model = model()
        model.out()
        model.signIn("ana")
        val first = model.here("ana").screens
        model.recover()
        val again = model.state.firstOf { it is Account.SignedIn && it.screens !== first } as Account.SignedIn
        again.screens.session.close()
        desk.damage("a", OVERWRITTEN)
        assertEquals("ana", model().damaged().user)
    }

    @Test
    fun `the language that a person has chosen is that of the app`() = runTest {
        val model = model()
        model.out()
        model.signIn("ana")
        val settings = model.here("ana").screens.settings
        settings.language("de").join()
        assertEquals("de", model.language.firstOf { it != null })
        settings.language(null).join()
        assertNull(model.language.firstOf { it == null })
        model.keepAndSignOut()
        model.out()
    }

    @Test
    fun `a tab begins the way anew, and back ends at its beginning`() {
        val way = Way()
        way.go(Place.Me)
        way.go(Place.Settings)
        assertTrue(way.back())
        assertEquals(listOf<Place>(Place.Me), way.taken.value)
        assertFalse(way.back())
    }

    private fun TestScope.model() = SampleModel(desk.phone("a"), backgroundScope, Dispatchers.IO)

    private suspend fun SampleModel.damaged() = state.firstOf { it is Account.Damaged } as Account.Damaged

    private suspend fun SampleModel.recovered() = state.firstOf { it is Account.Recovered } as Account.Recovered

    private suspend fun SampleModel.out() = state.firstOf { it is Account.SignedOut } as Account.SignedOut

    private suspend fun SampleModel.here(user: String) =
        state.firstOf { (it as? Account.SignedIn)?.screens?.user == user } as Account.SignedIn

    private suspend fun SampleModel.leaving() = state.firstOf { (it as? Account.SignedIn)?.leaving != null } as Account.SignedIn
}
