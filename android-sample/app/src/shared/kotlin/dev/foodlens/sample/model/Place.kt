package dev.foodlens.sample.model

import dev.foodlens.ffi.HistoryEntry
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.update

/** Where in the app a person is. */
sealed interface Place {
    data object Allergies : Place

    data object History : Place

    data object Queue : Place

    data object Me : Place

    data object Profile : Place

    data object Settings : Place

    data object Questions : Place

    data object SignOut : Place

    /** Null: a new one. */
    data class EditAllergy(val row: AllergyRow?) : Place

    /** Null: a new one. */
    data class EditEntry(val entry: HistoryEntry?) : Place

    companion object {
        /** The four at the bottom of the screen. */
        val TABS = listOf(Allergies, History, Queue, Me)
    }
}

/** The way that a person took: a tab begins it anew. */
class Way {
    private val places = MutableStateFlow<List<Place>>(listOf(Place.Allergies))
    val taken: StateFlow<List<Place>> = places.asStateFlow()

    fun go(place: Place) = places.update { if (place in Place.TABS) listOf(place) else it + place }

    /** One step back; false at the beginning. */
    fun back(): Boolean {
        val before = places.value
        places.update { if (it.size > 1) it.dropLast(1) else it }
        return before.size > 1
    }
}
