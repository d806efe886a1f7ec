//! Pull: page after page of the feed, each applied with its cursor in one transaction.

use super::another_life;
use super::apply::{self, Pulled};
use super::arrivals::{Arrival, Arrivals, Arrived, Unreadable};
use super::engine::{Run, Step, Stop};
use super::landing::Readable;
use super::report::RecordNote;
use super::requests::Asked;
use crate::collection::Collection;
use crate::db::Transaction;
use crate::error::Result;
use crate::ids::UserId;
use crate::observe::{Origin, Topic};
use crate::outbox::{RunSignal, judge_read};
use crate::records::{self, Insertion, Writer};
use crate::session::state;
use crate::session::unreadable::{self, UnreadableRecord, UnreadableSource};
use crate::transport::{Outcome, Page, Request};

/// A page of the feed, as far as it is read without the database.
pub(super) type FeedPage = Page<Arrivals>;

/// What is done with a page.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum PagePlan {
    /// Apply it, and read on.
    ApplyAndGoOn,
    /// Apply it: it is the last.
    ApplyAndEnd,
    /// It belongs to another life of the server than its cursor: start over.
    StartOver,
    /// It contradicts itself: stop, apply nothing.
    Refuse(RunSignal),
}

/// Checks a page against what was asked. A page names its user and its own length, since a body cut short can still
/// be JSON; and it moves on, since a server in a loop must not keep a phone awake.
pub(super) fn plan_page(
    page: &FeedPage,
    user: &UserId,
    known_epoch: Option<&str>,
    cursor: Option<&str>,
) -> PagePlan {
    let trouble = |code| PagePlan::Refuse(RunSignal::ServerTrouble(code));
    if page.user != user.as_str() && !sabotaged!(OwnerUnchecked) {
        return PagePlan::Refuse(RunSignal::WrongUser);
    }
    if page.count != page.changes.len() {
        return trouble("page incomplete");
    }
    if page.next_cursor.is_empty() {
        return trouble("page without cursor");
    }
    if cursor.is_some() && known_epoch.is_some_and(|known| known != page.epoch) {
        return PagePlan::StartOver;
    }
    if page.has_more && (page.changes.is_empty() || cursor == Some(page.next_cursor.as_str())) {
        return trouble("feed does not move on");
    }
    if page.has_more { PagePlan::ApplyAndGoOn } else { PagePlan::ApplyAndEnd }
}

/// What a page left behind, for the report.
#[derive(Default)]
struct Applied {
    changes: u64,
    questions: u64,
    unrecognised: Vec<RecordNote>,
    unreadable: Vec<RecordNote>,
}

impl Run<'_> {
    /// Reads the feed to its end; a first restore comes before it, where the backend can give the newest first.
    pub(super) fn pull(&mut self) -> Step<()> {
        loop {
            if let Err(stop) = self.restore()? {
                return Ok(Err(stop));
            }
            if let Err(stop) = self.may_go_on()? {
                return Ok(Err(stop));
            }
            let row = self.inner.db.read(state::get)?;
            let request = self.endpoint().changes(row.place(), self.capabilities.page, None);
            let plan = match self.fetch::<FeedPage>("changes", request)? {
                Ok(Some(page)) => {
                    let plan = plan_page(&page, &self.inner.user, row.epoch.as_deref(), row.place());
                    Some((page, plan))
                }
                Ok(None) => None,
                Err(stop) => return Ok(Err(stop)),
            };
            match plan {
                None | Some((_, PagePlan::StartOver)) => {
                    if sabotaged!(WipeOn410) {
                        self.inner.edit(|writer| {
                            let spec = Collection::Allergies.spec();
                            let (rows, _) = records::list(writer.tx, spec, None, u32::MAX, true)?;
                            rows.into_iter().try_for_each(|(row, _)| {
                                records::refresh(writer.tx, spec, row, None, &[]).map(drop)
                            })
                        })?;
                    }
                    // 410, or another epoch: read all again, and merge. Nothing that is stored goes away.
                    if let Err(stop) = self.start_over()? {
                        return Ok(Err(stop));
                    }
                }
                Some((_, PagePlan::Refuse(signal))) => return Ok(Err(Stop::Signal(signal))),
                Some((page, PagePlan::ApplyAndGoOn)) => {
                    if let Err(stop) = self.fetched.page(&page.next_cursor) {
                        return Ok(Err(stop));
                    }
                    let next = self.endpoint().changes(Some(&page.next_cursor), self.capabilities.page, None);
                    self.look_ahead(Asked::page::<FeedPage>("changes", next));
                    self.apply_page(&page)?;
                }
                Some((page, PagePlan::ApplyAndEnd)) => {
                    self.apply_page(&page)?;
                    return Ok(Ok(()));
                }
            }
        }
    }

    /// One read. `Ok(None)`: its cursor is not to be used any more.
    pub(super) fn fetch<T: Readable>(&mut self, endpoint: &'static str, request: Request) -> Step<Option<T>> {
        let request_id = self.new_request_id();
        let landed = match self.send_read(&Asked::page::<T>(endpoint, request), &request_id) {
            Ok(landed) => landed,
            Err(stop) => return Ok(Err(stop)),
        };
        self.fetched.answer(landed.received);
        let (outcome, read) = landed.into_read::<T>();
        Ok(match judge_read(&outcome, self.env().now_ms(), read) {
            Ok(page) => Ok(Some(page)),
            Err(None) => Ok(None),
            Err(Some(signal)) => {
                // Asked for more than it gives now, say.
                if matches!(&outcome, Outcome::Response(response) if response.status == 400) {
                    self.inner.edit(|writer| state::forget_capabilities(writer.tx))?;
                }
                Err(Stop::Signal(signal))
            }
        })
    }

    pub(super) fn start_over(&mut self) -> Step<()> {
        if let Err(stop) = self.fetched.start_over() {
            return Ok(Err(stop));
        }
        Ok(Ok(self.inner.edit(|writer| state::start_over(writer.tx))?))
    }

    fn apply_page(&mut self, page: &FeedPage) -> Result<()> {
        if sabotaged!(CursorFirst) {
            self.inner.edit(|writer| state::advance(writer.tx, &page.next_cursor, 0, !page.has_more))?;
        }
        self.apply(&page.epoch, &page.changes, |tx| {
            state::advance(tx, &page.next_cursor, page.count, !page.has_more)
        })
    }

    /// Records and the cursor after them, in one transaction.
    pub(super) fn apply(
        &mut self,
        epoch: &str,
        records: &Arrivals,
        advance: impl FnOnce(&Transaction<'_>) -> Result<()>,
    ) -> Result<()> {
        let (applied, another_life) = self.inner.edit(|writer| {
            let another_life = another_life::meet(writer, epoch)?;
            let mut applied = Applied::default();
            let some_kept = unreadable::any_from_feed(writer.tx)?;
            let count = if sabotaged!(HalfAPage) { records.len() / 2 } else { records.len() };
            let mut new = Insertion::on(writer.tx);
            for record in records.iter().take(count) {
                match record {
                    Arrival::Unreadable(record) => keep_raw(writer, &mut applied, record)?,
                    Arrival::Readable(record) => {
                        if some_kept {
                            let (entity, id) = (record.collection.name(), record.id.to_string());
                            unreadable::forget(writer.tx, UnreadableSource::Feed, entity, &id)?;
                        }
                        applied.note(record, &apply::change(writer, &mut new, records, record)?);
                    }
                }
            }
            advance(writer.tx)?;
            writer.changes.topic(Topic::Status, Origin::Remote);
            Ok((applied, another_life))
        })?;
        self.another_life |= another_life;
        // The page has named its user.
        self.proven = true;
        self.report.pulled += applied.changes;
        self.report.conflicts_raised += applied.questions;
        self.report.unrecognised.extend(applied.unrecognised);
        self.report.unreadable.extend(applied.unreadable);
        Ok(())
    }
}

impl Applied {
    /// What one record came to.
    fn note(&mut self, record: &Arrived, pulled: &Pulled) {
        if let Some(field) = record.unrecognised {
            let (id, reason) = (record.id.to_string(), field.to_owned());
            self.unrecognised.push(RecordNote { collection: Some(record.collection), record: id, reason });
        }
        match pulled {
            Pulled::Applied => self.changes += 1,
            Pulled::Asked => {
                self.changes += 1;
                self.questions += 1;
            }
            Pulled::Nothing => {}
        }
    }
}

/// What cannot be read is kept raw and reported; the page goes on.
fn keep_raw(writer: &mut Writer<'_>, applied: &mut Applied, found: &Unreadable) -> Result<()> {
    let Unreadable { entity, id, reason, raw } = found;
    let record = UnreadableRecord {
        source: UnreadableSource::Feed,
        entity: entity.clone(),
        record: id.clone(),
        reason: (*reason).to_owned(),
        raw: raw.clone(),
    };
    unreadable::keep(writer.tx, &record, writer.now)?;
    let collection = Collection::from_name(entity);
    if let Some(collection) = collection {
        writer.changes.topic(Topic::Records(collection), Origin::Remote);
    }
    let UnreadableRecord { record, reason, .. } = record;
    applied.unreadable.push(RecordNote { collection, record, reason });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_checked_against_what_was_asked() {
        use PagePlan::{ApplyAndEnd, ApplyAndGoOn, Refuse, StartOver};
        let user = UserId::new("ana").unwrap();
        let records = |count: usize| serde_json::from_str(&format!("{:?}", vec![0; count])).unwrap();
        let page = |changes: usize, next: &str, has_more: bool| Page {
            user: "ana".into(),
            epoch: "e1".into(),
            count: changes,
            changes: records(changes),
            next_cursor: next.into(),
            has_more,
        };
        let trouble = |code| Refuse(RunSignal::ServerTrouble(code));
        let stays = || trouble("feed does not move on");
        for (name, page, epoch, cursor, expected) in [
            ("more follows", page(2, "b", true), Some("e1"), Some("a"), ApplyAndGoOn),
            ("the last", page(2, "b", false), Some("e1"), Some("a"), ApplyAndEnd),
            ("nothing new", page(0, "a", false), Some("e1"), Some("a"), ApplyAndEnd),
            ("the first ever", page(2, "b", true), None, None, ApplyAndGoOn),
            ("a beginning, after another life", page(2, "b", true), Some("e0"), None, ApplyAndGoOn),
            ("a cursor of another life", page(2, "b", true), Some("e0"), Some("a"), StartOver),
            (
                "of another user",
                Page { user: "ben".into(), ..page(2, "b", true) },
                None,
                None,
                Refuse(RunSignal::WrongUser),
            ),
            ("cut short", Page { count: 3, ..page(2, "b", true) }, None, None, trouble("page incomplete")),
            ("without a cursor", page(2, "", false), None, None, trouble("page without cursor")),
            ("more follows nothing", page(0, "b", true), Some("e1"), Some("a"), stays()),
            ("more follows from where it was", page(2, "a", true), Some("e1"), Some("a"), stays()),
        ] {
            assert_eq!(plan_page(&page, &user, epoch, cursor), expected, "{name}");
        }
    }
}
