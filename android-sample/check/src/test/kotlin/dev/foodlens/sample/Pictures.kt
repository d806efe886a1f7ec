package dev.foodlens.sample

import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Surface
import androidx.compose.runtime.Composable
import androidx.compose.runtime.CompositionLocalProvider
import androidx.compose.ui.Modifier
import androidx.compose.ui.geometry.Size
import androidx.compose.ui.graphics.toAwtImage
import androidx.compose.ui.semantics.SemanticsActions
import androidx.compose.ui.semantics.SemanticsNode
import androidx.compose.ui.semantics.SemanticsProperties
import androidx.compose.ui.semantics.getOrNull
import androidx.compose.ui.test.ExperimentalTestApi
import androidx.compose.ui.test.SemanticsMatcher
import androidx.compose.ui.test.SkikoComposeUiTest
import androidx.compose.ui.test.runSkikoComposeUiTest
import androidx.compose.ui.text.TextLayoutResult
import androidx.compose.ui.text.font.FontFamily
import androidx.compose.ui.text.font.FontWeight
import androidx.compose.ui.text.platform.Font
import androidx.compose.ui.unit.Density
import dev.foodlens.sample.ui.LocalPhrases
import dev.foodlens.sample.ui.Phrases
import dev.foodlens.sample.ui.SampleTheme
import java.awt.image.BufferedImage
import kotlin.math.abs

/** A phone to render on. */
internal data class Device(val name: String, val width: Int, val height: Int, val density: Float, val fontScale: Float) {
    companion object {
        val USUAL = Device("usual", 360, 740, 1f, 1f)
        val SMALL = Device("small", 320, 568, 1f, 1.3f)
    }
}

internal data class Look(val name: String, val dark: Boolean, val phrases: Phrases) {
    companion object {
        val LIGHT = Look("light-en", dark = false, FilePhrases.ENGLISH)
        val DARK = Look("dark-de", dark = true, FilePhrases.GERMAN)
        val LIGHT_DE = Look("light-de", dark = false, FilePhrases.GERMAN)
    }
}

/** What was rendered: the picture, and what is wrong with it for a person who looks or listens. */
internal class Rendered(val image: BufferedImage, val faults: List<String>)

private val ROBOTO =
    FontFamily(
        Font("fonts/ttf/Roboto/Roboto-Regular.ttf", FontWeight.Normal),
        Font("fonts/ttf/Roboto/Roboto-Medium.ttf", FontWeight.Medium),
    )

@OptIn(ExperimentalTestApi::class)
internal fun render(device: Device, look: Look, content: @Composable () -> Unit): Rendered {
    lateinit var rendered: Rendered
    on(device) {
        setContent { Dressed(look, content) }
        waitForIdle()
        rendered = Rendered(captureToImage().toAwtImage(), faults())
    }
    return rendered
}

@OptIn(ExperimentalTestApi::class)
internal fun on(device: Device, block: SkikoComposeUiTest.() -> Unit) {
    val density = Density(device.density, device.fontScale)
    runSkikoComposeUiTest(Size(device.width * device.density, device.height * device.density), density, block = block)
}

@Composable
internal fun Dressed(look: Look, content: @Composable () -> Unit) =
    SampleTheme(look.dark, ROBOTO) {
        CompositionLocalProvider(LocalPhrases provides look.phrases) {
            Surface(color = MaterialTheme.colorScheme.background) { Box(Modifier.fillMaxSize()) { content() } }
        }
    }

/** Texts that are cut off, and what can be pressed and has no name to be read aloud. */
@OptIn(ExperimentalTestApi::class)
private fun SkikoComposeUiTest.faults(): List<String> {
    val all = SemanticsMatcher("all") { true }
    val cut = onAllNodes(all, useUnmergedTree = true).fetchSemanticsNodes().filter { it.isCutOff() }.map { "cut off: ${it.words()}" }
    val pressed = SemanticsMatcher.keyIsDefined(SemanticsActions.OnClick)
    val nameless = onAllNodes(pressed).fetchSemanticsNodes().filter { it.words().isBlank() }.map { "no name: $it" }
    return cut + nameless
}

private fun SemanticsNode.isCutOff(): Boolean {
    val layouts = mutableListOf<TextLayoutResult>()
    config.getOrNull(SemanticsActions.GetTextLayoutResult)?.action?.invoke(layouts) ?: return false
    if (config.getOrNull(SemanticsProperties.EditableText) != null) return false // scrolls
    val seen = boundsInRoot
    val narrowed = seen.height > 0 && seen.width < size.width - 1
    return narrowed || layouts.any { it.leavesOut(size.width, size.height) }
}

/** Its own word for it goes by the width that was offered, not by that of its lines. */
private fun TextLayoutResult.leavesOut(width: Int, height: Int): Boolean =
    multiParagraph.didExceedMaxLines || multiParagraph.height > height + 1 ||
        (0 until lineCount).any { isLineEllipsized(it) || getLineRight(it) - getLineLeft(it) > width + 1 }

private fun SemanticsNode.words(): String =
    (config.getOrNull(SemanticsProperties.Text).orEmpty().map { it.text } +
        config.getOrNull(SemanticsProperties.ContentDescription).orEmpty() +
        listOfNotNull(config.getOrNull(SemanticsProperties.EditableText)?.text)).joinToString(" ")

/** A quarter of the size, each pixel the mean of what it covers: what is left when one does not look closely. */
internal fun BufferedImage.small(): BufferedImage {
    val small = BufferedImage(width / 4, height / 4, BufferedImage.TYPE_INT_RGB)
    for (x in 0 until small.width) {
        for (y in 0 until small.height) {
            val covered = (0 until 16).map { getRGB(4 * x + it % 4, 4 * y + it / 4) }
            val mean = { shift: Int -> covered.sumOf { it shr shift and 0xFF } / 16 shl shift }
            small.setRGB(x, y, mean(16) or mean(8) or mean(0))
        }
    }
    return small
}

/** How far two small pictures are from each other: the mean distance of a channel, 0 to 1; 1 for other sizes. */
internal fun distance(one: BufferedImage, other: BufferedImage): Double {
    if (one.width != other.width || one.height != other.height) return 1.0
    var sum = 0L
    for (x in 0 until one.width) {
        for (y in 0 until one.height) {
            for (shift in listOf(0, 8, 16)) sum += abs((one.getRGB(x, y) shr shift and 0xFF) - (other.getRGB(x, y) shr shift and 0xFF))
        }
    }
    return sum / (one.width * one.height * 3 * 255.0)
}

/** How many different colours there are; a screen that shows nothing has few. */
internal fun BufferedImage.colours(): Int =
    (0 until width).flatMap { x -> (0 until height).map { y -> getRGB(x, y) } }.toSet().size
