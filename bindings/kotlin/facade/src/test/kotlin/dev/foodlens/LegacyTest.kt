package dev.foodlens

import dev.foodlens.ffi.Allergen
import dev.foodlens.ffi.EuAllergen
import dev.foodlens.ffi.HistoryContent
import dev.foodlens.ffi.HistoryKind
import dev.foodlens.ffi.LegacyProgress
import dev.foodlens.ffi.LegacyRecord
import dev.foodlens.ffi.LegacyResult
import dev.foodlens.ffi.Severity
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.time.Instant

/** Old data becoming an account's: an app's export, and what was done before signing in. */
class LegacyTest {
    private val phones = Phones()

    @AfterEach
    fun close() = phones.close()

    @Test
    fun `an old export is taken over, and a record that cannot be read is reported`(): Unit = runBlocking {
        val a = phones.phone("a")
        expect<FoodLensException.LegacyFormat> { a.importLegacy("not JSON") }
        val text =
            """{"format": "foodlens-legacy", "version": 1, "allergies": [
                {"legacy_id": "1", "allergen": {"code": "milk"}}, {"legacy_id": "2", "allergen": 7}]}"""
        val told = a.previewLegacy(text)
        assertEquals(emptyList<Any>(), a.allergies.list().entries)
        val report = a.importLegacy(text)
        assertEquals(told, report)
        assertEquals(listOf("1", "2"), report.records.map { it.legacyId })
        assertEquals(LegacyResult.Imported, report.records[0].result)
        assertTrue(report.records[1].result is LegacyResult.Unreadable)
        assertEquals(1L to 1L, report.imported to report.unreadable)
        assertTrue(report.complete)
        assertEquals(1, a.unreadable().size)
        assertEquals(Allergen.Eu(EuAllergen.MILK), a.allergies.list().entries.single().content.allergen)
        a.dismissLegacy(a.unreadable().single())
        assertEquals(0, a.allergies.list().unreadable)
    }

    @Test
    fun `an import is watched, and a watcher that fails is no end to it`(): Unit = runBlocking {
        val a = phones.phone("a")
        val seen = mutableListOf<LegacyProgress>()
        val report = a.legacyImport(meals(450)).run {
            seen += it
            error("a broken app")
        }
        assertEquals(450L to true, report.imported to report.complete)
        assertTrue(seen.size > 2, seen.toString())
        assertEquals(LegacyProgress(450, 450, 450), seen.last())
        assertEquals(450, a.history.count())
        val again = a.resumeLegacyImport().run()
        assertEquals(0L to 450L, again.imported to again.alreadyThere)
    }

    @Test
    fun `the lines of a long report come page by page, in order, and a reader that fails is no end to them`(): Unit = runBlocking {
        val a = phones.phone("a")
        val import = a.legacyImport(meals(1_450))
        val told = mutableListOf<List<LegacyRecord>>()
        val preview = import.previewInPages { told += it }
        val handed = mutableListOf<List<LegacyRecord>>()
        var settled = 0L
        val report = import.runInPages(progress = { settled = it.settled }) {
            handed += it
            error("a broken app")
        }
        assertEquals(preview, report)
        assertEquals(told, handed)
        assertEquals(listOf(1_000, 450), handed.map { it.size })
        assertEquals((1..1_450).map { "$it" }, handed.flatten().map { it.legacyId })
        assertEquals(0 to 1_450L, report.records.size to report.imported)
        assertEquals(1_450L, settled)
    }

    @Test
    fun `reads go back to the old data and forth, until the import is ended`(): Unit = runBlocking {
        val a = phones.phone("a")
        expect<FoodLensException.NotFound> { a.finishLegacy() }
        expect<FoodLensException.NotFound> { a.setLegacyReads(true) }
        a.importLegacy(meals(2))
        a.history.add(HistoryContent(HistoryKind.Search, Instant.EPOCH))
        watching(a.history.newest()) { seen ->
            assertEquals(3, seen.receive().entries.size)
            a.setLegacyReads(true)
            seen.until { it.entries.size == 2 }
            val refused = expect<FoodLensException.LegacyInUse> { a.finishLegacy() }
            assertEquals(0L to true, refused.waiting to refused.readsOn)
            a.setLegacyReads(false)
            seen.until { it.entries.size == 3 }
        }
        val before = a.legacyStatus()
        assertEquals(2L to 0L, before.imported to before.waiting)
        assertTrue(before.stored && !before.finished && !before.readsOn)
        a.finishLegacy()
        a.finishLegacy()
        assertTrue(a.legacyStatus().finished)
        expect<FoodLensException.NotFound> { a.resumeLegacyImport().run() }
    }

    @Test
    fun `what was done before signing in becomes the account's, once, and only if it never was another's`(): Unit =
        runBlocking {
            val library = phones.library("a")
            expect<FoodLensException.NotFound> { library.adopt("nobody", phones.user).preview() }
            library.session("anonymous").use {
                it.allergies.add(EuAllergen.MILK, Severity.Severe)
                it.history.add(HistoryContent(HistoryKind.Meal, Instant.EPOCH))
            }
            val adoption = library.adopt(from = "anonymous", into = phones.user)
            library.session(phones.user).use { a ->
                val told = adoption.preview()
                assertEquals(0, a.history.count())
                var seen = 0L
                val report = adoption.run { seen = it.settled }
                assertEquals(told, report)
                assertEquals(report.imported, seen)
                assertEquals(1, a.history.count())
                assertEquals(Severity.Severe, a.allergies.list().entries.single().content.severity)
                assertEquals(0, adoption.run().imported)
                a.sync()
            }
            expect<FoodLensException.NotAnonymous> { library.adopt(phones.user, "ben").run() }
            expect<FoodLensException.Invalid> { library.adopt(phones.user, phones.user).run() }
        }
}

/** Old data: so many meals, each at another time. */
internal fun meals(count: Int): String {
    val meals = (1..count).joinToString { """{"legacy_id": "$it", "kind": "meal", "occurred_at": $it}""" }
    return """{"format": "foodlens-legacy", "version": 1, "history": [$meals]}"""
}
