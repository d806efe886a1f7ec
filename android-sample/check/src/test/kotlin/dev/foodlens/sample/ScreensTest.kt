package dev.foodlens.sample

import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.BeforeAll
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.DynamicTest.dynamicTest
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestFactory
import org.junit.jupiter.api.Timeout
import java.awt.image.BufferedImage
import java.io.File
import java.nio.file.Path
import java.util.concurrent.TimeUnit
import javax.imageio.ImageIO
import kotlin.io.path.createDirectories

/** Every screen in every state, as a person sees it; compared loosely with small pictures that are kept. */
class ScreensTest {
    @TestFactory
    fun `looks as it did`(): List<DynamicTest> =
        screens.flatMap { (name, screen) ->
            listOf(Look.LIGHT, Look.DARK).map { look ->
                dynamicTest("$name, ${look.name}") {
                    val rendered = render(Device.USUAL, look, screen)
                    assertEquals(Device.USUAL.run { width to height }, rendered.image.run { width to height })
                    assertTrue(rendered.image.colours() > 20, "nothing to be seen")
                    compare("$name-${look.name}", rendered.image)
                    assertEquals(emptyList<String>(), rendered.faults)
                }
            }
        }

    @TestFactory
    fun `fits on a small phone with large letters`(): List<DynamicTest> =
        screens.flatMap { (name, screen) ->
            listOf(Look.LIGHT, Look.LIGHT_DE).map { look ->
                dynamicTest("$name, ${look.name}") {
                    val rendered = render(Device.SMALL, look, screen)
                    write(rendered.image, out.resolve("small/$name-${look.name}.png"))
                    assertEquals(emptyList<String>(), rendered.faults)
                }
            }
        }

    @Test
    fun `the comparison tells screens, themes and languages apart`() {
        fun small(name: String, look: Look) = render(Device.USUAL, look, screens.getValue(name)).image.small()
        val light = small("allergies", Look.LIGHT)
        assertEquals(0.0, distance(light, small("allergies", Look.LIGHT)))
        for (other in listOf(small("history", Look.LIGHT), small("allergies", Look.DARK), small("allergies-none", Look.LIGHT))) {
            assertTrue(distance(light, other) > MOST, "${distance(light, other)}")
        }
    }

    @Test
    fun `no picture is kept of a screen that is gone`() {
        val wanted = screens.keys.flatMap { name -> listOf(Look.LIGHT, Look.DARK).map { "$name-${it.name}.png" } }.toSet()
        val kept = reference.toFile().list().orEmpty().toSet()
        if (update) (kept - wanted).forEach { reference.resolve(it).toFile().delete() } else assertEquals(wanted, kept)
    }

    private fun compare(name: String, image: BufferedImage) {
        write(image, out.resolve("$name.png"))
        val kept = reference.resolve("$name.png")
        if (update) return write(image.small(), kept)
        assertTrue(kept.toFile().exists(), "no picture is kept of $name: android-sample/scripts/check --update")
        val distance = distance(image.small(), ImageIO.read(kept.toFile()))
        assertTrue(distance <= MOST, "$distance from what was kept; if that is meant: android-sample/scripts/check --update")
    }

    private fun write(image: BufferedImage, file: Path) {
        file.parent.createDirectories()
        ImageIO.write(image, "png", file.toFile())
    }

    companion object {
        /** Another version of the text renderer moves letters by a hair; a line more or less is above it. */
        private const val MOST = 0.012
        private val reference = Path.of(System.getProperty("sample.home"), "check/reference")
        private val out = File(System.getProperty("sample.out")).toPath()
        private val update = System.getProperty("sample.update").toBoolean()
        private lateinit var world: World
        private lateinit var screens: Map<String, Screen>

        @JvmStatic
        @BeforeAll
        @Timeout(value = 3, unit = TimeUnit.MINUTES)
        fun begin(): Unit = runBlocking {
            world = World().also { it.build() }
            screens = screens(world)
        }

        @JvmStatic
        @AfterAll
        fun end() = world.close()
    }
}
