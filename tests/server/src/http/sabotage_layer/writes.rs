//! What is done to operations on their way in.

use serde_json::{Value, json};
use uuid::Uuid;

use super::answers::text;
use super::{Inner, lock};
use crate::decide::MAX_FIELDS_BYTES;
use crate::record::Record;
use crate::sabotage::Sabotage;
use crate::service::MAX_OPERATIONS;

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
            _ => self.twist_more(user, operation),
        }
    }

    fn twist_more(&self, user: &str, operation: &mut Value) {
        let kind = text(&operation["kind"]);
        let base = operation["base_version"].as_i64();
        let is_manual = text(&operation["entity"]).starts_with("allerg");
        let is_single = ["profile", "settings"].contains(&text(&operation["entity"]).as_str());
        let current = || self.current(user, operation);
        let live = || current().filter(|record| !record.deleted);
        match self.sabotage {
            Sabotage::BaseOfNothingTaken if kind == "update" && is_manual && current().is_none() => {
                operation["base_version"] = Value::Null;
            }
            Sabotage::FirstWriterWins if kind == "update" && !is_manual && !self.is_known(operation) => {
                let newer = live().filter(|record| base.is_some_and(|base| base < record.version));
                if let (Some(newer), Some(fields)) = (newer, operation["fields"].as_object_mut()) {
                    fields.retain(|name, _| newer.fields.get(name).is_none());
                }
            }
            Sabotage::NullsIgnored => {
                if let Some(fields) = operation["fields"].as_object_mut() {
                    fields.retain(|_, value| !value.is_null());
                }
            }
            Sabotage::PutReplaces
                if (kind == "create" || is_single) && !is_manual && !self.is_known(operation) =>
            {
                let old = live();
                let fields = old.as_ref().and_then(|record| record.fields.as_object());
                for name in fields.into_iter().flat_map(|fields| fields.keys()) {
                    if operation["fields"].get(name).is_none() {
                        operation["fields"][name] = Value::Null;
                    }
                }
            }
            Sabotage::GoneForEver if kind == "create" && base.is_some() => {
                operation["base_version"] = json!(base.map_or(1, |base| base - 1).max(1));
            }
            Sabotage::TextTrimmed => {
                for value in
                    operation["fields"].as_object_mut().into_iter().flat_map(|fields| fields.values_mut())
                {
                    if let Some(trimmed) = value.as_str().map(|text| text.trim().to_owned()) {
                        *value = json!(trimmed);
                    }
                }
            }
            Sabotage::HalfTheLimit if operation["fields"].to_string().len() > MAX_FIELDS_BYTES / 2 => {
                operation["fields"]["x_more"] = json!("x".repeat(MAX_FIELDS_BYTES));
            }
            Sabotage::ServerIdMakesRecord if operation["server_id"].is_string() && current().is_none() => {
                operation["server_id"] = Value::Null;
                operation["base_version"] = Value::Null;
                operation["kind"] = json!("create");
            }
            _ => {}
        }
    }

    /// What is done to a batch as a whole.
    pub(super) fn twist_batch(&self, user: &str, batch: &mut Value) {
        match self.sabotage {
            Sabotage::BatchOfAnybody => batch["user"] = json!(user),
            Sabotage::BatchCut => {
                if let Some(operations) = batch["operations"].as_array_mut() {
                    operations.truncate(MAX_OPERATIONS);
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
