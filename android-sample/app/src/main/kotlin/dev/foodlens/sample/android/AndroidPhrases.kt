package dev.foodlens.sample.android

import android.content.res.Resources
import dev.foodlens.sample.ui.Counted
import dev.foodlens.sample.ui.Phrase
import dev.foodlens.sample.ui.Phrases
import java.time.ZoneId
import java.util.Locale

/** The texts of the app's resources, in the language that the phone or the person has chosen for the app. */
internal class AndroidPhrases(private val resources: Resources, private val packageName: String) : Phrases {
    override val locale: Locale = resources.configuration.locales[0]
    override val zone: ZoneId = ZoneId.systemDefault()
    private val strings = Phrase.entries.map { id(it.name.lowercase(), "string") }
    private val plurals = Counted.entries.map { id("${it.name.lowercase()}_count", "plurals") }

    override fun say(phrase: Phrase, vararg arguments: Any): String =
        resources.getString(strings[phrase.ordinal], *arguments)

    override fun count(counted: Counted, number: Long): String =
        resources.getQuantityString(plurals[counted.ordinal], number.coerceAtMost(Int.MAX_VALUE.toLong()).toInt(), number)

    // A table of 180 lines would say the same, and could be wrong.
    @Suppress("DiscouragedApi")
    private fun id(name: String, type: String): Int =
        resources.getIdentifier(name, type, packageName).also { check(it != 0) { "no $type $name" } }
}
