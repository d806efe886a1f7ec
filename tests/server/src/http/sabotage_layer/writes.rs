//! What is done to operations on their way in.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{Inner, lock};
use crate::decide::MAX_FIELDS_BYTES;
use crate::record::Record;
use crate::sabotage::Sabotage;

const KNOWN_FIELDS: &[&str] = &[
    "display_name",
    "date_of_birth",
    "diets",
    "country",
    "language",
    "units",
    "notifications",
    "theme",
    "state",
    "allergen",
    "severity",
    "reactions",
    "diagnosed_on",
    "source",
    "notes",
    "kind",
    "product_name",
    "brand",
    "barcode",
    "ingredients_text",
    "verdict",
    "matched_allergens",
    "occurred_at",
    "note",
    "favourite",
    "created_at",
    "updated_at",
];

impl Inner {
    pub(super) fn twist(&self, user: &str, operation: &mut Value) {
        let Some(key) = operation["key"].as_str().and_then(|key| key.parse::<Uuid>().ok()) else { return };
        let is_of = |entities: &[&str]| entities.iter().any(|entity| operation["entity"] == *entity);
        match self.sabotage {
            Sabotage::NoDedupe => operation["key"] = json!(Uuid::now_v7()),
            Sabotage::DedupeInMemory => operation["key"] = json!(Uuid::new_v5(&self.life, key.as_bytes())),
            Sabotage::DedupeRaces if !lock(&self.keys_in_flight).insert(key) => {
                operation["key"] = json!(Uuid::now_v7());
            }
            Sabotage::KeyTakesAnyBody => {
                let body = json!([
                    operation["entity"],
                    operation["id"],
                    operation["kind"],
                    operation["base_version"],
                    operation["fields"]
                ]);
                operation["key"] = json!(Uuid::new_v5(&key, body.to_string().as_bytes()));
            }
            Sabotage::StaleBaseTaken if is_of(&["allergies", "allergy_list"]) => {
                if let Some(current) = self.current(user, operation).filter(|record| !record.deleted) {
                    operation["base_version"] = json!(current.version);
                }
            }
            Sabotage::WholeRecordWins if !is_of(&["allergies", "allergy_list"]) => {
                self.replace_all(user, operation);
            }
            Sabotage::DeviceClockDecides => {
                let current = self.current(user, operation).unwrap_or_default();
                let at = |fields: &Value| fields["updated_at"].as_i64();
                let (ours, theirs) = (at(&current.fields), at(&operation["fields"]));
                if theirs.is_some() && theirs < ours {
                    operation["fields"] = json!({});
                }
            }
            Sabotage::DeletedComesBack if operation["kind"] == "update" => {
                if let Some(tombstone) = self.current(user, operation).filter(|record| record.deleted) {
                    operation["kind"] = json!("create");
                    operation["base_version"] = json!(tombstone.version);
                }
            }
            Sabotage::UnknownFieldsDropped => {
                if let Some(fields) = operation["fields"].as_object_mut() {
                    fields
                        .retain(|name, _| KNOWN_FIELDS.contains(&name.as_str()) || name.starts_with("app."));
                }
            }
            Sabotage::LargeFieldsCut if operation["fields"].to_string().len() > MAX_FIELDS_BYTES => {
                if let Some(fields) = operation["fields"].as_object_mut() {
                    fields.remove("ingredients_text");
                }
            }
            _ => {}
        }
    }

    fn replace_all(&self, user: &str, operation: &mut Value) {
        let Some(current) = self.current(user, operation).filter(|record| !record.deleted) else { return };
        let is_stale = operation["base_version"].as_i64().is_some_and(|base| base < current.version)
            && operation["kind"] == "update"
            && !self.is_known(operation);
        let (Some(old), Some(new)) = (current.fields.as_object(), operation["fields"].as_object_mut()) else {
            return;
        };
        for name in old.keys().filter(|_| is_stale) {
            new.entry(name.as_str()).or_insert(Value::Null);
        }
    }

    fn is_known(&self, operation: &Value) -> bool {
        operation["key"].as_str().is_some_and(|key| lock(&self.answers).contains_key(key))
    }

    pub(super) fn current(&self, user: &str, operation: &Value) -> Option<Record> {
        let is_it = |record: &Record| operation["entity"] == *record.entity && operation["id"] == *record.id;
        self.service.snapshot(user).ok()?.into_iter().find(is_it)
    }

    pub(super) fn forget_in_flight(&self, keys: &[Value]) {
        let mut in_flight = lock(&self.keys_in_flight);
        for key in keys.iter().filter_map(|key| key.as_str()?.parse().ok()) {
            in_flight.remove::<Uuid>(&key);
        }
    }

    /// What another user was answered under one of these keys.
    pub(super) fn answer_of_another(&self, user: &str, keys: &[Value]) -> Option<Value> {
        if self.sabotage != Sabotage::KeysOfAllUsers {
            return None;
        }
        let answers = lock(&self.answers);
        let (owner, answer) = answers.get(keys.first()?.as_str()?)?;
        (owner != user).then(|| answer.clone())
    }
}
