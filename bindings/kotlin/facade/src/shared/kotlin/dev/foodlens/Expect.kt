package dev.foodlens

import org.junit.jupiter.api.Assertions.fail

/** The exception that the call throws; a failure of the test when it throws none, or another one. */
internal inline fun <reified E : FoodLensException> expect(call: () -> Any?): E =
    try {
        val result = call()
        fail("expected ${E::class.simpleName}, got $result")
    } catch (e: FoodLensException) {
        e as? E ?: throw e
    }
