//! Reads on the snapshot, while the app has turned them on: the same reads, of statements in the tables' place that give what
//! they would have.

use super::store;
use crate::collection::{Collection, Spec};
use crate::error::Result;
use rusqlite::Connection;
use std::borrow::Cow;

/// The one record of the collection with this code.
macro_rules! single {
    ($code:literal) => {
        concat!(
            "(SELECT zeroblob(16) AS id, NULL AS server_id, NULL AS version, raw AS body, NULL AS base, 0 AS base_kind,
                0 AS deleted, sort_key AS created_at, sort_key AS updated_at
             FROM legacy WHERE source = 0 AND collection = ",
            $code,
            " AND shelf >= 0)"
        )
    };
}

/// The records of the collection with this code.
macro_rules! many {
    ($code:literal) => {
        concat!(
            "(SELECT position AS rowid, stable_id AS id, NULL AS server_id, NULL AS version,
                json_remove(raw, '$.legacy_id') AS body, NULL AS base, 0 AS base_kind, 0 AS deleted,
                sort_key AS created_at, sort_key AS updated_at, sort_key, shelf
             FROM legacy WHERE source = 0 AND collection = ",
            $code,
            " AND shelf >= 0)"
        )
    };
}

/// The collection as reads see it now.
pub(crate) fn seen(conn: &Connection, spec: &'static Spec) -> Result<Cow<'static, Spec>> {
    Ok(match snapshot(conn, spec)? {
        Some(snapshot) => Cow::Owned(snapshot),
        None => Cow::Borrowed(spec),
    })
}

/// The collection in the snapshot; `None`: reads are on the new data alone.
pub(crate) fn snapshot(conn: &Connection, spec: &Spec) -> Result<Option<Spec>> {
    let name = match spec.collection {
        Collection::Profile => single!("1"),
        Collection::Settings => single!("2"),
        Collection::AllergyList => single!("3"),
        Collection::Allergies => many!("4"),
        Collection::History => many!("5"),
    };
    Ok(store::reads_on(conn)?.then(|| Spec { name, ..spec.clone() }))
}
