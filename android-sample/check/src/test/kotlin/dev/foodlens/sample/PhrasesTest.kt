package dev.foodlens.sample

import dev.foodlens.ffi.EuAllergen
import dev.foodlens.ffi.FailureReason
import dev.foodlens.sample.model.Problem
import dev.foodlens.sample.ui.Counted
import dev.foodlens.sample.ui.Phrase
import dev.foodlens.sample.ui.phrase
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** Both languages say everything, and nothing else. */
class PhrasesTest {
    private val languages = listOf(FilePhrases.ENGLISH, FilePhrases.GERMAN)

    @Test
    fun `every key is in both languages and in the app`() {
        val phrases = Phrase.entries.map { it.name.lowercase() }.toSet()
        val counted = Counted.entries.map { "${it.name.lowercase()}_count" }.toSet()
        for (language in languages) {
            assertEquals(phrases, language.strings.keys, "${language.locale}")
            assertEquals(counted, language.plurals.keys, "${language.locale}")
            assertTrue(language.plurals.values.all { it.keys == setOf("one", "other") }, "${language.locale}")
            assertTrue((language.strings.values + language.plurals.values.flatMap { it.values }).none { it.isBlank() })
        }
    }

    @Test
    fun `both languages name the same arguments`() {
        val (english, german) = languages
        for ((key, text) in english.strings) assertEquals(arguments(text), arguments(german.strings.getValue(key)), key)
        for (key in english.plurals.keys) {
            for (language in languages) {
                for (form in language.plurals.getValue(key).values) assertEquals(listOf("%1\$d"), arguments(form), key)
            }
        }
    }

    @Test
    fun `the two languages differ`() {
        val same = languages[0].strings.filter { (key, text) -> languages[1].strings[key] == text }.keys
        assertTrue(same.size < 8, "not translated: $same")
    }

    @Test
    fun `what the library can say has a phrase`() {
        val all = EuAllergen.entries.map { it.phrase() } + FailureReason.entries.map { it.phrase() } + Problem.entries.map { it.phrase() }
        assertEquals(all.size, all.toSet().size)
    }

    private fun arguments(text: String) = Regex("%\\d\\$[sd]|%[^%]").findAll(text).map { it.value }.sorted().toList()
}
