package dev.foodlens

import org.jetbrains.kotlin.abi.tools.AbiFilters
import org.jetbrains.kotlin.abi.tools.AbiTools
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test
import java.io.File

/** The public binary interface stands in `api/`: what changes it for apps that are compiled already is seen in a review. */
class ApiTest {
    @Test
    fun `the public interface is the one that was written down`() {
        val one = Class.forName(System.getProperty("foodlens.api.of"))
        val jarOrFolder = File(one.protectionDomain.codeSource.location.toURI())
        val classes = jarOrFolder.walk().filter { it.extension in setOf("class", "jar") }.sorted().toList()
        val found = StringBuilder().also { AbiTools.getInstance().printJvmDump(it, classes, AbiFilters.EMPTY) }.toString()
        val written = File(System.getProperty("foodlens.api.home"), "api/public.api")
        if (System.getProperty("foodlens.api.update").toBoolean()) written.writeText(found)
        assertEquals(written.readText(), found, "if it is meant so: bindings/scripts/kotlin-test --update-api, and a line in the changelog")
    }
}
