//! Record-by-record comparison of what a phone holds with what the server has.

use foodlens_server::Record;
use serde_json::Value;
use std::collections::BTreeMap;

/// The records of an export, by collection and id.
#[must_use]
pub fn exported(export: &str) -> BTreeMap<(String, String), Value> {
    let parsed: Value = serde_json::from_str(export).unwrap_or_default();
    let records = parsed["records"].as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    records.into_iter().map(|record| ((text(&record["entity"]), text(&record["id"])), record)).collect()
}

/// What differs between a phone's export and the server's records of the same user, one line a difference. Empty when
/// every record that lives on one side lives on the other with the same fields, and nothing waits on the phone.
#[must_use]
pub fn differences(export: &str, server: &[Record]) -> Vec<String> {
    let mut out = Vec::new();
    let mut phone = exported(export);
    for record in server.iter().filter(|record| !record.deleted) {
        let key = (record.entity.clone(), record.id.clone());
        match phone.remove(&key) {
            None => out.push(format!("{}/{}: on the server only", key.0, key.1)),
            Some(mine) if mine["fields"] != record.fields => {
                out.push(format!("{}/{}: phone {} server {}", key.0, key.1, mine["fields"], record.fields));
            }
            Some(mine) if mine["pending"] == true => out.push(format!("{}/{}: edits wait", key.0, key.1)),
            Some(mine) if mine["version"] != record.version => {
                out.push(format!("{}/{}: version {} and {}", key.0, key.1, mine["version"], record.version));
            }
            Some(_) => {}
        }
    }
    out.extend(phone.keys().map(|(entity, id)| format!("{entity}/{id}: on the phone only")));
    out
}
