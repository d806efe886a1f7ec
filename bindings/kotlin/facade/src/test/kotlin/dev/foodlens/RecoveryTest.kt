package dev.foodlens

import dev.foodlens.ffi.EuAllergen
import dev.foodlens.ffi.HistoryContent
import dev.foodlens.ffi.HistoryKind
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNotNull
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.nio.file.Path
import java.time.Instant
import kotlin.io.path.extension
import kotlin.io.path.listDirectoryEntries
import kotlin.io.path.readBytes
import kotlin.io.path.writeBytes

/** A file that is damaged gives way to a fresh one. */
class RecoveryTest {
    private val phones = Phones()

    @AfterEach
    fun close() = phones.close()

    @Test
    fun `a damaged file is set aside as it was, and the rest comes from the server`(): Unit = runBlocking {
        val library = phones.library("a")
        library.session(phones.user).use {
            it.allergies.add(EuAllergen.MILK)
            it.sync()
        }
        val damaged = ByteArray(8_192) { 0xA5.toByte() }
        database("a").writeBytes(damaged)
        expect<FoodLensException.Corrupt> { library.session(phones.user) }
        val recovery = library.recover(phones.user)
        assertArrayEquals(damaged, recovery.setAside?.readBytes())
        assertEquals(0L to 0L, recovery.salvaged to recovery.unreadable)
        assertFalse(recovery.complete)
        recovery.session.use {
            assertFalse(it.allergies.list().complete)
            it.sync()
            assertEquals(1, it.allergies.list().entries.size)
            assertTrue(it.allergies.list().complete)
        }
    }

    @Test
    fun `a queue that can still be read is salvaged, and a sound file is left alone`(): Unit = runBlocking {
        val library = phones.library("a")
        val queued = library.session(phones.user).use {
            it.allergies.add(EuAllergen.MILK)
            it.queue.list().map { operation -> operation.id }
        }
        val sound = library.recover(phones.user)
        assertNull(sound.setAside)
        assertTrue(sound.complete)
        sound.session.close()
        // A count of free pages that is not true.
        val file = database("a")
        file.writeBytes(file.readBytes().also { it[39] = 7 })
        val recovery = library.recover(phones.user)
        assertNotNull(recovery.setAside)
        assertEquals(2L to true, recovery.salvaged to recovery.complete)
        recovery.session.use { assertEquals(queued, it.queue.list().map { operation -> operation.id }) }
    }

    @Test
    fun `a row that cannot be read any more is missing on its page, and counted`(): Unit = runBlocking {
        val library = phones.library("a")
        library.session(phones.user).use { a ->
            a.history.addAll(listOf("sound", "broken").map { HistoryContent(HistoryKind.Meal, Instant.EPOCH, productName = it) })
        }
        val file = database("a")
        val text = file.readBytes().toString(Charsets.ISO_8859_1)
        file.writeBytes(text.replace("\"broken\"", "\"broken#").toByteArray(Charsets.ISO_8859_1))
        library.session(phones.user).use { a ->
            val page = a.history.pages().load()
            assertEquals(listOf("sound") to 1L, page.items.map { it.content.productName } to page.unreadable)
            assertEquals(0L, a.queue.pages().load().unreadable)
        }
    }

    private fun database(name: String): Path =
        phones.folder.resolve(name).listDirectoryEntries().single { it.extension == "db" }
}
