package dev.foodlens

import dev.foodlens.ffi.EuAllergen
import dev.foodlens.ffi.FailureReason
import dev.foodlens.ffi.HistoryContent
import dev.foodlens.ffi.HistoryKind
import dev.foodlens.ffi.NextStep
import dev.foodlens.ffi.OperationState
import dev.foodlens.ffi.QueueFilter
import dev.foodlens.ffi.RecordContent
import dev.foodlens.ffi.Severity
import dev.foodlens.ffi.SettingsContent
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.time.Instant
import kotlin.time.Duration

class QueueTest {
    private val phones = Phones()

    @AfterEach
    fun close() = phones.close()

    @Test
    fun `a discard is shown before it is done, and the record falls back`(): Unit = runBlocking {
        val a = phones.phone("a")
        a.profile.update { it.copy(displayName = "Ana", extras = mapOf("blood" to "0+")) }
        a.sync()
        a.profile.update { it.copy(displayName = "Anna") }
        val edit = a.queue.list().single()
        val preview = a.queue.previewDiscard(edit)
        assertEquals("Anna", a.profile.get().content.displayName)
        assertEquals(listOf(edit.id), preview.operations)
        val before = (preview.fallsBackTo as RecordContent.Profile).v1
        assertEquals("Ana" to mapOf("blood" to "0+"), before.displayName to before.extras)

        assertEquals(preview, a.queue.discard(edit))
        assertEquals(before, a.profile.get().content)
        assertEquals(emptyList<Any>(), a.queue.list())
    }

    @Test
    fun `what a discard leaves has the form of its collection`(): Unit = runBlocking {
        val a = phones.phone("a")
        val scannedAt = Instant.parse("2026-03-01T12:30:45.123Z")
        val scan = a.history.add(HistoryContent(HistoryKind.Scan, scannedAt))
        a.settings.update { it.copy(theme = "dark") }
        a.sync()
        a.history.update(a.history.get(scan)) { it.copy(favourite = true) }
        a.settings.update { it.copy(theme = "light") }
        val left = a.queue.list().map { a.queue.discard(it).fallsBackTo }
        assertTrue(RecordContent.History(HistoryContent(HistoryKind.Scan, scannedAt)) in left, left.toString())
        assertTrue(RecordContent.Settings(SettingsContent(theme = "dark")) in left, left.toString())

        a.history.add(HistoryContent(HistoryKind.Meal, scannedAt))
        assertNull(a.queue.discard(a.queue.list().single()).fallsBackTo, "the server never had it")
        assertEquals(1, a.history.count())
    }

    @Test
    fun `the queue is listed by state`(): Unit = runBlocking {
        val a = phones.phone("a")
        a.sync()
        a.settings.update { it.copy(units = "metric") }
        phones.server.fault("""{"endpoint":"batch","times":1,"fault":"status","status":422}""")
        a.sync()
        a.profile.update { it.copy(country = "PT") }
        suspend fun states(filter: QueueFilter) = a.queue.list(filter).map { it.state }
        val (failed, pending) = OperationState.Failed(FailureReason.REFUSED) to OperationState.Pending
        assertEquals(listOf(failed), states(QueueFilter.FAILED))
        assertEquals(listOf(pending), states(QueueFilter.PENDING))
        assertEquals(listOf(failed, pending), states(QueueFilter.UNSENT))
        assertEquals(emptyList<Any>(), states(QueueFilter.SENDING))
        a.queue.retry(a.queue.list(QueueFilter.FAILED).single())
        assertEquals(NextStep.Done, a.sync().next)
        assertEquals(List(2) { OperationState.Synced }, states(QueueFilter.ACKNOWLEDGED))
        assertEquals(2, states(QueueFilter.ALL).size)
        assertEquals(emptyList<Any>(), states(QueueFilter.UNSENT))
    }

    @Test
    fun `one operation is exported and read back, and a receipt is not`(): Unit = runBlocking {
        val a = phones.phone("a")
        a.allergies.add(EuAllergen.NUTS, Severity.Severe)
        a.profile.update { it.copy(displayName = "Ana") }
        val text = a.queue.export(a.queue.list().last())
        assertTrue("Ana" in text && "nuts" !in text, text)
        val b = phones.phone("b")
        assertEquals(1, b.rescueImport(text).imported)
        assertEquals("Ana", b.profile.get().content.displayName)
        a.sync()
        val receipt = a.queue.list(QueueFilter.ACKNOWLEDGED).first()
        assertThrows(FoodLensException.WrongState::class.java) { runBlocking { a.queue.export(receipt) } }
    }

    @Test
    fun `a sensitive edit that waited too long is parked until a person confirms it`(): Unit = runBlocking {
        val first = phones.phone("a")
        val id = first.allergies.add(EuAllergen.MILK, Severity.Severe)
        first.sync()
        first.allergies.update(first.allergies.get(id)) { it.copy(severity = Severity.Mild) }
        val edited = first.queue.list().single()
        first.close()
        while (Instant.now().toEpochMilli() <= edited.createdAt.toEpochMilli()) continue // older than no time at all

        val a = phones.phone("a", staleAfter = Duration.ZERO)
        assertEquals(NextStep.NeedsPerson, a.sync().next)
        val parked = a.queue.list().single()
        assertEquals(OperationState.Failed(FailureReason.STALE), parked.state)
        a.close()
        val same = phones.phone("a", staleAfter = null)
        same.queue.retry(parked)
        assertEquals(NextStep.Done, same.sync().next)
        assertEquals(Severity.Mild, same.allergies.list().entries.single().content.severity)
        assertFalse(same.queue.list(QueueFilter.ACKNOWLEDGED).isEmpty())
    }
}
