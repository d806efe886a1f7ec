package dev.foodlens.testing

import dev.foodlens.HttpRequest
import dev.foodlens.ffi.HttpResponse
import dev.foodlens.ffi.Method
import kotlinx.serialization.SerializationException
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import kotlinx.serialization.json.longOrNull
import kotlinx.serialization.json.put
import java.net.URI
import java.net.URLDecoder
import java.time.Clock

/** The endpoints of the contract that a device needs, for one account: capabilities, batch and feed. */
internal class Endpoints(private val epoch: String, private val clock: Clock) {
    fun answer(user: String, account: Account, request: HttpRequest, contested: Boolean): HttpResponse {
        val url = URI.create(request.url)
        return when {
            url.path.endsWith("/v1/me/capabilities") && request.method == Method.GET -> ok(user, CAPABILITIES)
            url.path.endsWith("/v1/me/batch") && request.method == Method.POST -> batch(user, account, request, contested)
            url.path.endsWith("/v1/me/changes") && request.method == Method.GET -> changes(user, account, parameters(url))
            else -> failed(404, "not_found")
        }
    }

    private fun batch(user: String, account: Account, request: HttpRequest, contested: Boolean): HttpResponse {
        val body =
            try {
                Json.parseToJsonElement(request.body?.decodeToString().orEmpty()).jsonObject
            } catch (_: SerializationException) {
                return failed(400, "malformed")
            }
        if (body["user"] != JsonPrimitive(user)) return failed(403, "wrong_user")
        val verdicts =
            body.getValue("operations").jsonArray.map { element ->
                val operation = element.jsonObject
                val key = operation.getValue("key")
                val verdict = account.submit(key.jsonPrimitive.content, write(operation), clock.instant(), contested)
                JsonObject(verdict + ("key" to key))
            }
        return ok(user, JsonObject(mapOf("verdicts" to JsonArray(verdicts))))
    }

    private fun write(operation: JsonObject): Write {
        fun text(name: String) = operation.getValue(name).jsonPrimitive.content
        val base = operation["base_version"]?.jsonPrimitive?.longOrNull
        return Write(text("entity"), text("id"), text("kind"), base, operation.getValue("fields").jsonObject)
    }

    /** A cursor is where it stands, and what it was issued for. */
    private fun changes(user: String, account: Account, asked: Map<String, String>): HttpResponse {
        val scope = asked["entities"].orEmpty()
        val given = asked["cursor"]
        if (given != null && !given.startsWith("$epoch:")) return failed(410, "cursor_expired")
        val place = given?.removePrefix("$epoch:$scope:")?.toLongOrNull()
        if (given != null && place == null) return failed(400, "bad_cursor")
        val from = if (asked["from"] == "latest") account.sequence else place ?: 0
        val limit = asked["limit"]?.toIntOrNull() ?: PAGE
        val there = account.since(from, scope.takeIf { it.isNotEmpty() }?.split(',')?.toSet())
        val page = there.take(limit)
        val reached = if (page.size == there.size) account.sequence else page.last().first
        return ok(
            user,
            buildJsonObject {
                put("count", page.size)
                put("changes", JsonArray(page.map { it.second }))
                put("next_cursor", "$epoch:$scope:$reached")
                put("has_more", page.size < there.size)
            },
        )
    }

    private fun ok(user: String, content: JsonObject): HttpResponse {
        val head = mapOf("user" to JsonPrimitive(user), "epoch" to JsonPrimitive(epoch))
        return json(200, JsonObject(head + content), null)
    }

    private fun parameters(url: URI): Map<String, String> =
        url.rawQuery.orEmpty().split('&').filter { '=' in it }
            .associate { it.substringBefore('=') to URLDecoder.decode(it.substringAfter('='), Charsets.UTF_8) }

    internal companion object {
        private const val PAGE = 500
        private val CAPABILITIES =
            buildJsonObject {
                put("batch", buildJsonObject { put("max_operations", 100); put("max_bytes", 1_048_576) })
                put("changes", buildJsonObject { put("max_limit", 1_000); put("latest", true) })
                put("history", JsonNull)
                put("max_fields_bytes", 65_536)
                put("paused", false)
                put("pauses", JsonArray(emptyList()))
            }

        fun failed(status: Int, code: String, retryAfter: Int? = null): HttpResponse =
            json(status, problem(status, code), retryAfter)

        private fun json(status: Int, body: JsonObject, retryAfter: Int?) =
            HttpResponse(
                status.toLong(),
                retryAfter?.toString(),
                if (status < 400) "application/json" else "application/problem+json",
                body.toString().encodeToByteArray(),
            )
    }
}
