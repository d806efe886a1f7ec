//! Reading on PostgreSQL: the user, records, answers, the feed and the history.

use tokio_postgres::Row;
use uuid::Uuid;

use super::session::Session;
use crate::model::Entity;
use crate::record::Record;
use crate::store::rows::{Growing, StoredRow};
use crate::store::{Found, Meta, Name, Page, Place, Read, StoreError, Stored, User};

pub(super) const META: &str = "SELECT name, value FROM meta";

const USER: &str = "SELECT user_id, seq, purged, live_history FROM users WHERE name = $1";

const ANSWER: &str = "SELECT body_digest, answer::text FROM answers WHERE user_id = $1 AND key = $2";

const PLACE: &str = "SELECT occurred_at FROM records WHERE user_id = $1 AND entity = 'history' AND id = $2";

/// A statement over the columns that [`stored`] reads.
macro_rules! select {
    ($($rest:literal),+) => {
        concat!(
            "SELECT entity, id, version, deleted, fields::text, received_at, server_id, is_nameless",
            $($rest),+
        )
    };
}

const BY_ID: &str =
    select!(", field_versions::text FROM records WHERE user_id = $1 AND entity = $2 AND id = $3");
const BY_SERVER_ID: &str =
    select!(", field_versions::text FROM records WHERE user_id = $1 AND entity = $2 AND server_id = $3");

/// Without a choice of entities also those that this build does not know.
const FEED: &str = select!(" FROM records WHERE user_id = $1 AND version > $2 ORDER BY version LIMIT $3");
const FEED_OF: &str = select!(
    " FROM records WHERE user_id = $1 AND version > $2 AND entity = ANY($4) ORDER BY version LIMIT $3"
);

/// The zero keeps PostgreSQL from walking through the whole feed to spare itself the sorting of a few rows.
const LIVE: &str =
    select!(" FROM records WHERE user_id = $1 AND entity = $2 AND NOT deleted ORDER BY version + 0");

const NEWEST: &str = select!(
    " FROM records WHERE user_id = $1 AND entity = 'history' AND NOT deleted",
    " ORDER BY occurred_at DESC, id DESC LIMIT $2"
);
const NEWEST_BEHIND: &str = select!(
    " FROM records WHERE user_id = $1 AND entity = 'history' AND NOT deleted AND (occurred_at, id) < ($3, $4)",
    " ORDER BY occurred_at DESC, id DESC LIMIT $2"
);

pub(super) fn meta_of(rows: &[Row]) -> Result<Meta, StoreError> {
    Meta::from_values(|name| {
        let row = rows.iter().find(|row| row.get::<_, &str>(0) == name);
        row.map(|row| row.get(1)).ok_or(StoreError::Corrupt("meta"))
    })
}

fn stored(row: &Row) -> Result<StoredRow, StoreError> {
    Ok(StoredRow {
        entity: row.try_get(0)?,
        id: row.try_get(1)?,
        version: row.try_get(2)?,
        deleted: row.try_get(3)?,
        fields: row.try_get(4)?,
        received_at: row.try_get(5)?,
        server_id: row.try_get(6)?,
        is_nameless: row.try_get(7)?,
    })
}

/// One row more than the page has tells whether there is more.
fn rows_for(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1)
}

impl Read for Session<'_> {
    fn meta(&self) -> Result<Meta, StoreError> {
        meta_of(&self.rows(META, &[])?)
    }

    fn user(&self, name: &str) -> Result<Option<User>, StoreError> {
        let Some(row) = self.first(USER, &[&name])? else { return Ok(None) };
        let live_history = row.try_get::<_, i64>(3)?.unsigned_abs();
        Ok(Some(User { id: row.try_get(0)?, seq: row.try_get(1)?, purged: row.try_get(2)?, live_history }))
    }

    fn record(&self, user_id: i64, entity: Entity, name: Name) -> Result<Option<Found>, StoreError> {
        let (sql, name) = match name {
            Name::Id(id) => (BY_ID, id),
            Name::ServerId(server_id) => (BY_SERVER_ID, server_id),
        };
        if name.contains('\0') {
            // PostgreSQL has no such text, so it has no such record.
            return Ok(None);
        }
        let Some(row) = self.first(sql, &[&user_id, &entity.name(), &name])? else { return Ok(None) };
        stored(&row)?.found(row.try_get(8)?).map(Some)
    }

    fn answer(&self, user_id: i64, key: Uuid) -> Result<Option<Stored>, StoreError> {
        let Some(row) = self.first(ANSWER, &[&user_id, &key])? else { return Ok(None) };
        let digest: &[u8] = row.try_get(0)?;
        let body_digest = digest.try_into().map_err(|_| StoreError::Corrupt("digest"))?;
        let answer = serde_json::from_str(row.try_get(1)?).map_err(|_| StoreError::Corrupt("answer"))?;
        Ok(Some(Stored { body_digest, answer }))
    }

    fn feed_after(
        &self,
        user_id: i64,
        position: i64,
        entities: &[Entity],
        limit: usize,
        max_bytes: usize,
    ) -> Result<Page, StoreError> {
        let mut growing = Growing::new(limit, max_bytes);
        let rows = rows_for(limit);
        let takes = |row: &Row| growing.takes(stored(row)?);
        let has_more = if entities.len() == Entity::ALL.len() {
            self.until_full(FEED, &[&user_id, &position, &rows], takes)?
        } else {
            let names: Vec<&str> = entities.iter().map(|entity| entity.name()).collect();
            self.until_full(FEED_OF, &[&user_id, &position, &rows, &names], takes)?
        };
        Ok(growing.page(has_more))
    }

    fn live_of(&self, user_id: i64, entity: Entity) -> Result<Vec<Record>, StoreError> {
        let rows = self.rows(LIVE, &[&user_id, &entity.name()])?;
        rows.iter().map(|row| stored(row)?.parse()).collect()
    }

    fn newest_behind(
        &self,
        user_id: i64,
        place: Option<&Place>,
        limit: usize,
        max_bytes: usize,
    ) -> Result<Page, StoreError> {
        let mut growing = Growing::new(limit, max_bytes);
        let rows = rows_for(limit);
        let takes = |row: &Row| growing.takes(stored(row)?);
        let has_more = match place {
            Some(place) => {
                self.until_full(NEWEST_BEHIND, &[&user_id, &rows, &place.occurred_at, &place.id], takes)?
            }
            None => self.until_full(NEWEST, &[&user_id, &rows], takes)?,
        };
        Ok(growing.page(has_more))
    }

    fn place_of(&self, user_id: i64, id: &str) -> Result<Place, StoreError> {
        let occurred_at = self.row(PLACE, &[&user_id, &id])?.try_get(0)?;
        Ok(Place { occurred_at, id: id.to_owned() })
    }
}
