//! Reads on the snapshot, while the app has turned them on: the same reads, of statements in the tables' place that give what
//! they would have.

use super::store;
use crate::collection::Spec;
use crate::error::Result;
use rusqlite::Connection;
use std::borrow::Cow;

/// The collection as reads see it now.
pub(crate) fn seen(conn: &Connection, spec: &'static Spec) -> Result<Cow<'static, Spec>> {
    Ok(match snapshot(conn, spec)? {
        Some(snapshot) => Cow::Owned(snapshot),
        None => Cow::Borrowed(spec),
    })
}

/// The collection in the snapshot; `None`: reads are on the new data alone.
pub(crate) fn snapshot(conn: &Connection, spec: &Spec) -> Result<Option<Spec>> {
    let name = store::as_table(spec.collection);
    Ok(store::reads_on(conn)?.then(|| Spec { name, ..spec.clone() }))
}
