package dev.foodlens

import dev.foodlens.ffi.CoreSession
import dev.foodlens.ffi.Topic
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow

/**
 * A page of a list.
 *
 * @property items what is on it, in the order of the list.
 * @property next the key of the page behind it; null at the end.
 * @property unreadable how many records of this page this version cannot read: they are kept, and missing in [items].
 */
public data class Page<K : Any, out T : Any>(public val items: List<T>, public val next: K?, public val unreadable: Long = 0)

/**
 * A list that is read page by page as a person scrolls, in the shape of Paging 3 and without depending on it. A key names a
 * place in the list, not a number of items to skip: what is written or deleted meanwhile makes no item come twice or not at
 * all. Lists go on to their end only, so the adapter is short:
 *
 * ```
 * class Paged<K : Any, T : Any>(private val pages: PageSource<K, T>) : PagingSource<K, T>() {
 *     override suspend fun load(params: LoadParams<K>): LoadResult<K, T> = try {
 *         pages.load(params.key, params.loadSize).let { LoadResult.Page(it.items, prevKey = null, nextKey = it.next) }
 *     } catch (e: FoodLensException) {
 *         LoadResult.Error(e)
 *     }
 *     override fun getRefreshKey(state: PagingState<K, T>): K? = null
 * }
 *
 * val sources = InvalidatingPagingSourceFactory { Paged(pages) }
 * val items = Pager(PagingConfig(pageSize = 50), pagingSourceFactory = sources).flow.cachedIn(viewModelScope)
 * init { pages.changes.onEach { sources.invalidate() }.launchIn(viewModelScope) }
 * ```
 */
public class PageSource<K : Any, T : Any> internal constructor(
    private val calls: Calls,
    private val topics: Set<Topic>,
    private val read: (core: CoreSession, key: K?, size: Int) -> Page<K, T>,
) {
    @Volatile private var loaded = false

    /**
     * A page of at most [size] (1 to 500) items: the first one, or the one whose [key] is the `next` of the page before. One
     * call of the core, whatever the size.
     *
     * @throws FoodLensException.Closed when the session has ended.
     */
    public suspend fun load(key: K? = null, size: Int = 50): Page<K, T> {
        loaded = true
        return calls.run { read(it, key, size) }
    }

    /**
     * Whenever pages that were read may be out of date; several changes at once come as one. Nothing at the start, unless a
     * page was read before this was listened to.
     */
    public val changes: Flow<Unit>
        get() = flow {
            var notices = 0L
            calls.observe(topics) { notices++ }.collect { if (it > 0 || loaded) emit(Unit) }
        }
}
