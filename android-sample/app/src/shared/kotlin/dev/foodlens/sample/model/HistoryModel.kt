package dev.foodlens.sample.model

import dev.foodlens.Session
import dev.foodlens.ffi.HistoryContent
import dev.foodlens.ffi.HistoryEntry
import dev.foodlens.ffi.HistoryFilter
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.combine
import kotlinx.coroutines.flow.distinctUntilChanged
import kotlinx.coroutines.flow.flatMapLatest
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.flow.onStart
import kotlinx.coroutines.flow.update

/** [more]: further back there is more, on this phone or ([older]) at the server. [notes]: they are shown. */
data class HistoryState(
    val query: String,
    val favourites: Boolean,
    val entries: List<HistoryEntry>,
    val unreadable: Long,
    val more: Boolean,
    val older: Boolean,
    val notes: Boolean = true,
)

/** What the person looks at: words to search for, or the newest [count] entries. */
private data class Look(val query: String = "", val favourites: Boolean = false, val count: Int = PAGE)

private const val PAGE = 50

/** Scans and meals, newest first: read in one call, whatever the length; searched on this phone alone. */
class HistoryModel(private val session: Session, scope: CoroutineScope) {
    val actions = Actions(scope)
    private val look = MutableStateFlow(Look())

    @OptIn(ExperimentalCoroutinesApi::class)
    val state: StateFlow<Shown<HistoryState>> =
        combine(look.flatMapLatest { read(it) }, olderAtServer(), notes()) { read, older, notes -> read.copy(older = older, notes = notes) }
            .shownIn(scope)

    /** What is typed; an empty text ends the search. */
    fun search(query: String) = look.update { Look(query, it.favourites) }

    fun onlyFavourites(on: Boolean) = look.update { Look(it.query, on) }

    /** The person has scrolled to the end: what this phone has first, then what only the server has. */
    fun more() {
        val shown = state.value.ready ?: return
        if (shown.more) {
            look.update { it.copy(count = it.count + PAGE) }
        } else if (shown.older) {
            actions.run {
                session.history.fetchOlder(PAGE)
                look.update { it.copy(count = it.count + PAGE) }
            }
        }
    }

    fun add(content: HistoryContent) = actions.run { session.history.add(content) }

    fun mark(entry: HistoryEntry, favourite: Boolean) = change(entry) { it.copy(favourite = favourite) }

    fun change(entry: HistoryEntry, change: (HistoryContent) -> HistoryContent) =
        actions.run { session.history.update(entry, change) }

    fun delete(entry: HistoryEntry) = actions.run { session.history.delete(entry.id) }

    fun retry(entry: HistoryEntry) = actions.run {
        session.retry(entry.sync.pendingOperation)
        session.sync()
    }

    private fun read(look: Look) =
        session.history.pages().changes.onStart { emit(Unit) }.map { if (look.query.isBlank()) listed(look) else found(look) }

    private suspend fun found(look: Look): HistoryState {
        val found = session.history.search(look.query, PAGE).filter { !look.favourites || it.content.favourite }
        return HistoryState(look.query, look.favourites, found, unreadable = 0, more = false, older = false)
    }

    /** As many as are looked at, in pages of the size that one call may have. */
    private suspend fun listed(look: Look): HistoryState {
        val filter = HistoryFilter(favourites = look.favourites)
        val entries = mutableListOf<HistoryEntry>()
        var unreadable = 0L
        var after: String? = null
        do {
            val page = session.history.list(filter, after, minOf(look.count - entries.size, MOST))
            entries += page.entries
            unreadable += page.unreadable
            after = page.next
        } while (after != null && entries.size < look.count)
        return HistoryState(look.query, look.favourites, entries, unreadable, more = after != null, older = false)
    }

    private fun notes() = session.settings.changes.map { it.content.historyNotes }.distinctUntilChanged()

    private fun olderAtServer() = session.status.map { it.olderHistory }.distinctUntilChanged()

    private companion object {
        const val MOST = 500
    }
}
