package dev.foodlens.sample

import app.cash.turbine.test
import dev.foodlens.FoodLens
import dev.foodlens.FoodLensException
import dev.foodlens.Session
import dev.foodlens.TestServer
import dev.foodlens.TokenProvider
import dev.foodlens.ffi.HttpOptions
import dev.foodlens.sample.model.DevTokens
import dev.foodlens.sample.model.Phone
import dev.foodlens.sample.model.Saved
import dev.foodlens.sample.model.SavedFile
import dev.foodlens.sample.model.Shown
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.flow.StateFlow
import java.nio.file.Files
import java.nio.file.Path
import java.time.Clock
import java.time.Duration
import java.time.Instant
import java.time.ZoneId
import java.time.ZoneOffset
import kotlin.io.path.ExperimentalPathApi
import kotlin.io.path.deleteRecursively
import kotlin.io.path.extension
import kotlin.io.path.listDirectoryEntries
import kotlin.io.path.readBytes
import kotlin.io.path.writeBytes
import kotlin.time.Duration.Companion.seconds

/** The real server and some phones in temporary folders, with a clock that moves when it is told to. */
internal class Desk(vararg options: String) : AutoCloseable {
    val server = TestServer(*options)
    val clock = HandClock()
    val user = "ana"
    private val folder: Path = Files.createTempDirectory("foodlens-sample")
    private val open = mutableListOf<Session>()

    /** What an app keeps and has, on one phone. */
    fun phone(name: String, tokens: TokenProvider = DevTokens(SECRET)): Phone {
        val saved = SavedFile(folder.resolve("$name/app.properties"))
        if (saved.read() == Saved()) saved.write(Saved(baseUrl = server.url))
        return Phone(saved, Dispatchers.IO) { url -> library(name, tokens, url = url) }
    }

    fun library(
        name: String,
        tokens: TokenProvider = DevTokens(SECRET),
        dispatcher: CoroutineDispatcher = Dispatchers.IO,
        url: String = server.url,
    ): FoodLens =
        FoodLens.open(
            folder.resolve(name),
            url,
            tokens,
            http = HttpOptions(allowLoopbackHttp = true),
            clock = clock,
            dispatcher = dispatcher,
        )

    suspend fun session(
        name: String,
        tokens: TokenProvider = DevTokens(SECRET),
        dispatcher: CoroutineDispatcher = Dispatchers.IO,
        of: String = user,
    ): Session = library(name, tokens, dispatcher).session(of).also { open += it }

    /** The one file of data on a phone, changed as a failing memory would; nothing may be open there. */
    fun damage(name: String, change: (ByteArray) -> ByteArray) {
        val file = folder.resolve(name).listDirectoryEntries().single { it.extension == "db" }
        file.writeBytes(change(file.readBytes()))
    }

    @OptIn(ExperimentalPathApi::class)
    override fun close() {
        for (session in open) {
            try {
                session.close()
            } catch (_: FoodLensException) {
                continue // a sign-out has ended it
            }
        }
        server.close()
        folder.deleteRecursively()
    }

    private companion object {
        const val SECRET = "test-secret"
    }
}

/** Stands still until it is moved. */
internal class HandClock(@Volatile private var now: Instant = Instant.parse("2026-03-01T12:00:00Z")) : Clock() {
    fun forward(by: Duration) {
        now += by
    }

    override fun instant(): Instant = now

    override fun getZone(): ZoneId = ZoneOffset.UTC

    override fun withZone(zone: ZoneId): Clock = this
}

/** The first state that fits; the screen is looked at meanwhile. */
internal suspend fun <T> StateFlow<Shown<T>>.until(wanted: (T) -> Boolean): T =
    firstOf { it is Shown.Ready && wanted(it.value) }.let { (it as Shown.Ready).value }

internal suspend fun <T> StateFlow<T>.firstOf(wanted: (T) -> Boolean): T {
    val seen = mutableListOf<T>()
    try {
        test(timeout = 40.seconds) {
            do seen += awaitItem() while (!wanted(seen.last()))
            cancelAndIgnoreRemainingEvents()
        }
    } catch (e: AssertionError) {
        throw AssertionError("the last state was ${seen.lastOrNull()}", e)
    }
    return seen.last()
}

/** A page of the database that says what is not true: all of it can still be read. */
internal val WRONG_COUNT: (ByteArray) -> ByteArray = { bytes -> bytes.also { it[39] = 7 } }

/** Nothing of it can be read. */
internal val OVERWRITTEN: (ByteArray) -> ByteArray = { ByteArray(8_192) { 0xA5.toByte() } }
