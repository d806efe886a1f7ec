package dev.foodlens.sample.ui

import androidx.compose.runtime.Composable
import androidx.compose.runtime.staticCompositionLocalOf
import java.time.Instant
import java.time.LocalDateTime
import java.time.ZoneId
import java.time.format.DateTimeFormatter
import java.time.format.FormatStyle
import java.util.Locale

/** The texts of the app, in one language; on Android and here they come from the same `strings.xml`. */
interface Phrases {
    val locale: Locale
    val zone: ZoneId

    fun say(phrase: Phrase, vararg arguments: Any): String

    /** With the number as the first argument. */
    fun count(counted: Counted, number: Long): String

    fun time(at: Instant): String =
        DateTimeFormatter.ofLocalizedDateTime(FormatStyle.MEDIUM, FormatStyle.SHORT)
            .withLocale(locale).format(LocalDateTime.ofInstant(at, zone))
}

val LocalPhrases = staticCompositionLocalOf<Phrases> { error("no phrases") }

@Composable
fun say(phrase: Phrase, vararg arguments: Any): String = LocalPhrases.current.say(phrase, *arguments)

@Composable
fun count(counted: Counted, number: Long): String = LocalPhrases.current.count(counted, number)
