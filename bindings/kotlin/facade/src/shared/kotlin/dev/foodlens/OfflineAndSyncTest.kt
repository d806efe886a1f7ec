package dev.foodlens

import dev.foodlens.ffi.Allergen
import dev.foodlens.ffi.Collection
import dev.foodlens.ffi.EuAllergen
import dev.foodlens.ffi.HistoryContent
import dev.foodlens.ffi.HistoryKind
import dev.foodlens.ffi.Kind
import dev.foodlens.ffi.ListState
import dev.foodlens.ffi.NextStep
import dev.foodlens.ffi.OperationState
import dev.foodlens.ffi.QueueFilter
import dev.foodlens.ffi.Severity
import dev.foodlens.ffi.SyncState
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNotNull
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.time.Instant
import kotlin.io.path.createDirectory
import kotlin.io.path.listDirectoryEntries
import kotlin.io.path.name
import kotlin.io.path.readText
import kotlin.time.Duration.Companion.seconds

class OfflineAndSyncTest {
    private val phones = Phones()

    @AfterEach
    fun close() = phones.close()

    @Test
    fun `written without a server, queued, sent later, and read on a second phone`(): Unit = runBlocking {
        phones.server.stop()
        val a = phones.phone("a")
        val scannedAt = Instant.parse("2026-03-01T12:30:45.123Z")
        a.allergies.add(EuAllergen.PEANUTS, Severity.LifeThreatening)
        a.allergies.add("kiwi")
        a.profile.update { it.copy(displayName = "Ana", extras = mapOf("blood" to "0+")) }
        a.settings.update { it.copy(theme = "dark", consents = mapOf("research" to false)) }
        a.history.add(HistoryContent(HistoryKind.Scan, scannedAt, barcode = "5601234567890"))

        val queued = a.queue.list()
        assertTrue(queued.all { it.state == OperationState.Pending })
        assertEquals(Collection.entries.toSet(), queued.map { it.collection }.toSet())
        assertEquals(2, queued.count { it.collection == Collection.ALLERGIES && it.kind == Kind.CREATE })
        assertEquals(SyncState.PENDING, a.allergies.list().entries.first().sync.state)
        assertEquals("Ana", a.profile.get().content.displayName)

        phones.server.start()
        val sent = a.sync()
        assertEquals(NextStep.Done, sent.next)
        assertEquals(queued.size.toLong(), sent.acknowledged)
        assertEquals(emptyList<Any>(), a.queue.list())
        val receipts = a.queue.list(QueueFilter.ACKNOWLEDGED)
        assertEquals(queued.map { it.id }, receipts.map { it.id })
        assertTrue(receipts.all { it.state == OperationState.Synced })

        val b = phones.phone("b")
        assertFalse(b.allergies.list().complete)
        assertEquals(NextStep.Done, b.sync().next)
        val list = b.allergies.list()
        assertTrue(list.complete)
        assertEquals(ListState.LISTED, list.state)
        assertEquals(
            mapOf(Allergen.Eu(EuAllergen.PEANUTS) to Severity.LifeThreatening, Allergen.Custom("kiwi") to null),
            list.entries.associate { it.content.allergen to it.content.severity },
        )
        assertEquals(a.profile.get().content, b.profile.get().content)
        assertEquals(a.settings.get().content, b.settings.get().content)
        val scan = b.history.page().entries.single()
        assertEquals(scannedAt, scan.content.occurredAt)
        assertEquals(SyncState.SYNCED, scan.sync.state)
    }

    @Test
    fun `a sync without a server tells when to come back and keeps everything`(): Unit = runBlocking {
        phones.server.stop()
        val a = phones.phone("a")
        a.allergies.add(EuAllergen.MILK)
        val report = a.sync()
        assertTrue(report.next is NextStep.RetryAt, report.next.toString())
        val status = a.status.first()
        assertEquals(2, status.pending) // the allergy, and that the list is no longer unknown
        assertNotNull(status.lastError)
        assertNotNull(status.oldestUnsentAt)
        assertEquals(Allergen.Eu(EuAllergen.MILK), a.allergies.list().entries.single().content.allergen)
    }

    @Test
    fun `the history is read page by page, newest first`(): Unit = runBlocking {
        val a = phones.phone("a")
        val start = Instant.parse("2026-01-01T00:00:00Z")
        a.history.addAll((0L until 25).map { HistoryContent(HistoryKind.Meal, start.plusSeconds(it), note = "$it") })
        assertEquals(25, a.history.count())
        val notes = a.history.all(pageSize = 10).toList().map { it.content.note }
        assertEquals((24L downTo 0).map { "$it" }, notes)

        val newest = a.history.page(limit = 1).entries.single()
        a.history.update(newest) { it.copy(favourite = true) }
        assertTrue(a.history.get(newest.id).content.favourite)
        a.history.delete(newest.id)
        assertEquals(24, a.history.count())
    }

    @Test
    fun `what the device holds can be exported, and allergens have codes`(): Unit = runBlocking {
        val a = phones.phone("a")
        a.allergies.add(EuAllergen.SULPHITES)
        assertEquals("sulphites", EuAllergen.SULPHITES.code)
        assertEquals(EuAllergen.entries, EuAllergen.entries.map { euAllergenOrNull(it.code) })
        assertNull(euAllergenOrNull("unheard-of"))
        assertTrue(a.exportJson().contains(""""allergen":{"code":"sulphites"}"""))
        val severities = listOf(Severity.Mild, Severity.Moderate, null, Severity.Severe, Severity.LifeThreatening)
        assertEquals(severities, severities.shuffled().sortedBy { it.rank })
    }

    @Test
    fun `an export is written to a file, whole or not at all`(): Unit = runBlocking {
        val a = phones.phone("a")
        a.allergies.add("kiwi")
        val place = phones.folder.resolve("export")
        expect<FoodLensException.StorageUnavailable> { a.exportTo(place.resolve("mine.json")) }
        place.createDirectory()
        a.exportTo(place.resolve("mine.json"))
        a.allergies.add("lime")
        a.exportTo(place.resolve("mine.json"))
        assertEquals(a.exportJson(), place.resolve("mine.json").readText())
        assertEquals(listOf("mine.json"), place.listDirectoryEntries().map { it.name })
    }

    @Test
    fun `a paused session sends nothing until it is resumed`(): Unit = runBlocking {
        val a = phones.phone("a")
        a.setPaused(true)
        a.settings.update { it.copy(units = "metric") }
        assertEquals(NextStep.Paused, a.sync().next)
        assertEquals(1, a.queue.list().size)
        a.setPaused(false)
        assertEquals(NextStep.Done, a.sync().next)
    }

    @Test
    fun `unsent writes move to a fresh installation by a rescue, and the app comes to rest`(): Unit = runBlocking {
        phones.server.stop()
        val old = phones.phone("old")
        old.allergies.add(EuAllergen.NUTS, Severity.Severe)
        val text = old.rescueExport()
        val fresh = phones.phone("fresh")
        assertEquals(2, fresh.rescueImport(text).imported)
        assertEquals(2, fresh.rescueImport(text).alreadyThere)
        assertEquals(Severity.Severe, fresh.allergies.list().entries.single().content.severity)
        assertTrue(fresh.quiesce(10.seconds))
        phones.server.start()
        assertEquals(NextStep.Done, fresh.sync().next)
        assertEquals(2, old.sync().duplicates)
    }
}
