package dev.foodlens

import dev.foodlens.ffi.Collection
import dev.foodlens.ffi.CoreException
import dev.foodlens.ffi.HistoryContent
import dev.foodlens.ffi.HistoryEntry
import dev.foodlens.ffi.HistoryFilter
import dev.foodlens.ffi.HistoryPage
import dev.foodlens.ffi.SyncReport
import dev.foodlens.ffi.Topic
import kotlinx.coroutines.flow.Flow
import java.util.UUID
import kotlin.time.Duration
import kotlin.time.Duration.Companion.seconds

/** A user's scans, meals and searches, newest first. */
public class History internal constructor(private val calls: Calls) {
    /** The newest entries now, and whenever the history changes. */
    public fun newest(limit: Int = PAGE): Flow<HistoryPage> =
        calls.observe(TOPICS) { it.history(null, limit.toLong()) }

    /** As [newest], of the entries that fit [filter]. */
    public fun newest(filter: HistoryFilter, limit: Int = PAGE): Flow<HistoryPage> =
        calls.observe(TOPICS) { it.historyList(filter, null, limit.toLong()) }

    /** A page of at most [limit] (1 to 500) entries; [after] is the `next` of the page before. */
    public suspend fun page(after: String? = null, limit: Int = PAGE): HistoryPage =
        calls.run { it.history(after, limit.toLong()) }

    /** As [page], of the entries that fit [filter]: of one kind, marked ones, of a time (a day, say). */
    public suspend fun list(filter: HistoryFilter, after: String? = null, limit: Int = PAGE): HistoryPage =
        calls.run { it.historyList(filter, after, limit.toLong()) }

    /** How many entries fit [filter]. */
    public suspend fun count(filter: HistoryFilter): Long = calls.run { it.historyCountOf(filter) }

    /**
     * The newest entries, at most [limit] (1 to 500), in which each word of [query] begins a word of the product's name, the
     * brand, the note or the ingredients; those whose barcode is the query come first. Case, diacritics and punctuation do
     * not count. Never needs the network; what was written before is found.
     *
     * @throws FoodLensException.Invalid for a query of more than 500 characters or 16 words.
     */
    public suspend fun search(query: String, limit: Int = PAGE): List<HistoryEntry> =
        calls.run { it.searchHistory(query, limit.toLong()) }

    /** Every entry, read page by page as it is collected. */
    public fun all(pageSize: Int = PAGE): Flow<HistoryEntry> =
        calls.reading { core ->
            var after: String? = null
            do {
                val page = core.history(after, pageSize.toLong())
                page.entries.forEach { emit(it) }
                after = page.next
            } while (after != null)
        }

    /** The entries that fit [filter], for a list that a person scrolls: newest first, page by page. */
    public fun pages(filter: HistoryFilter = HistoryFilter()): PageSource<String, HistoryEntry> =
        PageSource(calls, TOPICS) { core, after, size ->
            core.historyList(filter, after, size.toLong()).let { Page(it.entries, it.next, it.unreadable) }
        }

    /**
     * One entry.
     *
     * @throws FoodLensException.NotFound when there is none, or it was deleted.
     */
    public suspend fun get(id: UUID): HistoryEntry = calls.run { it.historyEntry(id) }

    /** One entry now, and whenever it or its way to the server changes; null while there is none. Other entries wake no one. */
    public fun changes(id: UUID): Flow<HistoryEntry?> =
        calls.observe(Collection.HISTORY, id) {
            try {
                it.historyEntry(id)
            } catch (_: CoreException.NotFound) {
                null
            }
        }

    /** How many entries there are. */
    public suspend fun count(): Long = calls.run { it.historyCount() }

    /** Adds an entry; gives the record's id. */
    public suspend fun add(content: HistoryContent): UUID = calls.run { it.addHistory(content) }

    /** Adds many entries in one transaction: all of them or none. */
    public suspend fun addAll(contents: List<HistoryContent>): List<UUID> = calls.run { it.addAllHistory(contents) }

    /** Changes an entry from what was shown: `update(shown) { it.copy(favourite = true) }`. */
    public suspend fun update(shown: HistoryEntry, change: (HistoryContent) -> HistoryContent) {
        val to = change(shown.content)
        calls.run { it.updateHistory(shown, to) }
    }

    /** Deletes an entry. */
    public suspend fun delete(id: UUID): Unit = calls.run { it.deleteHistory(id) }

    /**
     * Fetches at least [records] more entries from the server, further back than what is here; for an app that keeps a window
     * (`historyWindow` of [FoodLens.open]). Does nothing where all is here already (`olderHistory` of [Session.status]). While
     * a first restore is not done, this goes on with it. Network and server never make it throw, see [Session.sync]. When
     * the caller is cancelled, this run (and no other one) gives up its request and ends, or never begins.
     *
     * @param budget bounds the time spent; a request under way when it ends is given up.
     */
    public suspend fun fetchOlder(records: Int = PAGE, budget: Duration = 30.seconds): SyncReport =
        calls.start(budget) { it.olderHistoryRun(records.toLong()) }

    private companion object {
        const val PAGE = 100
        val TOPICS = setOf(Topic.Records(Collection.HISTORY), Topic.Queue)
    }
}
