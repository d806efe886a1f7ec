//! The history, newest first, page by page behind a place that stays where it is.

use super::{MAX_HISTORY_PAGE, MAX_PAGE_BYTES, Service, all_shown, unavailable};
use crate::model::HistoryPage;
use crate::problem::Code;
use crate::seal;
use crate::store::{Meta, Place};

const DEFAULT_PAGE: usize = 100;

/// Which part of the history.
#[derive(Debug, Clone, Default)]
pub struct HistoryQuery {
    /// Where to go on; none for the newest.
    pub before: Option<String>,
    /// The most records to give, 1 to 500; none for 100.
    pub limit: Option<usize>,
}

impl Service {
    /// One page of the user's live history records, newest first.
    pub fn history(&self, user: &str, query: &HistoryQuery) -> Result<HistoryPage, Code> {
        let conduct = self.conduct();
        if !conduct.newest_first {
            return Err(Code::NotFound);
        }
        let most = self.conduct().max_page.min(MAX_HISTORY_PAGE);
        let limit = query.limit.unwrap_or(DEFAULT_PAGE.min(most));
        if !(1..=most).contains(&limit) {
            return Err(Code::Malformed);
        }
        // One snapshot, so that the total goes with the page.
        let page = self.store.read(user, |db| {
            let meta = db.meta()?;
            let place = match query.before.as_deref().map(|text| open(text, user, &meta)).transpose() {
                Ok(place) => place,
                Err(code) => return Ok(Err(code)),
            };
            let known = db.user(user)?;
            let (records, next) = match &known {
                Some(known) => {
                    let (records, has_more) =
                        db.newest_behind(known.id, place.as_ref(), limit, MAX_PAGE_BYTES)?;
                    let last = records.last().filter(|_| has_more);
                    let end = last.map(|record| db.place_of(known.id, &record.id)).transpose()?;
                    (records, end.map(|place| close(&place, user, &meta)))
                }
                None => (Vec::new(), None),
            };
            Ok(Ok(HistoryPage {
                user: user.to_owned(),
                epoch: meta.epoch,
                count: records.len(),
                records: all_shown(records, conduct.mint_ids),
                next,
                total: known.map_or(0, |known| known.live_history),
            }))
        });
        page.map_err(unavailable)?
    }
}

/// The word keeps it apart from a cursor of the feed.
fn close(place: &Place, user: &str, meta: &Meta) -> String {
    let Place { occurred_at, id } = place;
    let payload = format!("newest.{}.{}.{occurred_at}.{id}", meta.epoch, meta.cursor_generation);
    seal::close(&payload, user, meta.cursor_key.as_bytes())
}

fn open(text: &str, user: &str, meta: &Meta) -> Result<Place, Code> {
    let payload = seal::open(text, user, meta.cursor_key.as_bytes()).ok_or(Code::BadCursor)?;
    let mut parts = payload.splitn(5, '.');
    if parts.next() != Some("newest") {
        return Err(Code::BadCursor);
    }
    let mut part = || parts.next().ok_or(Code::BadCursor);
    let (epoch, generation) = (part()?, part()?);
    if epoch != meta.epoch || generation != meta.cursor_generation.to_string() {
        return Err(Code::CursorExpired);
    }
    let occurred_at = part()?.parse().map_err(|_| Code::BadCursor)?;
    Ok(Place { occurred_at, id: part()?.to_owned() })
}
