package dev.foodlens

import dev.foodlens.ffi.AllergyContent
import dev.foodlens.ffi.ProfileContent
import java.time.DateTimeException
import java.time.LocalDate

// Dates are kept as the text that the backend has, which may be no date: an edit of something else must not lose it.

/** The date of birth; null when there is none, or when it is no date. */
public val ProfileContent.bornOn: LocalDate?
    get() = dateOrNull(dateOfBirth)

/** With this date of birth, or with none. */
public fun ProfileContent.withBornOn(date: LocalDate?): ProfileContent = copy(dateOfBirth = date?.toString())

/** The date of the diagnosis; null when there is none, or when it is no date. */
public val AllergyContent.diagnosedAt: LocalDate?
    get() = dateOrNull(diagnosedOn)

/** With this date of the diagnosis, or with none. */
public fun AllergyContent.withDiagnosedAt(date: LocalDate?): AllergyContent = copy(diagnosedOn = date?.toString())

private fun dateOrNull(text: String?): LocalDate? =
    try {
        text?.let(LocalDate::parse)
    } catch (_: DateTimeException) {
        null
    }
