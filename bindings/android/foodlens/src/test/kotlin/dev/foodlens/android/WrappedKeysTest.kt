package dev.foodlens.android

import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.nio.file.Files
import java.nio.file.Path
import java.security.GeneralSecurityException
import javax.crypto.KeyGenerator
import javax.crypto.SecretKey
import kotlin.io.path.listDirectoryEntries
import kotlin.io.path.moveTo
import kotlin.io.path.readBytes
import kotlin.io.path.writeBytes

/** With a wrapping key of the JVM in the place of the Keystore's. */
class WrappedKeysTest {
    @TempDir lateinit var folder: Path
    private var wrapping: SecretKey? = null

    private fun keys() = WrappedKeys(folder.resolve("keys")) { make -> if (make && wrapping == null) fresh() else wrapping }

    private fun fresh() = KeyGenerator.getInstance("AES").apply { init(256) }.generateKey().also { wrapping = it }

    private fun files() = folder.resolve("keys").listDirectoryEntries()

    @Test
    fun `a user's key is always the same, another user's another one, and neither is on storage`() {
        val ana = keys().key("ana")
        assertEquals(32, ana.size)
        assertArrayEquals(ana, keys().key("ana"))
        assertFalse(ana.contentEquals(keys().key("ben")))
        assertEquals(2, files().size)
        for (file in files()) {
            val stored = file.readBytes().toList()
            assertTrue(stored.windowed(32).none { it == ana.toList() })
            assertFalse("ana" in file.fileName.toString())
        }
    }

    @Test
    fun `what cannot be unwrapped is an error, and stays as it is`() {
        val ana = keys().key("ana")
        val file = files().single()
        val wrapped = file.readBytes()
        val mine = wrapping

        wrapping = null
        assertThrows(GeneralSecurityException::class.java) { keys().key("ana") }
        fresh()
        assertThrows(GeneralSecurityException::class.java) { keys().key("ana") }
        wrapping = mine
        for (broken in listOf(ByteArray(0), wrapped.copyOf(20), wrapped.clone().also { it[30] = (it[30] + 1).toByte() })) {
            file.writeBytes(broken)
            assertThrows(GeneralSecurityException::class.java) { keys().key("ana") }
            assertArrayEquals(broken, file.readBytes())
        }
        file.writeBytes(wrapped)
        assertArrayEquals(ana, keys().key("ana"))
    }

    @Test
    fun `a file under another user's name opens nothing`() {
        keys().key("ana")
        val ana = files().single()
        keys().key("ben")
        val ben = files().single { it != ana }
        ana.moveTo(ben, overwrite = true)
        assertThrows(GeneralSecurityException::class.java) { keys().key("ben") }
    }

    @Test
    fun `a key that was being written when the process died is made anew`() {
        Files.createDirectories(folder.resolve("keys"))
        keys().key("ana")
        val whole = files().single()
        whole.moveTo(whole.resolveSibling("${whole.fileName}.new"))
        assertEquals(32, keys().key("ana").size)
        assertEquals(listOf(whole), files())
    }
}
