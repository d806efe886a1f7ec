//! Reads on the snapshot, while the app has turned them on: the same reads, of views that have the tables' form.

use super::store;
use crate::collection::{Collection, Spec};
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
    let name = match spec.collection {
        Collection::Profile => "legacy_profile",
        Collection::Settings => "legacy_settings",
        Collection::AllergyList => "legacy_allergy_list",
        Collection::Allergies => "legacy_allergies",
        Collection::History => "legacy_history",
    };
    Ok(store::reads_on(conn)?.then(|| Spec { name, ..spec.clone() }))
}
