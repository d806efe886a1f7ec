package dev.foodlens.sample.model

import dev.foodlens.Session
import dev.foodlens.ffi.Allergen
import dev.foodlens.ffi.Allergy
import dev.foodlens.ffi.AllergyContent
import dev.foodlens.ffi.AllergyList
import dev.foodlens.ffi.Conflict
import dev.foodlens.ffi.ListState
import dev.foodlens.ffi.RecordContent
import dev.foodlens.ffi.Severity
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.combine
import kotlinx.coroutines.flow.update
import java.util.UUID

/** One line of the list. [sides]: what is in question, this phone's view first; null: nothing is. */
data class AllergyRow(
    val id: UUID?,
    val allergen: Allergen,
    val severity: Severity?,
    val notes: String?,
    val badge: Badge,
    val sides: Sides?,
    val shown: Allergy?,
) {
    companion object {
        fun of(entry: Allergy, asked: Conflict?): AllergyRow {
            val badge = if (entry.inQuestion || asked != null) Badge.Question else Badge.of(entry.sync) ?: Badge.Waiting
            val content = entry.content
            val sides = asked?.let { Sides(it.local.allergy(), it.remote.allergy()) }
            return AllergyRow(entry.id, content.allergen, content.severity, content.notes, badge, sides, entry)
        }

        private fun RecordContent?.allergy(): AllergyContent? = (this as? RecordContent.Allergy)?.v1
    }
}

/** Both views of an allergy in question; a side that is null removed it. */
data class Sides(val here: AllergyContent?, val there: AllergyContent?)

/** What may be said above the list. "No known allergies" is one of these and never the mere absence of rows. */
enum class ListSays {
    /** Not all has come yet: there may be more. */
    INCOMPLETE,

    /** Nobody has said anything. */
    UNKNOWN,

    /** A person confirmed that there are none. */
    NONE,

    /** What is listed is all. */
    LISTED,
}

data class AllergiesState(val says: ListSays, val rows: List<AllergyRow>, val unreadable: Long) {
    companion object {
        fun of(list: AllergyList, questions: List<Conflict>, saving: List<AllergyContent>): AllergiesState {
            // One that is stored already, and about to be no draft any more, is shown once.
            val unseen = saving.filter { draft -> list.entries.none { it.content == draft } }
            val drafts = unseen.map { AllergyRow(null, it.allergen, it.severity, it.notes, Badge.Saving, null, null) }
            return AllergiesState(says(list, drafts), drafts + list.entries.map { row(it, questions) }, list.unreadable)
        }

        private fun says(list: AllergyList, drafts: List<AllergyRow>): ListSays =
            when {
                !list.complete -> ListSays.INCOMPLETE
                // A confirmation says nothing while a row shows, is being saved, or cannot be read.
                list.entries.isNotEmpty() || drafts.isNotEmpty() -> ListSays.LISTED
                list.state == ListState.CONFIRMED_NONE && list.unreadable == 0L -> ListSays.NONE
                else -> ListSays.UNKNOWN
            }

        private fun row(entry: Allergy, questions: List<Conflict>): AllergyRow {
            val ids = entry.linked + entry.id
            return AllergyRow.of(entry, questions.firstOrNull { it.recordId in ids || it.otherRecord in ids })
        }
    }
}

class AllergiesModel(private val session: Session, scope: CoroutineScope) {
    val actions = Actions(scope)
    private val saving = MutableStateFlow<List<AllergyContent>>(emptyList())

    val state: StateFlow<Shown<AllergiesState>> =
        combine(session.allergies.changes, session.conflicts.changes, saving, AllergiesState::of).shownIn(scope)

    /** It is on the screen at once, marked as being saved; as waiting once it is durable. */
    fun add(content: AllergyContent) = actions.run {
        saving.update { it + content }
        try {
            session.allergies.add(content)
        } finally {
            saving.update { it - content }
        }
    }

    /** From what the person saw: an allergen or a severity that has moved on since is not written over. */
    fun change(row: AllergyRow, content: AllergyContent) = actions.run {
        row.shown?.let { shown -> session.allergies.update(shown) { content } }
    }

    /** A person's decision, confirmed on the screen. */
    fun remove(row: AllergyRow) = actions.run { row.id?.let { session.allergies.remove(it) } }

    fun confirmNone() = actions.run { session.allergies.confirmNone() }

    fun takeConfirmationBack() = actions.run { session.allergies.setUnknown() }

    /** Lets a refused edit go again, and sends it. */
    fun retry(row: AllergyRow) = actions.run {
        session.retry(row.shown?.sync?.pendingOperation)
        session.sync()
    }
}
