package dev.foodlens

import java.io.File
import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpRequest.BodyPublishers
import java.net.http.HttpResponse.BodyHandlers
import java.nio.file.Files
import java.nio.file.Path
import java.util.concurrent.TimeUnit
import kotlin.io.path.ExperimentalPathApi
import kotlin.io.path.deleteRecursively

/**
 * The real reference server as a child process. It keeps its port over [stop] and [start], so that a phone can be
 * configured, and write, while nothing answers there.
 *
 * @param options what it is started with beside the usual.
 */
internal class TestServer(private vararg val options: String) : TestBackend {
    private val folder: Path = Files.createTempDirectory("foodlens-server")
    private var process: Process? = null
    private var port = 0

    init {
        start()
    }

    override val transport: HttpTransport? = null

    override val url: String get() = "http://127.0.0.1:$port"

    override fun start() {
        val started = ProcessBuilder(command("--bind", "127.0.0.1:$port", "--test-faults", *options)).redirectErrorStream(true).start()
        process = started
        val output = started.inputStream.bufferedReader()
        val seen = mutableListOf<String>()
        while (true) {
            val line = checkNotNull(output.readLine()) { "the server ended at once: $seen" }
            seen += line
            val address = line.substringAfter("listening on http://127.0.0.1:", "")
            if (address.isNotEmpty()) {
                port = address.trim().toInt()
                break
            }
        }
        Thread { output.forEachLine { } }.apply { isDaemon = true }.start() // or its log would fill the pipe
    }

    override fun stop() {
        process?.destroyForcibly()?.waitFor(10, TimeUnit.SECONDS)
        process = null
    }

    /** A token for this user, signed by this server's secret. */
    override fun token(user: String): String {
        val printing = ProcessBuilder(command("--print-token", user)).start()
        return printing.inputStream.bufferedReader().readText().trim().also {
            check(printing.waitFor() == 0 && it.isNotEmpty()) { "no token" }
        }
    }

    override fun conduct(json: String) = tell("PATCH", "/test/conduct", json)

    override fun fault(json: String) = tell("POST", "/test/faults", json)

    private fun tell(method: String, path: String, json: String) {
        val request = java.net.http.HttpRequest.newBuilder(URI.create(url + path))
            .header("Content-Type", "application/json")
            .method(method, BodyPublishers.ofString(json))
            .build()
        val answer = HttpClient.newHttpClient().send(request, BodyHandlers.ofString())
        check(answer.statusCode() == 204) { "$path: ${answer.statusCode()} ${answer.body()}" }
    }

    private fun command(vararg more: String): List<String> {
        val program = checkNotNull(System.getProperty("foodlens.server")) { "run bindings/scripts/kotlin-test" }
        val database = folder.resolve("server.db").toString()
        return listOf(File(program).path, "--database", database, "--secret", "test-secret", *more)
    }

    @OptIn(ExperimentalPathApi::class)
    override fun close() {
        stop()
        folder.deleteRecursively()
    }
}
