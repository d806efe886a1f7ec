package dev.foodlens

import java.util.ServiceLoader

/** The backend of [Phones]: the real reference server, unless another module brings its own. */
internal interface TestBackend : AutoCloseable {
    val url: String

    /** The only way to it; null: the built-in one. */
    val transport: HttpTransport?

    fun start()

    fun stop()

    /** A good token for this user. */
    fun token(user: String): String

    /** How it behaves from now on, see "Conduct" in the README of tests/server. */
    fun conduct(json: String)

    /** What goes wrong with a request to come, see "Faults" there. */
    fun fault(json: String)

    companion object {
        fun new(): TestBackend = ServiceLoader.load(TestBackend::class.java).firstOrNull() ?: TestServer()
    }
}
