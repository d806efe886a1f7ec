package dev.foodlens

import dev.foodlens.ffi.EuAllergen
import dev.foodlens.ffi.Severity
import dev.foodlens.ffi.euAllergenCode
import dev.foodlens.ffi.euAllergenFromCode
import dev.foodlens.ffi.severityRank

/** The code of this allergen, as it stands in the history's matched allergens: `milk`, `peanuts`, … */
public val EuAllergen.code: String
    get() = typed { euAllergenCode(this) }

/** One of the fourteen by its code, or null for a code that this version does not know. */
public fun euAllergenOrNull(code: String): EuAllergen? = typed { euAllergenFromCode(code) }

/**
 * How severe, for sorting: the higher, the more cautious. Not stated (null) ranks above mild and moderate and below
 * severe, since it may be anything.
 */
public val Severity?.rank: Long
    get() = typed { severityRank(this) }
