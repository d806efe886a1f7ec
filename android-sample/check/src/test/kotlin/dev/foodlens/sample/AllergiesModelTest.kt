package dev.foodlens.sample

import app.cash.turbine.test
import dev.foodlens.ffi.Allergen
import dev.foodlens.ffi.AllergyContent
import dev.foodlens.ffi.EuAllergen
import dev.foodlens.ffi.FailureReason
import dev.foodlens.ffi.ListState
import dev.foodlens.ffi.Severity
import dev.foodlens.sample.model.AllergiesModel
import dev.foodlens.sample.model.AllergiesState
import dev.foodlens.sample.model.Badge
import dev.foodlens.sample.model.Banner
import dev.foodlens.sample.model.BannerModel
import dev.foodlens.sample.model.ListSays
import dev.foodlens.sample.model.Problem
import dev.foodlens.sample.model.QuestionsModel
import dev.foodlens.sample.model.Shown
import dev.foodlens.sample.model.ready
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.test.runTest
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.time.Duration
import kotlin.time.Duration.Companion.seconds

class AllergiesModelTest {
    private val desk = Desk()
    private val peanuts = AllergyContent(Allergen.Eu(EuAllergen.PEANUTS), Severity.LifeThreatening)

    @AfterEach
    fun close() = desk.close()

    @Test
    fun `what is written without a network waits, and is synced when there is one`() = runTest {
        val session = desk.session("a")
        session.sync()
        desk.server.stop()
        val model = AllergiesModel(session, backgroundScope)
        val banner = BannerModel(session, backgroundScope)
        model.add(peanuts).join()
        assertEquals(listOf(Badge.Waiting), model.state.until { it.rows.isNotEmpty() }.rows.map { it.badge })
        banner.sync().join()
        assertEquals(Banner.Offline(2), banner.state.until { it.banner is Banner.Offline }.banner)

        desk.server.start()
        desk.clock.forward(Duration.ofHours(2))
        banner.sync().join()
        val row = model.state.until { state -> state.rows.all { it.badge == Badge.Synced } }.rows.single()
        assertEquals(peanuts.allergen to Severity.LifeThreatening, row.allergen to row.severity)
        assertEquals(Banner.UpToDate, banner.state.until { it.banner == Banner.UpToDate }.banner)
    }

    @Test
    fun `it is on the screen while it is being saved, and no call runs where the screen does`() = runTest {
        val gate = Gate()
        val session = desk.session("a", dispatcher = gate)
        session.sync()
        val model = AllergiesModel(session, backgroundScope)
        model.state.until { it.rows.isEmpty() }
        val badges = mutableListOf<List<Badge>>()
        model.state.test(timeout = 40.seconds) {
            gate.shut()
            model.add(peanuts)
            while (listOf(Badge.Waiting) !in badges) {
                badges += awaitItem().ready?.rows.orEmpty().map { it.badge }
                if (badges.last() == listOf(Badge.Saving)) gate.open()
            }
            cancelAndIgnoreRemainingEvents()
        }
        assertEquals(listOf(emptyList(), listOf(Badge.Saving), listOf(Badge.Waiting)), badges.distinct(), "and never twice")

        gate.shut()
        val other = AllergiesModel(session, backgroundScope)
        assertEquals(Shown.Loading, other.state.first(), "with the library's threads held, nothing can have been read")
        gate.open()
        other.state.until { it.rows.size == 1 }
        val meanwhile = AllergiesState.of(session.allergies.list(), emptyList(), listOf(peanuts))
        assertEquals(listOf(Badge.Waiting), meanwhile.rows.map { it.badge }, "stored, and not known to be so yet")
    }

    @Test
    fun `no known allergies is said only of a list that has come as a whole and was confirmed`() = runTest {
        val first = desk.session("a")
        first.sync()
        val model = AllergiesModel(first, backgroundScope)
        assertEquals(ListSays.UNKNOWN, model.state.until { true }.says)
        model.confirmNone().join()
        assertEquals(ListSays.NONE, model.state.until { it.says == ListSays.NONE }.says)
        first.sync()

        val second = desk.session("b")
        val fresh = AllergiesModel(second, backgroundScope)
        assertEquals(ListSays.INCOMPLETE, fresh.state.until { true }.says)
        second.sync()
        assertEquals(ListSays.NONE, fresh.state.until { it.says != ListSays.INCOMPLETE }.says)

        val list = second.allergies.list()
        assertEquals(ListState.CONFIRMED_NONE, list.state)
        val unreadable = AllergiesState.of(list.copy(unreadable = 1), emptyList(), emptyList())
        assertEquals(ListSays.UNKNOWN to 1L, unreadable.says to unreadable.unreadable)
        assertEquals(ListSays.LISTED, AllergiesState.of(list, emptyList(), listOf(peanuts)).says)
    }

    @Test
    fun `a refused edit is failed with its reason, and goes again`() = runTest {
        val session = desk.session("a")
        session.sync()
        val model = AllergiesModel(session, backgroundScope)
        session.allergies.add(EuAllergen.FISH)
        session.sync() // and with it that there is a list
        model.add(peanuts).join()
        desk.server.fault("""{"endpoint":"batch","times":1,"fault":"status","status":422}""")
        session.sync()
        val failed = model.state.until { state -> state.rows.any { it.badge is Badge.Failed } }.rows.single { it.badge != Badge.Synced }
        assertEquals(Badge.Failed(FailureReason.REFUSED) to peanuts.allergen, failed.badge to failed.allergen)
        model.retry(failed).join()
        assertEquals(2, model.state.until { state -> state.rows.all { it.badge == Badge.Synced } }.rows.size)
    }

    @Test
    fun `in question, both sides are shown below the more cautious one, until a person answers`() = runTest {
        val (a, b) = desk.session("a") to desk.session("b")
        val id = a.allergies.add(EuAllergen.MILK, Severity.Moderate)
        for (session in listOf(a, b)) session.sync()
        a.allergies.update(a.allergies.get(id)) { it.copy(severity = Severity.Mild) }
        b.allergies.update(b.allergies.get(id)) { it.copy(severity = Severity.Severe) }
        for (session in listOf(a, b)) session.sync()
        val model = AllergiesModel(b, backgroundScope)
        val row = model.state.until { state -> state.rows.any { it.sides != null } }.rows.single()
        assertEquals(Badge.Question to Severity.Severe, row.badge to row.severity)
        assertEquals(Severity.Severe to Severity.Mild, row.sides?.here?.severity to row.sides?.there?.severity)

        val questions = QuestionsModel(b, backgroundScope)
        val asked = questions.state.until { it.isNotEmpty() }.single()
        questions.keepHere(asked).join()
        assertNull(questions.actions.problem.value)
        val answered = model.state.until { state -> state.rows.all { it.sides == null && it.badge == Badge.Synced } }
        assertEquals(Severity.Severe, answered.rows.single().severity)
        questions.keepThere(asked).join()
        assertEquals(Severity.Severe, b.allergies.get(id).content.severity, "a second answer decides nothing")
    }

    @Test
    fun `a change of what has moved on since is refused and said`() = runTest {
        val session = desk.session("a")
        val model = AllergiesModel(session, backgroundScope)
        model.add(peanuts).join()
        val shown = model.state.until { state -> state.rows.any { it.shown != null } }.rows.single()
        session.allergies.update(checkNotNull(shown.shown)) { it.copy(severity = Severity.Severe) }
        model.change(shown, peanuts.copy(severity = Severity.Mild)).join()
        assertEquals(Problem.CHANGED, model.actions.problem.value)
        assertEquals(Severity.Severe, session.allergies.list().entries.single().content.severity)
        model.add(AllergyContent(Allergen.Custom(" "))).join()
        assertEquals(Problem.EMPTY, model.actions.problem.value)
        assertTrue(model.state.until { it.rows.size == 1 }.rows.none { it.badge == Badge.Saving })
    }

}
