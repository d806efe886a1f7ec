//! What must be on the server at the end: every field that was written last, kept apart from the queues under test.

use foodlens_scenarios::exported;
use foodlens_server::Record;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

type Key = (String, String);

/// What a record must be at the end.
enum Wanted {
    /// It was deleted.
    Gone,
    /// These fields; `null`: the field was cleared. Fields that nobody wrote may be there too.
    Fields(Map<String, Value>),
}

/// The records that one user wrote, on all phones.
#[derive(Default)]
pub struct Expected(BTreeMap<Key, Wanted>);

/// What is wrong on the server, one line a record.
#[derive(Default)]
pub struct Wrong {
    /// Writes that are not there.
    pub lost: Vec<String>,
    /// Records that nobody wrote, or that are there twice.
    pub doubled: Vec<String>,
}

impl Expected {
    /// Learns what was written from a phone's export before and after. Writes must be learnt in the order in which
    /// they reach the server, since the last writer of a field wins.
    pub fn learn(&mut self, before: &str, after: &str) {
        let (before, after) = (exported(before), exported(after));
        for key in before.keys().chain(after.keys()) {
            match (live(&before, key), live(&after, key)) {
                (was, Some(now)) => self.wrote(key, was.cloned().unwrap_or_default(), now),
                (Some(_), None) => {
                    self.0.insert(key.clone(), Wanted::Gone);
                }
                (None, None) => {}
            }
        }
    }

    fn wrote(&mut self, key: &Key, was: Map<String, Value>, now: &Map<String, Value>) {
        let mut patch: Map<String, Value> =
            now.iter().filter(|(name, value)| was.get(*name) != Some(value)).map(owned).collect();
        for name in was.keys().filter(|name| !now.contains_key(*name)) {
            patch.insert(name.clone(), Value::Null);
        }
        if patch.is_empty() {
            return;
        }
        match self.0.get_mut(key) {
            Some(Wanted::Fields(fields)) => fields.extend(patch),
            _ => {
                self.0.insert(key.clone(), Wanted::Fields(patch));
            }
        }
    }

    /// Looks for every record that was written, and for records that should not be there.
    pub fn compare(&self, server: &[Record]) -> Wrong {
        let mut wrong = Wrong::default();
        let mut there: BTreeMap<Key, &Record> = BTreeMap::new();
        for record in server.iter().filter(|record| !record.deleted) {
            there.insert((record.entity.clone(), record.id.clone()), record);
        }
        for (key, wanted) in &self.0 {
            match (wanted, there.get(key)) {
                (Wanted::Gone, None) => {}
                (Wanted::Gone, Some(record)) => wrong.lost.push(format!("{}: its deletion", label(record))),
                (Wanted::Fields(_), None) => {
                    wrong.lost.push(format!("{}/{}: not on the server", key.0, key.1))
                }
                (Wanted::Fields(fields), Some(record)) => {
                    let missing = fields
                        .iter()
                        .filter(|(name, value)| record.fields.get(*name).unwrap_or(&Value::Null) != *value);
                    let names: Vec<&str> = missing.map(|(name, _)| name.as_str()).collect();
                    if !names.is_empty() {
                        wrong.lost.push(format!(
                            "{}: what was written to {}",
                            label(record),
                            names.join(", ")
                        ));
                    }
                }
            }
        }
        let mut twins: BTreeMap<(String, String), &Record> = BTreeMap::new();
        for (key, record) in &there {
            if let Some(first) = twins.insert((key.0.clone(), record.fields.to_string()), record) {
                wrong.doubled.push(format!("{}: the same as {}", label(record), first.id));
            } else if !self.0.contains_key(key) {
                wrong.doubled.push(format!("{}: nobody wrote it", label(record)));
            }
        }
        wrong
    }
}

fn live<'a>(side: &'a BTreeMap<Key, Value>, key: &Key) -> Option<&'a Map<String, Value>> {
    side.get(key).filter(|record| record["deleted"] != true).and_then(|record| record["fields"].as_object())
}

fn owned((name, value): (&String, &Value)) -> (String, Value) {
    (name.clone(), value.clone())
}

/// A record for a person to find: where it is, and what it is called.
pub fn label(record: &Record) -> String {
    let name = ["product_name", "display_name"].iter().find_map(|field| record.fields[*field].as_str());
    let allergen = || ["code", "text"].iter().find_map(|part| record.fields["allergen"][*part].as_str());
    let name = name.or_else(allergen).map(|name| format!(" ({name})")).unwrap_or_default();
    format!("{}/{}{name}", record.entity, record.id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn export(records: &[(&str, bool, Value)]) -> String {
        let records: Vec<Value> = records
            .iter()
            .map(|(id, deleted, fields)| json!({"entity": "history", "id": id, "deleted": deleted, "fields": fields}))
            .collect();
        json!({ "records": records }).to_string()
    }

    fn record(id: &str, fields: Value) -> Record {
        let (entity, id) = ("history".to_owned(), id.to_owned());
        Record { entity, id, version: 1, deleted: fields == json!({}), fields, ..Record::default() }
    }

    #[test]
    fn what_is_noticed() {
        let mut expected = Expected::default();
        let before = export(&[
            ("kept", false, json!({"note": "a", "verdict": "safe"})),
            ("gone", false, json!({"note": "b"})),
        ]);
        let after =
            export(&[("kept", false, json!({"verdict": "danger"})), ("gone", true, json!({"note": "b"}))]);
        expected.learn("{}", &before);
        expected.learn(&before, &after);
        let kept = || record("kept", json!({"verdict": "danger"}));
        let gone = || record("gone", json!({}));
        let cases = [
            ("all is well", vec![kept(), gone()], 0, 0),
            ("a tombstone that is forgotten already", vec![kept()], 0, 0),
            ("a record is missing", vec![gone()], 1, 0),
            ("an older value", vec![record("kept", json!({"verdict": "safe"})), gone()], 1, 0),
            (
                "a field that was cleared",
                vec![record("kept", json!({"verdict": "danger", "note": "a"})), gone()],
                1,
                0,
            ),
            ("a deleted record is back", vec![kept(), record("gone", json!({"note": "b"}))], 1, 0),
            ("a copy", vec![kept(), gone(), record("twin", json!({"verdict": "danger"}))], 0, 1),
            ("a record of nobody's", vec![kept(), gone(), record("other", json!({"note": "c"}))], 0, 1),
        ];
        for (case, server, lost, doubled) in cases {
            let wrong = expected.compare(&server);
            assert_eq!((wrong.lost.len(), wrong.doubled.len()), (lost, doubled), "{case}");
        }
    }
}
