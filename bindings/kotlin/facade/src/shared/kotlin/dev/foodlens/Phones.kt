package dev.foodlens

import dev.foodlens.ffi.CollectionField
import dev.foodlens.ffi.HttpOptions
import java.nio.file.Files
import java.nio.file.Path
import java.util.UUID
import kotlin.io.path.ExperimentalPathApi
import kotlin.io.path.deleteRecursively
import kotlin.time.Duration
import kotlin.time.Duration.Companion.days
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.Dispatchers

/** Phones of one new user, with one backend: each phone has its own folder. */
internal class Phones : AutoCloseable {
    val server = TestBackend.new()
    val user = "user-${UUID.randomUUID()}"
    val token: String = server.token(user)
    val folder: Path = Files.createTempDirectory("foodlens-phones")
    private val open = mutableListOf<Session>()

    suspend fun phone(
        name: String,
        tokens: TokenProvider = TokenProvider { user, _ -> AccessToken(user, token) },
        mergeHook: MergeHook? = null,
        transport: HttpTransport? = null,
        telemetry: Telemetry? = null,
        appVersion: String? = null,
        staleAfter: Duration? = 90.days,
        historyWindow: Duration? = null,
        askAbout: List<CollectionField> = emptyList(),
        dispatcher: CoroutineDispatcher = Dispatchers.IO,
    ): Session =
        FoodLens.open(
            folder.resolve(name),
            server.url,
            tokens,
            mergeHook,
            HttpOptions(allowLoopbackHttp = true),
            transport ?: server.transport,
            telemetry,
            appVersion,
            staleAfter,
            historyWindow,
            askAbout,
            dispatcher = dispatcher,
        ).session(user).also { open += it }

    /** The library of a phone, as an app has it. What it opens must be closed by who opens it. */
    fun library(name: String, markDir: Path? = null, keys: KeyProvider? = null): FoodLens =
        FoodLens.open(
            folder.resolve(name),
            server.url,
            { user, _ -> AccessToken(user, token) },
            http = HttpOptions(allowLoopbackHttp = true),
            transport = server.transport,
            markDir = markDir,
            keys = keys,
        )

    @OptIn(ExperimentalPathApi::class)
    override fun close() {
        open.forEach { it.close() }
        server.close()
        folder.deleteRecursively()
    }
}
