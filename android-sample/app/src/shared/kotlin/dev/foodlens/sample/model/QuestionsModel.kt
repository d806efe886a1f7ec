package dev.foodlens.sample.model

import dev.foodlens.Session
import dev.foodlens.ffi.Allergen
import dev.foodlens.ffi.Conflict
import dev.foodlens.ffi.MergeAnswer
import dev.foodlens.ffi.RecordContent
import dev.foodlens.ffi.Severity
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.map

/** What an answer comes to, on every phone of the person. */
sealed interface Meaning {
    data class StaysAs(val allergen: Allergen, val severity: Severity?) : Meaning

    data class IsRemoved(val allergen: Allergen) : Meaning

    /** Of something else than an allergy: that version is kept as a whole. */
    data object KeepsVersion : Meaning

    data object KeepsDeletion : Meaning

    companion object {
        fun of(side: RecordContent?, other: RecordContent?): Meaning =
            when {
                side is RecordContent.Allergy -> StaysAs(side.v1.allergen, side.v1.severity)
                side != null -> KeepsVersion
                other is RecordContent.Allergy -> IsRemoved(other.v1.allergen)
                else -> KeepsDeletion
            }
    }
}

/** A question as it is shown: both versions, and what each answer means. */
data class QuestionRow(val conflict: Conflict) {
    val here: Meaning = Meaning.of(conflict.local, conflict.remote)
    val there: Meaning = Meaning.of(conflict.remote, conflict.local)

    /** Two records of one allergen, which may both be of this phone. */
    val twoRecords: Boolean = conflict.otherRecord != null
}

class QuestionsModel(private val session: Session, scope: CoroutineScope) {
    val actions = Actions(scope)

    val state: StateFlow<Shown<List<QuestionRow>>> =
        session.conflicts.changes.map { list -> list.map(::QuestionRow) }.shownIn(scope)

    fun keepHere(row: QuestionRow) = answer(row, MergeAnswer.KeepLocal)

    fun keepThere(row: QuestionRow) = answer(row, MergeAnswer.KeepRemote)

    /** Where a side has moved on meanwhile, nothing is decided: the question shows itself anew. */
    private fun answer(row: QuestionRow, answer: MergeAnswer) = actions.run {
        session.conflicts.answer(row.conflict, answer)
        session.sync()
    }
}
