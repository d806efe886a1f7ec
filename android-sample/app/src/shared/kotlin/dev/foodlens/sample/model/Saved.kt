package dev.foodlens.sample.model

import java.nio.file.Files
import java.nio.file.Path
import java.nio.file.StandardCopyOption.ATOMIC_MOVE
import java.util.Properties

/** What the app itself keeps: who is signed in, who was here, and which backend it talks to. No data of the library. */
data class Saved(val baseUrl: String = DEFAULT_URL, val user: String? = null, val users: List<String> = emptyList()) {
    companion object {
        const val DEFAULT_URL = "http://127.0.0.1:8080"
    }
}

/** It, in a small file; called where blocking is allowed. */
class SavedFile(private val file: Path) {
    fun read(): Saved {
        if (!Files.exists(file)) return Saved()
        val lines = Properties().apply { Files.newBufferedReader(file).use { load(it) } }
        val users = lines.stringPropertyNames().filter { it.startsWith(USER) }.sorted().map { lines.getProperty(it) }
        return Saved(lines.getProperty(URL) ?: Saved.DEFAULT_URL, lines.getProperty(SIGNED_IN), users)
    }

    /** Whole or not at all. */
    fun write(saved: Saved) {
        val lines = Properties()
        lines.setProperty(URL, saved.baseUrl)
        saved.user?.let { lines.setProperty(SIGNED_IN, it) }
        saved.users.forEachIndexed { n, user -> lines.setProperty("$USER%03d".format(n), user) }
        Files.createDirectories(file.parent)
        val fresh = file.resolveSibling("${file.fileName}.new")
        Files.newBufferedWriter(fresh).use { lines.store(it, null) }
        Files.move(fresh, file, ATOMIC_MOVE)
    }

    private companion object {
        const val URL = "backend"
        const val SIGNED_IN = "signed-in"
        const val USER = "user."
    }
}
