package dev.foodlens.sample.model

import dev.foodlens.code
import dev.foodlens.ffi.EuAllergen
import dev.foodlens.ffi.HistoryContent
import dev.foodlens.ffi.HistoryKind
import dev.foodlens.ffi.HistoryVerdict
import java.time.DateTimeException
import java.time.Instant
import java.time.LocalDateTime
import java.time.ZoneId
import java.time.temporal.ChronoUnit

/** A history entry while it is written: every field as a person types it. */
data class EntryForm(
    val kind: HistoryKind = HistoryKind.Meal,
    val product: String = "",
    val brand: String = "",
    val barcode: String = "",
    val ingredients: String = "",
    val verdict: HistoryVerdict? = null,
    val matches: Set<EuAllergen> = emptySet(),
    val ownMatches: String = "",
    val whenText: String = "",
    val note: String = "",
    val favourite: Boolean = false,
) {
    /** What is stored, over what was there; null while it cannot be: a product's name and a time are needed. */
    fun content(opened: HistoryContent?, zone: ZoneId): HistoryContent? {
        val at = occurredAt(opened, zone) ?: return null
        if (product.isBlank()) return null
        return HistoryContent(
            kind, at, product.said(), brand.said(), barcode.said(), ingredients.said(), verdict, matched(opened), note.said(), favourite,
        )
    }

    /** A time that was not touched keeps the seconds that the form does not show. */
    private fun occurredAt(opened: HistoryContent?, zone: ZoneId): Instant? {
        if (opened != null && whenText == timeText(opened.occurredAt, zone)) return opened.occurredAt
        return try {
            LocalDateTime.parse(whenText.trim().replace(' ', 'T')).atZone(zone).toInstant()
        } catch (_: DateTimeException) {
            null
        }
    }

    /** What was there keeps its place: another order would be a change. */
    private fun matched(opened: HistoryContent?): List<String> {
        val wanted = matches.map { it.code } + listed(ownMatches)
        return opened?.matchedAllergens.orEmpty().filter { it in wanted } + wanted.filter { it !in opened?.matchedAllergens.orEmpty() }
    }

    companion object {
        fun of(content: HistoryContent, zone: ZoneId): EntryForm {
            val codes = EuAllergen.entries.associateBy { it.code }
            return EntryForm(
                content.kind, content.productName.orEmpty(), content.brand.orEmpty(), content.barcode.orEmpty(),
                content.ingredientsText.orEmpty(), content.verdict, content.matchedAllergens.mapNotNull { codes[it] }.toSet(),
                content.matchedAllergens.filter { it !in codes }.joinToString(), timeText(content.occurredAt, zone),
                content.note.orEmpty(), content.favourite,
            )
        }

        fun empty(now: Instant, zone: ZoneId): EntryForm = EntryForm(whenText = timeText(now, zone))

        private fun timeText(at: Instant, zone: ZoneId): String =
            LocalDateTime.ofInstant(at, zone).truncatedTo(ChronoUnit.MINUTES).toString().replace('T', ' ')

        private fun String.said(): String? = ifBlank { null }
    }
}

/** What stands between commas. */
fun listed(text: String): List<String> = text.split(',').map(String::trim).filter(String::isNotEmpty)
