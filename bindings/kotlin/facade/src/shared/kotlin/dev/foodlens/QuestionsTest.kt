package dev.foodlens

import dev.foodlens.ffi.Allergy
import dev.foodlens.ffi.Collection
import dev.foodlens.ffi.CollectionField
import dev.foodlens.ffi.MergeAnswer
import dev.foodlens.ffi.NextStep
import dev.foodlens.ffi.RecordContent
import dev.foodlens.ffi.Severity
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** Who is asked about what, and when nobody is. */
class QuestionsTest {
    private val phones = Phones()

    @AfterEach
    fun close() = phones.close()

    @Test
    fun `the same allergen from two phones is one entry, in question until a person answers`(): Unit = runBlocking {
        val (a, b) = writtenTwice()
        for (phone in listOf(a, b)) {
            val entry = phone.only()
            assertEquals(1, entry.linked.size)
            assertTrue(entry.inQuestion)
            assertEquals(Severity.Severe, entry.content.severity)
        }
        assertEquals(NextStep.NeedsPerson, a.sync().next)
        val asked = a.conflicts.list().single()
        assertEquals(a.only().run { setOf(id) + linked }, setOf(asked.recordId, asked.otherRecord))
        val mild = if (asked.local.severity() == Severity.Mild) MergeAnswer.KeepLocal else MergeAnswer.KeepRemote
        assertTrue(a.conflicts.answer(asked, mild))
        settle(a, b)
        for (phone in listOf(a, b)) {
            val entry = phone.only()
            assertEquals(1, entry.linked.size)
            assertFalse(entry.inQuestion)
            assertEquals(Severity.Mild, entry.content.severity)
            assertEquals(emptyList<Any>(), phone.conflicts.list())
            assertEquals(NextStep.Done, phone.sync().next)
        }
    }

    @Test
    fun `with the asking turned off the higher severity stays, and on again a person is asked again`(): Unit = runBlocking {
        val (a, b) = writtenTwice()
        a.setManualMerge(false)
        assertEquals(emptyList<Any>(), a.conflicts.list())
        settle(a, b)
        for (phone in listOf(a, b)) {
            assertFalse(phone.only().inQuestion)
            assertEquals(Severity.Severe, phone.only().content.severity)
        }
        a.setManualMerge(true)
        b.allergies.update(b.only()) { it.copy(severity = Severity.LifeThreatening) }
        b.sync()
        a.allergies.update(a.only()) { it.copy(severity = Severity.Moderate) }
        assertEquals(NextStep.NeedsPerson, a.sync().next)
        assertTrue(a.only().inQuestion)
    }

    @Test
    fun `a field that the app names is asked about, and no other`(): Unit = runBlocking {
        val born = listOf(CollectionField(Collection.PROFILE, "date_of_birth"))
        val (a, b) = phones.phone("a", askAbout = born) to phones.phone("b", askAbout = born)
        a.profile.update { it.copy(dateOfBirth = "1990-01-01", country = "PT") }
        settle(a, b)
        a.profile.update { it.copy(dateOfBirth = "1991-01-01", country = "ES") }
        b.profile.update { it.copy(dateOfBirth = "1992-01-01", country = "FR") }
        a.sync()
        assertEquals(NextStep.NeedsPerson, b.sync().next)
        val asked = b.conflicts.list().single()
        assertNull(asked.otherRecord)
        assertEquals("1991-01-01", (asked.remote as RecordContent.Profile).v1.dateOfBirth)
        assertTrue(b.conflicts.answer(asked, MergeAnswer.KeepRemote))
        settle(b, a)
        for (phone in listOf(a, b)) {
            val profile = phone.profile.get().content
            assertEquals("1991-01-01" to "FR", profile.dateOfBirth to profile.country)
        }
    }

    /** Two phones that wrote the same allergen apart from one another, and have heard of each other since. */
    private suspend fun writtenTwice(): Pair<Session, Session> {
        val (a, b) = phones.phone("a") to phones.phone("b")
        a.allergies.add("Kiwi", Severity.Mild)
        b.allergies.add("kiwi", Severity.Severe)
        settle(a, b)
        return a to b
    }

    private suspend fun settle(vararg sessions: Session) = repeat(3) { sessions.forEach { it.sync() } }

    private suspend fun Session.only(): Allergy = allergies.list().entries.single()

    private fun RecordContent?.severity(): Severity? = (this as RecordContent.Allergy).v1.severity
}
