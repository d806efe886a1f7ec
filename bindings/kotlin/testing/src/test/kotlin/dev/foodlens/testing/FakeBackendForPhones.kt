package dev.foodlens.testing

import dev.foodlens.HttpTransport
import dev.foodlens.TestBackend
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.int
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive

/** Lets the facade's own tests run against [FakeBackend]. */
internal class FakeBackendForPhones : TestBackend {
    private val backend = FakeBackend()
    override val url = "http://127.0.0.1:9"
    override val transport: HttpTransport =
        HttpTransport { request -> if (request.url.endsWith("/batch")) batch(request) else backend.execute(request) }
    private val waiting = ArrayDeque<Fault>()

    private fun batch(request: dev.foodlens.HttpRequest): dev.foodlens.ffi.HttpResponse {
        synchronized(waiting) { waiting.removeFirstOrNull() }?.let { backend.next(it) }
        return backend.execute(request)
    }

    override fun start() {
        backend.online = true
    }

    override fun stop() {
        backend.online = false
    }

    override fun token(user: String) = backend.token(user)

    override fun conduct(json: String) = error("not of the fake backend: $json")

    /** Of the faults that the server knows, what the tests here use: a status instead of a batch's answer. */
    override fun fault(json: String) {
        val told = Json.parseToJsonElement(json).jsonObject
        check(told["endpoint"]?.jsonPrimitive?.content == "batch" && told["fault"]?.jsonPrimitive?.content == "status") { json }
        synchronized(waiting) { waiting += Fault.Status(told.getValue("status").jsonPrimitive.int) }
    }

    override fun close() = Unit
}
