package dev.foodlens

import dev.foodlens.ffi.Collection
import dev.foodlens.ffi.HistoryContent
import dev.foodlens.ffi.HistoryFilter
import dev.foodlens.ffi.HistoryKind
import dev.foodlens.ffi.HistoryVerdict
import dev.foodlens.ffi.RecordContent
import dev.foodlens.ffi.SyncState
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNotNull
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.time.Instant
import java.util.UUID

/** One record: its layers, what was replaced in it, who watches it; and whether all of them hold. */
class RecordsTest {
    private val phones = Phones()

    @AfterEach
    fun close() = phones.close()

    @Test
    fun `a record tells what the server has, what waits and what is shown`(): Unit = runBlocking {
        val a = phones.phone("a")
        val id = a.history.add(meal("soup"))
        val new = a.layers(Collection.HISTORY, id)
        assertNull(new.base)
        assertNull(new.version)
        assertEquals("soup", new.shown.note())
        a.sync()
        a.history.update(a.history.get(id)) { it.copy(note = "stew") }
        val edited = a.layers(Collection.HISTORY, id)
        assertEquals("soup" to "stew", edited.base.note() to edited.shown.note())
        assertEquals(SyncState.PENDING, edited.inState)
        assertEquals(a.queue.list(), edited.pending)
        assertNotNull(edited.version)
        assertFalse(edited.deletedAtServer)

        val b = phones.phone("b")
        b.sync()
        b.history.delete(id)
        assertNull(b.layers(Collection.HISTORY, id).shown)
        b.sync()
        assertThrows(FoodLensException.NotFound::class.java) { runBlocking { b.layers(Collection.HISTORY, id) } }
    }

    @Test
    fun `a replaced value is brought back as an edit`(): Unit = runBlocking {
        val (a, b) = phones.phone("a") to phones.phone("b")
        a.profile.update { it.copy(displayName = "base") }
        a.sync()
        b.sync()
        a.profile.update { it.copy(displayName = "of a") }
        b.profile.update { it.copy(displayName = "of b") }
        a.sync()
        b.sync()
        val replaced = b.conflicts.overwritten().first()
        assertEquals("display_name" to "\"of a\"", replaced.field to replaced.valueJson)
        b.conflicts.restore(replaced)
        assertEquals("of a", b.profile.get().content.displayName)
        assertEquals(listOf("display_name"), b.queue.list().single().fields)
        b.sync()
        a.sync()
        assertEquals("of a", a.profile.get().content.displayName)
        val forgotten = replaced.copy(position = Long.MAX_VALUE)
        assertThrows(FoodLensException.NotFound::class.java) { runBlocking { b.conflicts.restore(forgotten) } }
    }

    @Test
    fun `who watches an entry sees it change, arrive at the server and go`(): Unit = runBlocking {
        val a = phones.phone("a")
        val id = a.history.add(meal("soup"))
        watching(a.history.changes(id)) { seen ->
            assertEquals("soup", seen.receive()?.content?.note)
            a.history.update(a.history.get(id)) { it.copy(note = "stew") }
            assertEquals("stew", seen.receive()?.content?.note)
            a.sync()
            seen.until { it?.sync?.state == SyncState.SYNCED }
            a.history.delete(id)
            assertNull(seen.receive())
        }
        watching(a.history.changes(UUID.randomUUID())) { assertNull(it.receive()) }
    }

    @Test
    fun `everything holds, and the report says what was looked at`(): Unit = runBlocking {
        val a = phones.phone("a")
        a.history.addAll(listOf(meal("soup"), meal("bread")))
        val report = a.verify()
        assertTrue(report.isSound, report.toString())
        assertEquals(2L to 2L, report.records to report.operations)
        assertEquals(emptyList<Any>() to 0L, report.flaws to report.more)
        a.close()
        assertThrows(FoodLensException.Closed::class.java) { runBlocking { a.verify() } }
    }

    @Test
    fun `the history is listed in parts and searched`(): Unit = runBlocking {
        val a = phones.phone("a")
        val soup = meal("Crème of soup")
        val scan = HistoryContent(HistoryKind.Scan, Instant.ofEpochSecond(60), barcode = "4001", favourite = true)
        a.history.addAll(listOf(soup, scan))
        val (meals, marked) = HistoryFilter(kind = HistoryKind.Meal) to HistoryFilter(favourites = true)
        assertEquals(listOf(soup), a.history.list(meals).entries.map { it.content })
        assertEquals(listOf(scan), a.history.list(marked).entries.map { it.content })
        val later = HistoryFilter(from = Instant.ofEpochSecond(1))
        assertEquals(1L to 0L, a.history.count(later) to a.history.count(later.copy(to = Instant.ofEpochSecond(60))))
        assertEquals(listOf(soup), a.history.search("creme so").map { it.content })
        assertEquals(listOf(scan), a.history.search("4001").map { it.content })
        assertEquals(emptyList<Any>(), a.history.search("stew"))
        assertThrows(FoodLensException.Invalid::class.java) { runBlocking { a.history.search("x".repeat(501)) } }
    }

    @Test
    fun `what two phones scanned at one moment is one entry, and one deletion`(): Unit = runBlocking {
        val (a, b) = phones.phone("a") to phones.phone("b")
        val scan = HistoryContent(HistoryKind.Scan, Instant.EPOCH, barcode = "4001", verdict = HistoryVerdict.Safe)
        val one = a.history.add(scan)
        val other = b.history.add(scan.copy(verdict = HistoryVerdict.Danger, note = "with nuts"))
        for (phone in listOf(a, b, a)) phone.sync()
        val entry = a.history.page().entries.single()
        // Made within one millisecond, either may be the elder.
        assertEquals(setOf(one, other), (entry.linked + entry.id).toSet())
        assertEquals(scan.copy(verdict = HistoryVerdict.Danger, note = "with nuts"), entry.content)
        assertEquals(entry, a.history.get(other))
        a.history.delete(entry.id)
        for (phone in listOf(a, b)) phone.sync()
        assertEquals(0, b.history.count())
    }

    private fun meal(note: String) = HistoryContent(HistoryKind.Meal, Instant.EPOCH, note = note)

    private fun RecordContent?.note(): String? = (this as RecordContent.History).v1.note
}
