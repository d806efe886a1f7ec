//! What a user may read: the feed, and plain records.

use super::{MAX_PAGE_BYTES, Service, all_shown, apply::nil_id, unavailable};
use crate::cursor::{Cursor, Feed, bits_of};
use crate::model::{AllergiesAnswer, ChangesPage, Entity, RecordAnswer};
use crate::problem::Code;
use crate::record::Record;
use crate::store::{Name, StoreError};

const DEFAULT_PAGE: usize = 500;

/// Which part of the feed.
#[derive(Debug, Clone, Default)]
pub struct ChangesQuery {
    /// Where to go on; none for the beginning.
    pub cursor: Option<String>,
    /// Starts at the end: nothing that is there, everything that comes later. Not together with a cursor.
    pub latest: bool,
    /// The most records to give, 1 to [`crate::Conduct::max_page`]; none for 500, or for that.
    pub limit: Option<usize>,
    /// Which entities; none for all.
    pub entities: Option<Vec<Entity>>,
}

impl Service {
    /// One page of the user's feed.
    pub fn changes(&self, user: &str, query: &ChangesQuery) -> Result<ChangesPage, Code> {
        let most = self.conduct().max_page;
        let limit = query.limit.unwrap_or(DEFAULT_PAGE.min(most));
        if !(1..=most).contains(&limit) {
            return Err(Code::Malformed);
        }
        let conduct = self.conduct();
        if query.latest && (query.cursor.is_some() || !conduct.newest_first) {
            return Err(Code::Malformed);
        }
        let entities = query.entities.as_deref().unwrap_or(&Entity::ALL);
        // One snapshot for the feed's state and its records, or a purge could slip in between.
        let page = self.store.read(user, |db| {
            let meta = db.meta()?;
            let known = db.user(user)?;
            let feed = Feed {
                head: known.map_or(0, |user| user.seq),
                purged: known.map_or(0, |user| user.purged),
                generation: meta.cursor_generation,
                epoch: meta.epoch,
            };
            let key = meta.cursor_key.as_bytes();
            let position = match start_of(query, user, &feed, key, bits_of(entities)) {
                Ok(position) => position,
                Err(code) => return Ok(Err(code)),
            };
            let (changes, has_more) = match known {
                Some(user) => db.feed_after(user.id, position, entities, limit, MAX_PAGE_BYTES)?,
                None => (Vec::new(), false),
            };
            let end = changes.last().filter(|_| has_more).map_or(feed.head, |record| record.version);
            let next = Cursor {
                position: end,
                purged: feed.purged,
                generation: feed.generation,
                entities: bits_of(entities),
                epoch: feed.epoch.clone(),
            };
            Ok(Ok(ChangesPage {
                user: user.to_owned(),
                epoch: feed.epoch,
                count: changes.len(),
                changes: all_shown(changes, conduct.mint_ids),
                next_cursor: next.seal(user, key),
                has_more,
            }))
        });
        page.map_err(unavailable)?
    }

    /// One record of the user, by its id, or by its server id where ids are minted; `not_found` when it is absent or
    /// deleted.
    pub fn read_record(&self, user: &str, entity: Entity, id: Option<&str>) -> Result<RecordAnswer, Code> {
        let mint_ids = self.conduct().mint_ids;
        let server_id = id.filter(|_| mint_ids);
        let id = id.map_or_else(nil_id, str::to_lowercase);
        let record = self.find_live(user, entity, &id, server_id).map_err(unavailable)?;
        let record = record.ok_or(Code::NotFound)?.shown(mint_ids);
        Ok(RecordAnswer { user: user.to_owned(), epoch: self.epoch()?, record })
    }

    /// The state of the allergy list and the allergies.
    pub fn read_allergies(&self, user: &str) -> Result<AllergiesAnswer, Code> {
        let mint_ids = self.conduct().mint_ids;
        let answer = self.store.read(user, |db| {
            let epoch = db.meta()?.epoch;
            let (list, records) = match db.user(user)? {
                Some(known) => (
                    db.live_of(known.id, Entity::AllergyList)?.into_iter().next(),
                    db.live_of(known.id, Entity::Allergies)?,
                ),
                None => (None, Vec::new()),
            };
            let records = all_shown(records, mint_ids);
            Ok(AllergiesAnswer { user: user.to_owned(), epoch, list, records })
        });
        answer.map_err(unavailable)
    }

    /// Every record of the user in the order of versions, tombstones included.
    pub fn snapshot(&self, user: &str) -> Result<Vec<Record>, StoreError> {
        self.store.read(user, |db| match db.user(user)? {
            Some(known) => {
                let all = db.feed_after(known.id, 0, &Entity::ALL, usize::MAX, usize::MAX)?;
                Ok(all_shown(all.0, self.conduct().mint_ids))
            }
            None => Ok(Vec::new()),
        })
    }

    fn find_live(
        &self,
        user: &str,
        entity: Entity,
        id: &str,
        server_id: Option<&str>,
    ) -> Result<Option<Record>, StoreError> {
        self.store.read(user, |db| {
            let Some(known) = db.user(user)? else { return Ok(None) };
            let by_server_id = match server_id {
                Some(server_id) => db.record(known.id, entity, Name::ServerId(server_id))?,
                None => None,
            };
            let found = match by_server_id {
                Some(found) => Some(found),
                None => db.record(known.id, entity, Name::Id(id))?,
            };
            Ok(found.map(|found| found.record).filter(|record| !record.deleted))
        })
    }
}

fn start_of(query: &ChangesQuery, user: &str, feed: &Feed, key: &[u8], entities: u8) -> Result<i64, Code> {
    if query.latest {
        return Ok(feed.head);
    }
    let Some(text) = &query.cursor else { return Ok(0) };
    let cursor = Cursor::open(text, user, key).ok_or(Code::BadCursor)?;
    cursor.check(feed, entities)?;
    Ok(cursor.position)
}
