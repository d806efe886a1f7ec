package dev.foodlens.sample.model

import dev.foodlens.Session
import dev.foodlens.ffi.OperationId
import dev.foodlens.ffi.QueueFilter

/** Lets the parked operation of a record go again. One that is parked no more needs nothing. */
suspend fun Session.retry(id: OperationId?) {
    if (id == null) return
    val parked = queue.pages(QueueFilter.FAILED)
    var key: Long? = null
    do {
        val page = parked.load(key, 500)
        page.items.firstOrNull { it.id == id }?.let { return queue.retry(it) }
        key = page.next
    } while (key != null)
}
