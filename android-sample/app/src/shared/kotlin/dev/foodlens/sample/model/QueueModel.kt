package dev.foodlens.sample.model

import dev.foodlens.Session
import dev.foodlens.ffi.Allergy
import dev.foodlens.ffi.Collection
import dev.foodlens.ffi.Conflict
import dev.foodlens.ffi.Discard
import dev.foodlens.ffi.FailureReason
import dev.foodlens.ffi.Kind
import dev.foodlens.ffi.OperationState
import dev.foodlens.ffi.QueuedOperation
import dev.foodlens.ffi.RecordContent
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.combine

/** One write that the server has not acknowledged. [allergy] is its record where the list of allergies has it. */
data class QueueRow(val operation: QueuedOperation, val allergy: Allergy?) {
    val badge: Badge =
        when (val state = operation.state) {
            OperationState.Pending -> Badge.Waiting
            OperationState.Sending -> Badge.Syncing
            is OperationState.Failed -> if (state.v1 == FailureReason.CONFLICT) Badge.Question else Badge.Failed(state.v1)
            OperationState.Synced -> Badge.Synced
        }

    /** A question is answered on its own screen; what is under way cannot be called back. */
    val canRetry: Boolean = badge is Badge.Failed
    val canDiscard: Boolean = badge is Badge.Failed || badge == Badge.Waiting
    val canEdit: Boolean =
        canDiscard && operation.kind != Kind.DELETE &&
            (operation.collection != Collection.ALLERGIES || allergy != null)
}

/** What is about to be given up, and what the record would be then. */
data class DiscardPreview(val row: QueueRow, val goes: Int, val fallsBackTo: RecordContent?)

data class QueueState(val rows: List<QueueRow>, val questions: List<Conflict>, val discard: DiscardPreview?)

class QueueModel(private val session: Session, scope: CoroutineScope) {
    val actions = Actions(scope)
    private val asked = MutableStateFlow<DiscardPreview?>(null)

    val state: StateFlow<Shown<QueueState>> =
        combine(
            session.queue.changes(),
            session.allergies.changes,
            session.conflicts.changes,
            asked,
        ) { operations, allergies, questions, discard ->
            val known = allergies.entries.flatMap { entry -> (entry.linked + entry.id).map { it to entry } }.toMap()
            val rows = operations.map { QueueRow(it, known[it.recordId].takeIf { _ -> it.collection == Collection.ALLERGIES }) }
            QueueState(rows, questions, discard)
        }.shownIn(scope)

    fun retry(row: QueueRow) = actions.run {
        session.queue.retry(row.operation)
        session.sync()
    }

    /** Opens what the write is about, where another edit can take its place. */
    fun edit(row: QueueRow, open: (Place) -> Unit) = actions.run {
        when (row.operation.collection) {
            Collection.ALLERGIES -> row.allergy?.let { open(Place.EditAllergy(AllergyRow.of(it, null))) }
            Collection.ALLERGY_LIST -> open(Place.Allergies)
            Collection.HISTORY -> open(Place.EditEntry(session.history.get(row.operation.recordId)))
            Collection.PROFILE -> open(Place.Profile)
            Collection.SETTINGS -> open(Place.Settings)
        }
    }

    /** Shows first what would be lost. */
    fun askToDiscard(row: QueueRow) = actions.run {
        val preview: Discard = session.queue.previewDiscard(row.operation)
        asked.value = DiscardPreview(row, preview.operations.size, preview.fallsBackTo)
    }

    fun keep() {
        asked.value = null
    }

    /** The person has seen what goes, and confirmed. */
    fun discard(preview: DiscardPreview) = actions.run {
        asked.value = null
        session.queue.discard(preview.row.operation)
    }
}
