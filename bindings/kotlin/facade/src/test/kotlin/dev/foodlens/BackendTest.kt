package dev.foodlens

import dev.foodlens.ffi.Collection
import dev.foodlens.ffi.EuAllergen
import dev.foodlens.ffi.HistoryContent
import dev.foodlens.ffi.HistoryKind
import dev.foodlens.ffi.HttpOptions
import dev.foodlens.ffi.NextStep
import dev.foodlens.ffi.RestoreProgress
import dev.foodlens.ffi.TransportException
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.nio.file.Path
import java.time.Instant
import kotlin.time.Duration.Companion.days

/** What the backend and the configuration decide together. */
class BackendTest {
    private val phones = Phones()

    @AfterEach
    fun close() = phones.close()

    @Test
    fun `the lists come first, then the newest history, then older entries on demand`(): Unit = runBlocking {
        val old = phones.phone("old")
        val now = Instant.now()
        old.history.addAll((0L until 600).map { HistoryContent(HistoryKind.Meal, now.minusSeconds(it * 86_400)) })
        old.allergies.add(EuAllergen.FISH)
        assertEquals(NextStep.Done, old.sync().next)

        val a = phones.phone("a", historyWindow = 10.days)
        val empty = a.status.first()
        assertTrue(empty.restoring)
        assertEquals(RestoreProgress(0, null), empty.restore)
        phones.server.fault("""{"endpoint":"history","times":1,"fault":"drop_before_commit"}""")
        assertTrue(a.sync().next is NextStep.RetryAt)
        val listsHere = a.status.first()
        assertFalse(listsHere.restoring)
        assertEquals(2, listsHere.restore?.records)
        assertTrue(a.allergies.list().complete)
        assertEquals(0, a.history.count())

        assertEquals(NextStep.Done, a.sync().next)
        val window = a.status.first()
        assertNull(window.restore)
        assertTrue(window.olderHistory)
        assertEquals(500, a.history.count()) // a page of the newest is more than the window

        assertEquals(100, a.history.fetchOlder(records = 50).pulled)
        assertEquals(600, a.history.count())
        assertFalse(a.status.first().olderHistory)
        assertEquals(0, a.history.fetchOlder().requests, "all is here")
    }

    @Test
    fun `a backend holds writes of an old version back, and not those of a newer one`(): Unit = runBlocking {
        phones.server.conduct("""{"pauses":[{"entity":"settings","app_below":"2.4.0"}]}""")
        val held = phones.phone("a", appVersion = "2.3.9")
        assertFalse(held.status.first().pausedByServer)
        held.settings.update { it.copy(units = "metric") }
        held.profile.update { it.copy(country = "PT") }
        held.sync()
        assertTrue(held.status.first().pausedByServer)
        assertEquals(listOf(Collection.SETTINGS), held.queue.list().map { it.collection })
        held.close()

        val mended = phones.phone("a", appVersion = "2.4")
        assertFalse(mended.status.first().pausedByServer)
    }

    @Test
    fun `the app's version goes with every request`(): Unit = runBlocking {
        val seen = mutableListOf<String?>()
        suspend fun versionOf(name: String, version: String?) {
            val phone = phones.phone(name, appVersion = version, transport = { request ->
                seen += request.headers.singleOrNull { it.name.equals("X-App-Version", ignoreCase = true) }?.value
                throw TransportException.NotSent()
            })
            phone.sync()
        }
        versionOf("a", "2.4.0")
        versionOf("b", null)
        assertEquals(listOf("2.4.0", null), seen)
    }

    @Test
    fun `the system's trust is a mistake of the app in a library that was built without it`(@TempDir folder: Path) {
        val refused = assertThrows(FoodLensException.Config::class.java) {
            val http = HttpOptions(platformRoots = true)
            FoodLens.open(folder, "https://example.com", { user, _ -> AccessToken(user, "t") }, http = http)
        }
        assertTrue(refused.message!!.startsWith("configuration: platform_roots"), refused.message)
    }
}
