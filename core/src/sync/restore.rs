//! A first restore, where the backend can give the newest history first: what a person needs comes first, and the history
//! goes back as far as the app wants.
//!
//! 1. Where does the feed stand? (Everything that changes from now on comes by the feed, at the end. Asked before this
//!    device sends anything, so that a deletion of what it sends comes by the feed, too.)
//! 2. Everything but the history, by the feed: the allergy list is complete after this.
//! 3. The history, newest first, back to the window that the app keeps, or all of it.
//! 4. From then on the feed, from where it stood in 1. Versions tell what is newer, so that it does not matter what
//!    came twice or in which order.
//!
//! Each step's place is stored with what it brought: a run that ends anywhere is gone on with by the next one. Where the
//! place in the feed is lost (another life of the backend, a cursor that is too old), all of the feed is read instead. Other
//! backends restore by the feed alone, eldest change first.

use super::arrivals::Arrivals;
use super::engine::{Run, Step, Stop};
use super::pull::{FeedPage, PagePlan, plan_page};
use super::requests::Asked;
use crate::collection::Collection;
use crate::outbox::store as outbox;
use crate::outbox::{REFUSED, RunSignal};
use crate::session::state::{self, SyncRow};
use crate::transport::HistoryReply;

/// A page of the history, as far as it is read without the database.
type HistoryPage = HistoryReply<Arrivals>;

/// What comes next.
#[derive(Debug, PartialEq, Eq)]
enum Next {
    /// Nothing: the feed goes on.
    Feed,
    /// Ask where the feed stands.
    Head,
    /// A page of everything but the history.
    Lists,
    /// A page of the history.
    Older,
    /// It is done.
    End,
}

/// `able`: the backend has said that it can. `reached`: the window is full.
fn next(row: &SyncRow, able: bool, reached: bool) -> Next {
    match row {
        row if row.restored || !able => Next::Feed,
        // By the feed, which was begun before the backend could do this.
        row if row.cursor.is_some() => Next::Feed,
        row if row.head_cursor.is_none() => Next::Head,
        row if !row.lists_restored => Next::Lists,
        row if row.older_left && !reached => Next::Older,
        _ => Next::End,
    }
}

impl Run<'_> {
    /// Does what is left of a first restore, if this is one.
    pub(super) fn restore(&mut self) -> Step<()> {
        let now = self.env().now_ms();
        let window = self.inner.parts.config.history_window.map(|window| window.as_millis());
        let keep_from = window.map(|window| now.saturating_sub(i64::try_from(window).unwrap_or(i64::MAX)));
        let mut reached = false;
        loop {
            let row = self.inner.db.read(state::get)?;
            let step = match next(&row, self.capabilities.newest_first.is_some(), reached) {
                Next::Feed => return Ok(Ok(())),
                Next::End => return Ok(Ok(self.inner.edit(|writer| state::end_restore(writer.tx))?)),
                _ if self.may_go_on()?.is_err() => Err(Stop::OutOfTime),
                Next::Head => self.head()?,
                Next::Lists => self.lists(&row)?,
                Next::Older => self.older_page(&row)?.map(|page| {
                    reached = page.oldest.is_some_and(|at| keep_from.is_some_and(|from| at < from));
                }),
            };
            if let Err(stop) = self.unless_refused(step)? {
                return Ok(Err(stop));
            }
        }
    }

    /// Takes the feed's place, if this is the beginning of a first restore. Before anything is sent: what this device sends
    /// and another one deletes right after is heard of only by a feed that is read from before it. Where it is not known yet
    /// whether the backend has the newest first, that is the feed's beginning.
    pub(super) fn take_place(&mut self) -> Step<()> {
        let (row, now) = (self.inner.db.read(state::get)?, self.env().now_ms());
        match next(&row, self.capabilities.newest_first.is_some(), false) {
            Next::Head => {
                let step = self.head()?;
                self.unless_refused(step)
            }
            Next::Feed
                if row.has_no_place() && self.inner.db.read(|conn| outbox::any_ready(conn, now))? =>
            {
                Ok(Ok(self.inner.edit(|writer| state::take_beginning(writer.tx))?))
            }
            Next::Feed | Next::Lists | Next::Older | Next::End => Ok(Ok(())),
        }
    }

    /// Where the backend cannot give the newest first after all: by the feed, then.
    fn unless_refused(&mut self, step: std::result::Result<(), Stop>) -> Step<()> {
        match step {
            Err(Stop::Signal(signal)) if signal == REFUSED => {
                self.capabilities.newest_first = None;
                self.start_over()
            }
            step => Ok(step),
        }
    }

    /// Fetches at least so many more records, further back than what is here.
    pub(super) fn older(&mut self, records: u32) -> Step<()> {
        let mut fetched = 0;
        while fetched < records as usize {
            let row = self.inner.db.read(state::get)?;
            if !row.older_left {
                break;
            }
            if let Err(stop) = self.may_go_on()? {
                return Ok(Err(stop));
            }
            match self.older_page(&row)? {
                Ok(page) => fetched += page.records,
                Err(stop) => return Ok(Err(stop)),
            }
        }
        Ok(Ok(()))
    }

    fn head(&mut self) -> Step<()> {
        if let Err(stop) = self.fetched.beginning() {
            return Ok(Err(stop));
        }
        let request = self.endpoint().latest();
        let page = match self.fetch::<FeedPage>("changes", request)? {
            Ok(Some(page)) => page,
            Ok(None) => return Ok(Err(Stop::Signal(REFUSED))),
            Err(stop) => return Ok(Err(stop)),
        };
        match plan_page(&page, &self.inner.user, None, None) {
            PagePlan::Refuse(signal) => return Ok(Err(Stop::Signal(signal))),
            // The beginning of the feed: it did not understand the question.
            _ if page.has_more || !page.changes.is_empty() => return Ok(Err(Stop::Signal(REFUSED))),
            _ => {}
        }
        self.apply(&page.epoch, &Arrivals::default(), |tx| state::begin_restore(tx, &page.next_cursor))?;
        Ok(Ok(()))
    }

    fn lists(&mut self, row: &SyncRow) -> Step<()> {
        let entities: Vec<_> =
            Collection::ALL.iter().filter(|one| **one != Collection::History).map(|one| one.name()).collect();
        let cursor = row.lists_cursor.as_deref();
        let request = self.endpoint().changes(cursor, self.capabilities.page, Some(&entities.join(",")));
        let page = match self.fetch::<FeedPage>("changes", request)? {
            Ok(Some(page)) => page,
            Ok(None) => return self.start_over(),
            Err(stop) => return Ok(Err(stop)),
        };
        match plan_page(&page, &self.inner.user, row.epoch.as_deref(), cursor) {
            PagePlan::Refuse(signal) => return Ok(Err(Stop::Signal(signal))),
            PagePlan::StartOver => return self.start_over(),
            PagePlan::ApplyAndGoOn => {
                if let Err(stop) = self.fetched.page(&page.next_cursor) {
                    return Ok(Err(stop));
                }
            }
            PagePlan::ApplyAndEnd => {}
        }
        self.apply(&page.epoch, &page.changes, |tx| {
            state::advance_lists(tx, &page.next_cursor, page.count, !page.has_more)
        })?;
        Ok(Ok(()))
    }

    fn older_page(&mut self, row: &SyncRow) -> Step<OlderPage> {
        let limit = self.capabilities.newest_first.unwrap_or(100);
        let request = self.endpoint().history(row.older_cursor.as_deref(), limit);
        let page = match self.fetch::<HistoryPage>("history", request)? {
            Ok(Some(page)) => page,
            Ok(None) => return Ok(self.start_over()?.map(|()| OlderPage::default())),
            Err(stop) => return Ok(Err(stop)),
        };
        if page.user != self.inner.user.as_str() {
            return Ok(Err(Stop::Signal(RunSignal::WrongUser)));
        }
        if page.count != page.records.len() {
            return Ok(Err(Stop::Signal(RunSignal::ServerTrouble("page incomplete"))));
        }
        if row.epoch.as_deref().is_some_and(|known| known != page.epoch) {
            return Ok(self.start_over()?.map(|()| OlderPage::default()));
        }
        if let Some(next) = &page.next {
            if let Err(stop) = self.fetched.page(next) {
                return Ok(Err(stop));
            }
            // Where the app keeps it all, the next one is wanted for certain.
            if !row.restored && self.inner.parts.config.history_window.is_none() {
                let request = self.endpoint().history(Some(next), limit);
                self.look_ahead(Asked::page::<HistoryPage>("history", request));
            }
        }
        self.apply(&page.epoch, &page.records, |tx| {
            state::advance_older(tx, page.next.as_deref(), page.count, page.total)
        })?;
        Ok(Ok(OlderPage { records: page.count, oldest: page.records.last_at }))
    }
}

/// What a page of the history brought.
#[derive(Default)]
struct OlderPage {
    records: usize,
    /// When its last entry happened.
    oldest: Option<i64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_steps_of_a_first_restore() {
        crate::outbox::tests::in_a_file(|tx| {
            let some = || Some(String::from("c"));
            let new = || state::get(tx);
            let begun = || Ok::<_, crate::Error>(SyncRow { head_cursor: some(), ..new()? });
            let lists =
                || Ok::<_, crate::Error>(SyncRow { lists_restored: true, older_left: true, ..begun()? });
            for (name, row, able, reached, expected) in [
                ("a new file", new()?, true, false, Next::Head),
                ("a backend that cannot", new()?, false, false, Next::Feed),
                ("it knows where the feed stands", begun()?, true, false, Next::Lists),
                ("it has the lists", lists()?, true, false, Next::Older),
                ("the window is full", lists()?, true, true, Next::End),
                ("nothing older is left", SyncRow { older_left: false, ..lists()? }, true, false, Next::End),
                ("done before", SyncRow { restored: true, ..lists()? }, true, false, Next::Feed),
                ("begun by the feed", SyncRow { cursor: some(), ..new()? }, true, false, Next::Feed),
            ] {
                assert_eq!(next(&row, able, reached), expected, "{name}");
            }
            Ok(())
        });
    }
}
