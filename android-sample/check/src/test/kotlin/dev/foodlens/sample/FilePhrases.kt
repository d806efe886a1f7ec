package dev.foodlens.sample

import dev.foodlens.sample.ui.Counted
import dev.foodlens.sample.ui.Phrase
import dev.foodlens.sample.ui.Phrases
import org.w3c.dom.Element
import java.nio.file.Path
import java.time.ZoneId
import java.time.ZoneOffset
import java.util.Locale
import javax.xml.parsers.DocumentBuilderFactory

/** The app's texts from its own `strings.xml`, as Android would give them. */
internal class FilePhrases(override val locale: Locale, folder: String) : Phrases {
    override val zone: ZoneId = ZoneOffset.UTC
    val strings = mutableMapOf<String, String>()
    val plurals = mutableMapOf<String, Map<String, String>>()

    init {
        val file = Path.of(System.getProperty("sample.home"), "app/src/main/res/$folder/strings.xml").toFile()
        val root = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(file).documentElement
        for (one in root.elements()) {
            val name = one.getAttribute("name")
            val before =
                when (one.tagName) {
                    "string" -> strings.put(name, one.text())
                    else -> plurals.put(name, one.elements().associate { it.getAttribute("quantity") to it.text() })
                }
            check(before == null) { "$name is there twice" }
        }
    }

    override fun say(phrase: Phrase, vararg arguments: Any): String =
        checkNotNull(strings[phrase.name.lowercase()]) { "no text for $phrase" }.format(locale, *arguments)

    override fun count(counted: Counted, number: Long): String {
        val forms = checkNotNull(plurals["${counted.name.lowercase()}_count"]) { "no text for $counted" }
        return checkNotNull(forms[if (number == 1L) "one" else "other"]).format(locale, number)
    }

    private fun Element.elements() = (0 until childNodes.length).mapNotNull { childNodes.item(it) as? Element }

    private fun Element.text() = textContent.replace("\\'", "'")

    companion object {
        val ENGLISH = FilePhrases(Locale.UK, "values")
        val GERMAN = FilePhrases(Locale.GERMANY, "values-de")
    }
}
