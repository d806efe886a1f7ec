package dev.foodlens.testing

import dev.foodlens.AccessToken
import dev.foodlens.HttpRequest
import dev.foodlens.HttpTransport
import dev.foodlens.TokenProvider
import dev.foodlens.ffi.Collection
import dev.foodlens.ffi.HttpResponse
import dev.foodlens.ffi.TransportException
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.jsonObject
import java.time.Clock
import java.util.UUID
import java.util.concurrent.ConcurrentLinkedQueue

/**
 * A backend in memory that keeps the contract (capabilities, the batch endpoint, the feed of changes) and fails as told. Use it as
 * the network stack of [dev.foodlens.FoodLens.open]: `transport = backend, tokens = backend.tokens`; or take [FakePhones], which do.
 * Safe to use from any thread. It looks at the shape of a write and not at its values, and holds no history newest first.
 *
 * @param clock stamps what it receives.
 */
public class FakeBackend(private val clock: Clock = Clock.systemUTC()) : HttpTransport {
    private val endpoints = Endpoints(UUID.randomUUID().toString(), clock)
    private val accounts = mutableMapOf<String, Account>()
    private val faults = ConcurrentLinkedQueue<Fault>()
    private val kept = mutableMapOf<String, String>()
    private val lock = Any()
    private var tokensIssued = 0
    private var oldestGood = 0

    /** Whether devices reach it. While it is false, every request fails as [Fault.Offline] does; faults wait. */
    @Volatile public var online: Boolean = true

    /** How many requests have reached it. */
    @Volatile public var requests: Int = 0
        private set

    /** Gives a user the same token until it is refused, as an app does: so [expireTokens] is noticed by the next request. */
    public val tokens: TokenProvider = TokenProvider { userId, refused -> AccessToken(userId, kept(userId, refused)) }

    /** A good token of this user, until [expireTokens]. */
    public fun token(userId: String): String = synchronized(lock) { "${++tokensIssued}.$userId" }

    /** Refuses every token that was given until now. */
    public fun expireTokens(): Unit = synchronized(lock) { oldestGood = tokensIssued + 1 }

    /** What goes wrong with the next requests, one each, in this order. */
    public fun next(vararg faults: Fault) {
        this.faults += faults
    }

    /**
     * Another device of this user writes: a record that is there is changed, another one made. What a device changes without
     * having seen it is a conflict, or is overwritten, by the rules of the contract.
     *
     * @param fields as in the contract, for instance `{"allergen":{"code":"milk"},"severity":"severe"}`; a null clears a field.
     * @param id the record; profile, settings and the state of the list have the nil UUID.
     */
    public fun writeElsewhere(userId: String, collection: Collection, fields: String, id: UUID = NIL): Unit =
        elsewhere(userId, collection, id, Json.parseToJsonElement(fields).jsonObject, "create")

    /** Another device of this user deletes a record. */
    public fun deleteElsewhere(userId: String, collection: Collection, id: UUID): Unit =
        elsewhere(userId, collection, id, JsonObject(emptyMap()), "delete")

    /** What it has of a record, as JSON text: fields as in the contract. Null: none, or deleted. */
    public fun stored(userId: String, collection: Collection, id: UUID = NIL): String? =
        synchronized(lock) { account(userId).fields(collection.entity, id.toString())?.toString() }

    /** The ids of what it has of a collection. */
    public fun ids(userId: String, collection: Collection): List<UUID> =
        synchronized(lock) { account(userId).ids(collection.entity).map(UUID::fromString) }

    /** Answers a request as a backend does, or as the next fault says. */
    override fun execute(request: HttpRequest): HttpResponse {
        if (!online) throw TransportException.NotSent()
        requests++
        return when (val fault = faults.poll()) {
            null -> answer(request)
            Fault.Offline -> throw TransportException.NotSent()
            Fault.LostOnTheWay -> throw TransportException.OutcomeUnknown()
            Fault.TokenExpired -> Endpoints.failed(401, "unauthorized")
            Fault.Conflict -> answer(request, contested = true)
            Fault.Portal -> HttpResponse(200, null, "text/html", "<html>Welcome</html>".encodeToByteArray())
            is Fault.Status -> Endpoints.failed(fault.code, "fault", fault.retryAfterSeconds)
            is Fault.Slow -> answer(request).also { fault.hold() }
            Fault.CommittedThenSilent -> {
                answer(request)
                throw TransportException.OutcomeUnknown()
            }
        }
    }

    private fun answer(request: HttpRequest, contested: Boolean = false): HttpResponse =
        synchronized(lock) {
            val user = userOf(request) ?: return Endpoints.failed(401, "unauthorized")
            endpoints.answer(user, account(user), request, contested)
        }

    private fun kept(userId: String, refused: Boolean): String =
        synchronized(lock) { kept[userId]?.takeUnless { refused } ?: token(userId).also { kept[userId] = it } }

    private fun userOf(request: HttpRequest): String? {
        val header = request.headers.firstOrNull { it.name.equals("authorization", ignoreCase = true) }
        val (number, user) = header?.value?.removePrefix("Bearer ")?.split('.', limit = 2)?.takeIf { it.size == 2 } ?: return null
        return user.takeIf { (number.toIntOrNull() ?: -1) in oldestGood..tokensIssued }
    }

    private fun elsewhere(userId: String, collection: Collection, id: UUID, fields: JsonObject, kind: String) {
        synchronized(lock) {
            val account = account(userId)
            val base = account.version(collection.entity, id.toString())
            val write = Write(collection.entity, id.toString(), kind, base, fields)
            account.submit(UUID.randomUUID().toString(), write, clock.instant(), contested = false)
        }
    }

    private fun account(userId: String) = accounts.getOrPut(userId) { Account() }

    private companion object {
        val NIL = UUID(0, 0)
    }
}

private val Collection.entity: String
    get() = name.lowercase()
