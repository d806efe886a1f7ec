package dev.foodlens.testing

import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.buildJsonArray
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.put
import java.time.Instant

/** One write, as it comes. */
internal data class Write(val entity: String, val id: String, val kind: String, val base: Long?, val fields: JsonObject)

/** What one user has at the backend: the rules of the contract's "How a write is decided", in memory. */
internal class Account {
    private class Record(val entity: String, val id: String) {
        var version = 0L
        var deleted = false
        var receivedAt: Instant = Instant.EPOCH
        val fields = sortedMapOf<String, JsonElement>()
        val changedAt = mutableMapOf<String, Long>()
    }

    private val records = mutableMapOf<Pair<String, String>, Record>()
    private val answered = mutableMapOf<String, Pair<Write, JsonObject>>()
    var sequence = 0L
        private set

    /** The verdict on an operation, by its idempotency key; the first one again when the key is known. */
    fun submit(key: String, write: Write, now: Instant, contested: Boolean): JsonObject {
        answered[key]?.let { (first, verdict) ->
            if (first != write) return rejected(422, "key_reused", null)
            val applied = verdict["verdict"] == JsonPrimitive("applied")
            return if (applied) JsonObject(verdict + ("verdict" to JsonPrimitive("duplicate"))) else verdict
        }
        return decide(write, now, contested).also { answered[key] = write to it }
    }

    /** The records behind a version, eldest write first. */
    fun since(version: Long, entities: Set<String>?): List<Pair<Long, JsonObject>> =
        records.values.filter { it.version > version && (entities == null || it.entity in entities) }
            .sortedBy { it.version }.map { it.version to it.json() }

    /** A record's fields; null when there is none, or it was deleted. */
    fun fields(entity: String, id: String): JsonObject? =
        records[entity to id]?.takeIf { !it.deleted }?.let { JsonObject(it.fields.toMap()) }

    /** The ids of what is there. */
    fun ids(entity: String): List<String> = records.values.filter { it.entity == entity && !it.deleted }.map { it.id }

    /** The version of a record, a deleted one's too; null when there never was one. */
    fun version(entity: String, id: String): Long? = records[entity to id]?.version

    private fun decide(write: Write, now: Instant, contested: Boolean): JsonObject {
        val record = records[write.entity to write.id]
        val gone = record == null || record.deleted
        if (write.entity in MANUAL) {
            if (write.kind == "delete" && gone) return applied(record, JsonArray(emptyList()))
            if (contested || record?.version != write.base) return verdict("conflict", record)
        } else {
            if (write.kind == "delete" && record == null) return applied(null, JsonArray(emptyList()))
            if (write.kind == "update" && record == null && write.entity == "history") return rejected(404, "not_found", null)
            val wantedBack = write.kind == "create" && write.base == record?.version
            if (record?.deleted == true && write.kind != "delete" && !wantedBack) return rejected(410, "gone", record)
        }
        return apply(record ?: Record(write.entity, write.id), write, now)
    }

    private fun apply(record: Record, write: Write, now: Instant): JsonObject {
        val patch = if (write.kind == "delete") record.fields.mapValues { JsonNull } else write.fields
        val changes = patch.filter { (field, value) -> (record.fields[field] ?: JsonNull) != value }
        val unseen = buildJsonArray {
            for (field in changes.keys) {
                val at = record.changedAt[field]
                if (at == null || write.base != null && at <= write.base) continue
                add(buildJsonObject {
                    put("field", field)
                    put("value", record.fields[field] ?: JsonNull)
                    put("version", at)
                })
            }
        }
        val back = record.deleted && write.kind != "delete"
        val removed = write.kind == "delete" && !record.deleted
        if (changes.isEmpty() && !back && !removed && record.version != 0L) return applied(record, unseen)
        record.version = ++sequence
        record.receivedAt = now
        record.deleted = write.kind == "delete"
        if (back) record.changedAt.clear()
        for ((field, value) in changes) {
            record.changedAt[field] = record.version
            if (value == JsonNull) record.fields.remove(field) else record.fields[field] = value
        }
        records[write.entity to write.id] = record
        return applied(record, if (write.entity in MANUAL) JsonArray(emptyList()) else unseen)
    }

    private fun applied(record: Record?, overwritten: JsonArray) =
        JsonObject(verdict("applied", record) + ("overwritten" to overwritten))

    private fun rejected(status: Int, code: String, record: Record?) =
        JsonObject(verdict("rejected", record) + ("problem" to problem(status, code)))

    private fun verdict(name: String, record: Record?) =
        buildJsonObject {
            put("verdict", name)
            put("record", record?.json() ?: JsonNull)
            put("overwritten", JsonArray(emptyList()))
            put("problem", JsonNull)
        }

    private fun Record.json() =
        buildJsonObject {
            put("entity", entity)
            put("id", id)
            put("version", version)
            put("deleted", deleted)
            put("fields", JsonObject(if (deleted) emptyMap() else fields.toMap()))
            put("received_at", receivedAt.toEpochMilli())
        }

    private companion object {
        val MANUAL = setOf("allergies", "allergy_list")
    }
}

internal fun problem(status: Int, code: String): JsonObject =
    buildJsonObject {
        put("status", status)
        put("code", code)
        put("title", code.replace('_', ' '))
    }
