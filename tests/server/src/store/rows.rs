//! A record's row as both databases give it, and what is made of it.

use super::{Found, Page, StoreError};
use crate::decide::Current;
use crate::record::Record;

/// The columns of a record, read but not looked into.
pub(super) struct StoredRow {
    pub entity: String,
    pub id: String,
    pub version: i64,
    pub deleted: bool,
    pub fields: String,
    pub received_at: i64,
    pub server_id: Option<String>,
    pub is_nameless: bool,
}

impl StoredRow {
    pub fn parse(self) -> Result<Record, StoreError> {
        let fields = serde_json::from_str(&self.fields).map_err(|_| StoreError::Corrupt("fields"))?;
        let Self { entity, id, server_id, is_nameless, version, deleted, received_at, .. } = self;
        Ok(Record { entity, id, server_id, is_nameless, version, deleted, fields, received_at })
    }

    pub fn found(self, field_versions: &str) -> Result<Found, StoreError> {
        let record = self.parse()?;
        let current = Current {
            version: record.version,
            deleted: record.deleted,
            // Only a test's raw record holds anything but an object; a write on it starts from nothing.
            fields: record.fields.as_object().cloned().unwrap_or_default(),
            field_versions: serde_json::from_str(field_versions)
                .map_err(|_| StoreError::Corrupt("field versions"))?,
        };
        Ok(Found { current, record })
    }
}

/// A page that grows until its limit or its size is reached.
pub(super) struct Growing {
    records: Vec<Record>,
    bytes: usize,
    limit: usize,
    max_bytes: usize,
}

impl Growing {
    pub fn new(limit: usize, max_bytes: usize) -> Self {
        Self { records: Vec::new(), bytes: 0, limit, max_bytes }
    }

    /// False when the row did not fit: the page is full, and there is more.
    pub fn takes(&mut self, row: StoredRow) -> Result<bool, StoreError> {
        self.bytes += row.fields.len();
        let is_too_big = self.bytes > self.max_bytes && !self.records.is_empty();
        if self.records.len() == self.limit || is_too_big {
            return Ok(false);
        }
        self.records.push(row.parse()?);
        Ok(true)
    }

    pub fn page(self, has_more: bool) -> Page {
        (self.records, has_more)
    }
}
