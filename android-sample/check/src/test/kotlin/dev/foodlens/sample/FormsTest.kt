package dev.foodlens.sample

import dev.foodlens.ffi.EuAllergen
import dev.foodlens.ffi.HistoryContent
import dev.foodlens.ffi.HistoryKind
import dev.foodlens.ffi.HistoryVerdict
import dev.foodlens.ffi.ProfileContent
import dev.foodlens.ffi.SettingsContent
import dev.foodlens.sample.model.EntryForm
import dev.foodlens.sample.model.HistoryModel
import dev.foodlens.sample.model.ProfileModel
import dev.foodlens.sample.model.SettingsModel
import dev.foodlens.sample.model.emergencyContact
import dev.foodlens.sample.model.historyNotes
import dev.foodlens.sample.model.research
import dev.foodlens.sample.model.withEmergencyContact
import kotlinx.coroutines.test.runTest
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.time.Instant
import java.time.ZoneId

/** Every field that a record has can be written, and what was not touched stays as it was, to the second. */
class FormsTest {
    private val desk by lazy { Desk() }
    private val lisbon = ZoneId.of("Europe/Lisbon")
    private val full =
        HistoryContent(
            HistoryKind.Search, Instant.parse("2026-07-01T10:20:30.456Z"), "Soup", "House", "560123", "water, celery",
            HistoryVerdict.Danger, listOf("my own", "celery", "milk"), "hot", true,
        )

    @AfterEach
    fun close() = desk.close()

    @Test
    fun `a form that nobody touched changes nothing`() {
        assertEquals(full, EntryForm.of(full, lisbon).content(full, lisbon))
        val unknown = full.copy(kind = HistoryKind.Unrecognised("smell"), verdict = HistoryVerdict.Unrecognised("meh"))
        assertEquals(unknown, EntryForm.of(unknown, lisbon).content(unknown, lisbon))
    }

    @Test
    fun `each field of it can be written`() {
        val form =
            EntryForm.of(full, lisbon).copy(
                kind = HistoryKind.Scan, product = "Stew", brand = " ", barcode = "", ingredients = "salt", verdict = null,
                matches = setOf(EuAllergen.MILK, EuAllergen.FISH), ownMatches = "dill , my own", whenText = "2026-07-01 11:21", note = "", favourite = false,
            )
        val written =
            HistoryContent(
                HistoryKind.Scan, Instant.parse("2026-07-01T10:21:00Z"), "Stew", null, null, "salt", null,
                listOf("my own", "milk", "fish", "dill"), null, false,
            )
        assertEquals(written, form.content(full, lisbon))
    }

    @Test
    fun `without a name or a time it cannot be saved`() {
        val form = EntryForm.empty(full.occurredAt, lisbon).copy(product = "Soup")
        assertEquals(Instant.parse("2026-07-01T10:20:00Z"), form.content(null, lisbon)?.occurredAt)
        for (wrong in listOf("", "yesterday", "2026-02-30 10:00", "2026-07-01")) assertNull(form.copy(whenText = wrong).content(null, lisbon), wrong)
        assertNull(form.copy(product = " ").content(null, lisbon))
    }

    @Test
    fun `what the app keeps of its own comes to the person's other phone`() = runTest {
        val (a, b) = desk.session("a") to desk.session("b")
        val settings = SettingsModel(a, backgroundScope)
        val (before, contact) = ProfileContent() to "+351 21 000 000"
        ProfileModel(a, backgroundScope).save(before, before.withEmergencyContact(contact)).join()
        settings.research(true).join()
        settings.historyNotes(false).join()
        HistoryModel(a, backgroundScope).add(full).join()
        a.sync()
        b.sync()
        assertEquals(contact, b.profile.get().content.emergencyContact)
        assertNull(b.profile.get().content.withEmergencyContact(null).emergencyContact)
        val there = SettingsModel(b, backgroundScope).state.until { it.content.research }.content
        assertFalse(there.historyNotes)
        assertTrue(SettingsContent().historyNotes)
        assertFalse(SettingsContent().research)
        assertFalse(HistoryModel(b, backgroundScope).state.until { it.entries.size == 1 }.notes)
        assertEquals(full, b.history.page().entries.single().content)
    }
}
