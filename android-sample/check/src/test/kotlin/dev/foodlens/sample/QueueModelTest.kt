package dev.foodlens.sample

import dev.foodlens.ffi.Allergen
import dev.foodlens.ffi.EuAllergen
import dev.foodlens.ffi.FailureReason
import dev.foodlens.ffi.RecordContent
import dev.foodlens.ffi.Severity
import dev.foodlens.sample.model.Badge
import dev.foodlens.sample.model.Meaning
import dev.foodlens.sample.model.Place
import dev.foodlens.sample.model.ProfileModel
import dev.foodlens.sample.model.QuestionsModel
import dev.foodlens.sample.model.QueueModel
import kotlinx.coroutines.test.runTest
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

class QueueModelTest {
    private val desk = Desk()

    @AfterEach
    fun close() = desk.close()

    @Test
    fun `a refused write can be sent again, edited, or given up after a look at what remains`() = runTest {
        val session = desk.session("a")
        val profile = ProfileModel(session, backgroundScope)
        session.profile.update { it.copy(displayName = "Ana") }
        session.sync()
        val opened = profile.state.until { it.content.displayName == "Ana" }.content
        profile.save(opened, opened.copy(displayName = "Anna", country = "PT")).join()
        desk.server.fault("""{"endpoint":"batch","times":2,"fault":"status","status":422}""")
        session.sync()
        val model = QueueModel(session, backgroundScope)
        val failed = model.state.until { state -> state.rows.any { it.badge is Badge.Failed } }.rows.single()
        assertEquals(Badge.Failed(FailureReason.REFUSED), failed.badge)
        assertTrue(failed.canRetry && failed.canEdit && failed.canDiscard)
        val places = mutableListOf<Place>()
        model.edit(failed) { places += it }.join()
        assertEquals(listOf<Place>(Place.Profile), places)

        model.retry(failed).join() // and is refused once more, at another place of the queue
        val again = model.state.until { state -> state.rows.any { it.badge is Badge.Failed && it != failed } }.rows.single()
        model.askToDiscard(again).join()
        assertNull(model.actions.problem.value)
        val preview = checkNotNull(model.state.until { it.discard != null }.discard)
        assertEquals("Ana", (preview.fallsBackTo as RecordContent.Profile).v1.displayName)
        model.keep()
        assertEquals(1, model.state.until { it.discard == null }.rows.size)
        model.discard(preview).join()
        assertTrue(model.state.until { it.rows.isEmpty() }.questions.isEmpty())
        assertEquals(opened, session.profile.get().content)
    }

    @Test
    fun `what waits is named, can be edited, and leaves nothing where the server never had it`() = runTest {
        val session = desk.session("a")
        val id = session.allergies.add(EuAllergen.EGGS, Severity.Severe)
        val model = QueueModel(session, backgroundScope)
        val row = model.state.until { state -> state.rows.any { it.allergy != null } }.rows.single { it.allergy != null }
        assertEquals(Allergen.Eu(EuAllergen.EGGS) to Badge.Waiting, row.allergy?.content?.allergen to row.badge)
        assertFalse(row.canRetry)
        var place: Place? = null
        model.edit(row) { place = it }.join()
        assertEquals(id, (place as Place.EditAllergy).row?.id)
        model.askToDiscard(row).join()
        assertNull(checkNotNull(model.state.until { it.discard != null }.discard).fallsBackTo)
    }

    @Test
    fun `an answer says what it means, and a removal is one of the answers`() = runTest {
        val (a, b) = desk.session("a") to desk.session("b")
        val id = a.allergies.add(EuAllergen.NUTS, Severity.Severe)
        for (session in listOf(a, b)) session.sync()
        a.allergies.remove(id)
        b.allergies.update(b.allergies.get(id)) { it.copy(severity = Severity.LifeThreatening) }
        for (session in listOf(a, b)) session.sync()
        val questions = QuestionsModel(b, backgroundScope)
        val asked = questions.state.until { it.isNotEmpty() }.single()
        val nuts = Allergen.Eu(EuAllergen.NUTS)
        assertEquals(Meaning.StaysAs(nuts, Severity.LifeThreatening) to Meaning.IsRemoved(nuts), asked.here to asked.there)
        val queue = QueueModel(b, backgroundScope)
        val parked = queue.state.until { state -> state.rows.any { it.badge == Badge.Question } }.rows.first { it.badge == Badge.Question }
        assertFalse(parked.canRetry || parked.canDiscard || parked.canEdit, "a question is answered, not queued around")
        questions.keepThere(asked).join()
        assertTrue(questions.state.until { it.isEmpty() }.isEmpty())
        assertTrue(b.allergies.list().entries.isEmpty())
    }
}
