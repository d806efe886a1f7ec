//! Everything that this device holds of the user, as JSON.

use super::Session;
use crate::collection::Collection;
use crate::error::Result;
use crate::records;
use serde_json::{Value, json};

/// Rows read at once.
const PAGE: u32 = 1_000;

impl Session {
    /// Everything that this device holds of the user, as JSON text: every record as the app sees it, in the wire's
    /// field names, with the server's version and whether edits of it still wait. Deleted records that wait for the
    /// server's acknowledgement are marked. The whole is one consistent snapshot.
    ///
    /// `{"format":"foodlens-export","version":1,"user":…,"records":[{"entity","id","version","pending","deleted","fields"}]}`
    ///
    /// # Errors
    /// Storage errors.
    pub fn export_json(&self) -> Result<String> {
        let records = self.read(|conn| {
            let mut records: Vec<Value> = Vec::new();
            for collection in Collection::ALL {
                let mut after = None;
                loop {
                    let (page, _) = records::list(conn, collection.spec(), after, PAGE, true)?;
                    let Some((_, last)) = page.last() else { break };
                    after = Some(*last);
                    records.extend(page.iter().map(|(row, _)| {
                        json!({
                            "entity": collection.name(),
                            "id": row.id.to_string(),
                            "version": row.version,
                            "pending": row.has_pending(),
                            "deleted": row.deleted,
                            "fields": row.body,
                        })
                    }));
                }
            }
            Ok(records)
        })?;
        let user = self.inner.user.as_str();
        Ok(json!({"format": "foodlens-export", "version": 1, "user": user, "records": records}).to_string())
    }
}
