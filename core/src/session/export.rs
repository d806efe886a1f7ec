//! Everything that this device holds of the user, as JSON, written as it is read.

use super::{Session, rescue, unreadable};
use crate::collection::Collection;
use crate::error::{Error, Result};
use crate::fields::Fields;
use crate::ids::{RecordId, Version};
use crate::legacy;
use crate::merge::{conflicts, overwritten};
use crate::outbox::QueueFilter;
use crate::outbox::store as outbox;
use crate::records;
use rusqlite::Connection;
use serde::Serialize;
use serde_json::{Value, json};
use std::io::Write;

/// Rows read at once.
const PAGE: u32 = 1_000;

impl Session {
    /// Everything that this device holds of the user, as JSON text; see [`Self::export_to`]. Personal data: not for logs.
    ///
    /// # Errors
    /// Storage errors.
    pub fn export_json(&self) -> Result<String> {
        let mut text = Vec::new();
        self.export_to(&mut text)?;
        String::from_utf8(text).map_err(|_| Error::internal("export"))
    }

    /// Writes everything that this device holds of the user as JSON, in one consistent snapshot and with little memory
    /// however much there is: every record as the app sees it, in the wire's field names, with the server's version and
    /// whether edits of it still wait (deleted ones that wait for the acknowledgement are marked); every unsent operation,
    /// as in [`Self::rescue_export`]; the open questions with their sides; the log of what was replaced; what this
    /// build cannot read, raw; and the old data of an import that is not finished, raw.
    ///
    /// `{"format":"foodlens-export","version":1,"user":…,
    /// "records":[{"entity","id","version","pending","deleted","fields"}],"operations":[…],
    /// "conflicts":[{"entity","id","base","local","remote"}],"overwritten":[{"entity","id","field","value","noticed_at"}],
    /// "unreadable":[{"source","entity","id","reason","raw"}],"legacy":[{"entity","id","raw"}]}`
    ///
    /// # Errors
    /// Storage errors, also where `to` cannot be written.
    pub fn export_to(&self, to: &mut dyn Write) -> Result<()> {
        let user = Value::from(self.inner.user.as_str());
        self.read(|conn| {
            write!(to, r#"{{"format":"foodlens-export","version":1,"user":{user},"records":["#)?;
            write_records(conn, to)?;
            write!(to, r#"],"operations":["#)?;
            write_operations(conn, to)?;
            write!(to, r#"],"conflicts":["#)?;
            write_all(to, conflicts::open(conn, false)?.iter().map(conflict))?;
            write!(to, r#"],"overwritten":["#)?;
            write_overwritten(conn, to)?;
            write!(to, r#"],"unreadable":["#)?;
            write_all(to, unreadable::list(conn)?.iter().map(raw))?;
            write!(to, r#"],"legacy":["#)?;
            write_legacy(conn, to)?;
            Ok(write!(to, "]}}")?)
        })
    }
}

/// The values, with commas between.
fn write_all(to: &mut dyn Write, values: impl IntoIterator<Item = impl Serialize>) -> Result<()> {
    let mut text = Vec::new();
    for value in values {
        serde_json::to_writer(&mut text, &value).map_err(|_| Error::internal("export"))?;
        to.write_all(&text)?;
        text.clear();
        text.push(b',');
    }
    Ok(())
}

/// Page by page, with commas between, until one is empty.
fn write_pages<T: Serialize>(
    to: &mut dyn Write,
    mut next: impl FnMut() -> Result<Vec<T>>,
    already: &mut bool,
) -> Result<()> {
    loop {
        let page = next()?;
        if page.is_empty() {
            return Ok(());
        }
        if std::mem::replace(already, true) {
            write!(to, ",")?;
        }
        write_all(to, page)?;
    }
}

/// A record, its keys in the order of the others: sorted.
#[derive(Serialize)]
struct Exported {
    deleted: bool,
    entity: &'static str,
    fields: Fields,
    id: RecordId,
    pending: bool,
    version: Option<Version>,
}

fn write_records(conn: &Connection, to: &mut dyn Write) -> Result<()> {
    let mut already = false;
    for collection in Collection::ALL {
        let (mut after, mut at_end) = (None, false);
        let next = || {
            if at_end {
                return Ok(Vec::new());
            }
            let (page, unreadable) = records::list(conn, collection.spec(), after, PAGE, true)?;
            at_end = records::is_last(page.len(), unreadable, PAGE);
            after = page.last().map_or(after, |(_, last)| Some(*last));
            let exported = |row: records::Row| Exported {
                deleted: row.deleted,
                entity: collection.name(),
                id: row.id,
                pending: row.has_pending(),
                version: row.version,
                fields: row.body,
            };
            Ok(page.into_iter().map(|(row, _)| exported(row)).collect())
        };
        write_pages(to, next, &mut already)?;
    }
    Ok(())
}

fn write_operations(conn: &Connection, to: &mut dyn Write) -> Result<()> {
    let mut after = 0;
    let next = || {
        let page = outbox::list(conn, QueueFilter::Unsent, after, PAGE)?;
        after = page.last().map_or(after, |last| last.seq);
        page.into_iter().map(|operation| rescue::value_of(conn, operation)).collect()
    };
    write_pages(to, next, &mut false)
}

fn write_overwritten(conn: &Connection, to: &mut dyn Write) -> Result<()> {
    let mut before = None;
    let next = || {
        let page = overwritten::list(conn, before, PAGE)?;
        before = page.last().map_or(before, |last| Some(last.position));
        let value = |entry: &crate::merge::OverwrittenEntry| {
            json!({
                "entity": entry.collection.name(),
                "id": entry.record_id.to_string(),
                "field": entry.field,
                "value": serde_json::from_str::<Value>(&entry.value_json).unwrap_or_default(),
                "noticed_at": entry.noticed_at,
            })
        };
        Ok(page.iter().map(value).collect())
    };
    write_pages(to, next, &mut false)
}

fn write_legacy(conn: &Connection, to: &mut dyn Write) -> Result<()> {
    let mut after = 0;
    let next = || {
        let page = legacy::raw_records(conn, after, PAGE)?;
        after = page.last().map_or(after, |(position, ..)| *position);
        let value = |(_, collection, id, raw): &(i64, Collection, String, String)| json!({"entity": collection.name(), "id": id, "raw": raw});
        Ok(page.iter().map(value).collect())
    };
    write_pages(to, next, &mut false)
}

fn conflict(open: &conflicts::StoredConflict) -> Value {
    json!({
        "entity": open.collection.name(),
        "id": open.record_id.to_string(),
        "base": open.base,
        "local": open.local,
        "remote": open.remote,
    })
}

fn raw(record: &super::UnreadableRecord) -> Value {
    json!({
        "source": record.source.code(),
        "entity": record.entity,
        "id": record.record,
        "reason": record.reason,
        "raw": record.raw,
    })
}
