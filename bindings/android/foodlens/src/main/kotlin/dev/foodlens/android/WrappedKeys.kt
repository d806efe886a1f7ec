package dev.foodlens.android

import java.nio.ByteBuffer
import java.nio.channels.FileChannel
import java.nio.file.Files
import java.nio.file.Path
import java.nio.file.StandardCopyOption
import java.nio.file.StandardOpenOption
import java.security.GeneralSecurityException
import java.security.MessageDigest
import java.security.SecureRandom
import javax.crypto.Cipher
import javax.crypto.SecretKey
import javax.crypto.spec.GCMParameterSpec

/**
 * Database keys in files, wrapped by AES-GCM. The user's id is bound to its file: one that was renamed opens nothing.
 *
 * @param wrapping gives the wrapping key; with true, it is made when there is none.
 */
internal class WrappedKeys(private val folder: Path, private val wrapping: (make: Boolean) -> SecretKey?) {
    @Synchronized
    fun key(userId: String): ByteArray {
        val file = folder.resolve(name(userId))
        return if (Files.exists(file)) unwrap(userId, Files.readAllBytes(file)) else make(userId, file)
    }

    private fun unwrap(userId: String, wrapped: ByteArray): ByteArray {
        val key = wrapping(false) ?: throw GeneralSecurityException("the wrapping key is gone")
        if (wrapped.size != NONCE + KEY + TAG) throw GeneralSecurityException("not a wrapped key")
        return cipher(Cipher.DECRYPT_MODE, key, userId, GCMParameterSpec(TAG * 8, wrapped, 0, NONCE))
            .doFinal(wrapped, NONCE, wrapped.size - NONCE)
    }

    private fun make(userId: String, file: Path): ByteArray {
        val key = ByteArray(KEY).also { SecureRandom().nextBytes(it) }
        val wrappingKey = wrapping(true) ?: throw GeneralSecurityException("no wrapping key")
        val cipher = cipher(Cipher.ENCRYPT_MODE, wrappingKey, userId, null) // the Keystore chooses the nonce itself
        val sealed = cipher.doFinal(key)
        store(file, cipher.iv + sealed)
        return key
    }

    /** Whole or not at all, and on storage before a database is written under the key. */
    private fun store(file: Path, bytes: ByteArray) {
        Files.createDirectories(folder)
        val fresh = file.resolveSibling("${file.fileName}.new")
        FileChannel.open(fresh, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE).use {
            val buffer = ByteBuffer.wrap(bytes)
            while (buffer.hasRemaining()) it.write(buffer)
            it.force(true)
        }
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE)
        FileChannel.open(folder, StandardOpenOption.READ).use { it.force(true) }
    }

    private fun cipher(mode: Int, key: SecretKey, userId: String, nonce: GCMParameterSpec?): Cipher =
        Cipher.getInstance("AES/GCM/NoPadding").apply {
            if (nonce == null) init(mode, key) else init(mode, key, nonce)
            updateAAD(userId.toByteArray())
        }

    private fun name(userId: String): String =
        MessageDigest.getInstance("SHA-256").digest(userId.toByteArray()).joinToString("") { "%02x".format(it) } + ".key"

    private companion object {
        const val KEY = 32
        const val NONCE = 12
        const val TAG = 16
    }
}
