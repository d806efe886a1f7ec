package dev.foodlens

import dev.foodlens.ffi.Allergen
import dev.foodlens.ffi.Allergy
import dev.foodlens.ffi.AllergyContent
import dev.foodlens.ffi.AllergyList
import dev.foodlens.ffi.Collection
import dev.foodlens.ffi.CoreException
import dev.foodlens.ffi.EuAllergen
import dev.foodlens.ffi.Severity
import dev.foodlens.ffi.Topic
import kotlinx.coroutines.flow.Flow
import java.util.UUID

/** A user's allergies, seen cautiously: while anything is in doubt, both sides are listed, with the higher severity. */
public class Allergies internal constructor(private val calls: Calls) {
    /** The list now, and whenever it changes. */
    public val changes: Flow<AllergyList>
        get() = calls.observe(TOPICS) { it.allergies() }

    /** One allergy now, and whenever it or its way to the server changes; null while there is none. Others wake no one. */
    public fun changes(id: UUID): Flow<Allergy?> =
        calls.observe(Collection.ALLERGIES, id) {
            try {
                it.allergy(id)
            } catch (_: CoreException.NotFound) {
                null
            }
        }

    /** The list now. */
    public suspend fun list(): AllergyList = calls.run { it.allergies() }

    /**
     * One allergy as this device has it.
     *
     * @throws FoodLensException.NotFound when there is none, or it was deleted.
     */
    public suspend fun get(id: UUID): Allergy = calls.run { it.allergy(id) }

    /** One allergy as this device has it, or null. */
    public suspend fun getOrNull(id: UUID): Allergy? =
        try {
            get(id)
        } catch (_: FoodLensException.NotFound) {
            null
        }

    /** Adds one of the fourteen EU allergens; gives the record's id. */
    public suspend fun add(allergen: EuAllergen, severity: Severity? = null): UUID =
        add(AllergyContent(Allergen.Eu(allergen), severity))

    /** Adds an allergy in the person's own words; gives the record's id. */
    public suspend fun add(allergen: String, severity: Severity? = null): UUID =
        add(AllergyContent(Allergen.Custom(allergen), severity))

    /**
     * Adds an allergy; gives the record's id.
     *
     * @throws FoodLensException.Invalid with field and rule; nothing was stored.
     */
    public suspend fun add(content: AllergyContent): UUID = calls.run { it.addAllergy(content) }

    /**
     * Changes an allergy from what was shown. Only the fields that differ are written:
     * `update(shown) { it.copy(severity = Severity.Severe) }`.
     *
     * @throws FoodLensException.Stale when the allergen or the severity has changed since it was shown.
     * @throws FoodLensException.Invalid with field and rule; nothing was stored.
     */
    public suspend fun update(shown: Allergy, change: (AllergyContent) -> AllergyContent) {
        val to = change(shown.content)
        calls.run { it.updateAllergy(shown, to) }
    }

    /**
     * Removes an allergy, with every record about the same allergen: a person's decision. After the last one the list is
     * `UNKNOWN`, not "none". While its allergen is in question (two entries have its id), this record alone is removed here.
     */
    public suspend fun remove(id: UUID): Unit = calls.run { it.removeAllergy(id) }

    /**
     * A person confirms that there are no allergies.
     *
     * @throws FoodLensException.Invalid while the list holds any, also one in question.
     */
    public suspend fun confirmNone(): Unit = calls.run { it.confirmNoAllergies() }

    /** Takes a confirmation back: nothing is known about the list. */
    public suspend fun setUnknown(): Unit = calls.run { it.setAllergiesUnknown() }

    private companion object {
        // Status, for the end of a restore makes the list complete.
        val TOPICS =
            setOf(
                Topic.Records(Collection.ALLERGIES),
                Topic.Records(Collection.ALLERGY_LIST),
                Topic.Conflicts,
                Topic.Queue,
                Topic.Status,
            )
    }
}
