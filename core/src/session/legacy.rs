//! First-login import of an app's old data: a documented JSON form (`tests/fixtures/legacy/README.md`), stable ids, one
//! report a record. Repeatable: what was taken over once is not taken again, also when it was deleted since.

use super::{Session, UnreadableRecord, UnreadableSource, unreadable};
use crate::allergies::say_listed;
use crate::collection::{Collection, Readability, Spec};
use crate::error::{Error, ErrorKind, Result};
use crate::fields::Fields;
use crate::ids::RecordId;
use crate::records::{self, Edit, Writer};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::HashSet;
use uuid::Uuid;

/// Namespace of the ids made from legacy ids: UUIDv5 (RFC 9562) of the text `dev.foodlens.legacy` under the URL one.
const NAMESPACE: Uuid = Uuid::from_u128(0x4d1c_0f1e_6a0b_5f0e_9a55_2f6b_8d1b_7c31);
/// Records written in one transaction: short enough for a reader to hardly wait.
const CHUNK: usize = 200;

/// What became of one legacy record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LegacyResult {
    /// Stored, and queued for the server.
    Imported,
    /// Stored and queued, though this field holds a value that this build does not know: it is kept as it is and shown
    /// as unrecognised. An allergy of unknown severity is an allergy.
    Unrecognised {
        /// The field.
        field: String,
    },
    /// Was taken over before, or this device knows the record already: left as it is.
    AlreadyThere,
    /// Cannot be read: kept raw, see [`Session::unreadable`].
    Unreadable {
        /// The field, or a code.
        reason: String,
    },
}

/// One line of the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegacyRecord {
    /// The collection.
    pub collection: Collection,
    /// The record's id in the old data; the collection's name for a single record, `#n` for one without an id.
    pub legacy_id: String,
    /// What became of it.
    pub result: LegacyResult,
}

/// What an import did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LegacyReport {
    /// One line a record, in the order of the export.
    pub records: Vec<LegacyRecord>,
    /// How many were stored, the unrecognised ones included.
    pub imported: u64,
    /// How many were there already.
    pub already_there: u64,
    /// How many cannot be read.
    pub unreadable: u64,
}

/// The export. The parts are read one by one, so that a strange record spoils no other.
#[derive(Deserialize)]
struct Export {
    format: String,
    version: i64,
    profile: Option<Value>,
    settings: Option<Value>,
    allergy_list: Option<Value>,
    #[serde(default)]
    allergies: Vec<Value>,
    #[serde(default)]
    history: Vec<Value>,
}

struct Item {
    collection: Collection,
    legacy_id: String,
    raw: Value,
    /// The id and the fields, or why there are none.
    parsed: std::result::Result<(RecordId, Parsed), String>,
}

struct Parsed {
    fields: Fields,
    unrecognised: Option<&'static str>,
}

impl Session {
    /// Takes over an app's old data. Every readable record is stored and queued; the others are kept raw and reported.
    /// Stored in steps of 200 records: after a kill, the same call again finishes the rest.
    ///
    /// # Errors
    /// [`ErrorKind::LegacyFormat`] when the text as a whole is not such an export (nothing is imported); storage
    /// errors (what was stored by then stays, the same call again goes on).
    pub fn import_legacy(&self, json: &str) -> Result<LegacyReport> {
        let items = self.read_export(json)?;
        let mut report = LegacyReport::default();
        for chunk in items.chunks(CHUNK) {
            let results = self.edit(|writer| {
                chunk.iter().map(|item| take_over(writer, item)).collect::<Result<Vec<_>>>()
            })?;
            for (item, result) in chunk.iter().zip(results) {
                match &result {
                    LegacyResult::Imported | LegacyResult::Unrecognised { .. } => report.imported += 1,
                    LegacyResult::AlreadyThere => report.already_there += 1,
                    LegacyResult::Unreadable { .. } => report.unreadable += 1,
                }
                let (collection, legacy_id) = (item.collection, item.legacy_id.clone());
                report.records.push(LegacyRecord { collection, legacy_id, result });
            }
        }
        Ok(report)
    }

    fn read_export(&self, json: &str) -> Result<Vec<Item>> {
        let refused = |rule| Error::from(ErrorKind::LegacyFormat { rule });
        let export: Export =
            serde_json::from_str(json).map_err(|_| refused("a JSON object as documented"))?;
        if export.format != "foodlens-legacy" || export.version != 1 {
            return Err(refused("format foodlens-legacy, version 1"));
        }
        let mut items = Vec::new();
        let singles = [
            (Collection::AllergyList, export.allergy_list),
            (Collection::Profile, export.profile),
            (Collection::Settings, export.settings),
        ];
        for (collection, raw) in singles {
            if let Some(raw) = raw.filter(|raw| !raw.is_null()) {
                let parsed =
                    object(&raw).and_then(|map| readable(collection, map)).map(|f| (RecordId::SINGLE, f));
                items.push(Item { collection, legacy_id: collection.name().to_owned(), raw, parsed });
            }
        }
        for (collection, list) in
            [(Collection::Allergies, export.allergies), (Collection::History, export.history)]
        {
            let mut seen = HashSet::new();
            for (index, raw) in list.into_iter().enumerate() {
                items.push(self.read_item(collection, index, raw, &mut seen));
            }
        }
        Ok(items)
    }

    fn read_item(
        &self,
        collection: Collection,
        index: usize,
        raw: Value,
        seen: &mut HashSet<String>,
    ) -> Item {
        let legacy_id = raw.get("legacy_id").and_then(Value::as_str).map(str::to_owned);
        let parsed = object(&raw).and_then(|mut map| {
            map.remove("legacy_id");
            let id = legacy_id.as_deref().filter(|id| !id.trim().is_empty()).ok_or("legacy_id")?;
            if !seen.insert(id.to_owned()) {
                return Err("duplicate_legacy_id".to_owned());
            }
            Ok((self.stable_id(collection, id), readable(collection, map)?))
        });
        // A duplicate must not be kept under the id of the good one.
        let duplicate = matches!(&parsed, Err(reason) if reason == "duplicate_legacy_id");
        let legacy_id = match legacy_id {
            Some(id) if !duplicate => id,
            Some(id) => format!("{id}#{index}"),
            None => format!("#{index}"),
        };
        Item { collection, legacy_id, raw, parsed }
    }

    /// The same legacy record gets the same id on every device of the same user, so that an import on two phones makes
    /// no doubles.
    fn stable_id(&self, collection: Collection, legacy_id: &str) -> RecordId {
        let user = Uuid::new_v5(&NAMESPACE, self.inner.user.as_str().as_bytes());
        Uuid::new_v5(&user, format!("{}/{legacy_id}", collection.name()).as_bytes()).into()
    }
}

fn object(raw: &Value) -> std::result::Result<Map<String, Value>, String> {
    raw.as_object().cloned().ok_or_else(|| "not_an_object".to_owned())
}

/// The fields, if the record would also be accepted from a form: an import must not let in what the API refuses.
fn readable(collection: Collection, map: Map<String, Value>) -> std::result::Result<Parsed, String> {
    let fields = Fields::from(map).without_nulls();
    let spec = collection.spec();
    let unrecognised = match (spec.read)(&fields) {
        Readability::Unreadable(field) => return Err(field.to_owned()),
        Readability::Unrecognised(field) => Some(field),
        Readability::Clear => None,
    };
    (spec.check)(&fields).and_then(|()| fields.check_size()).map_err(|error| match error.kind() {
        ErrorKind::Invalid { field, .. } => field.clone(),
        _ => "invalid".to_owned(),
    })?;
    Ok(Parsed { fields, unrecognised })
}

fn take_over(writer: &mut Writer<'_>, item: &Item) -> Result<LegacyResult> {
    let (id, Parsed { fields, unrecognised }) = match &item.parsed {
        Ok(parsed) => parsed,
        Err(reason) => {
            let record = UnreadableRecord {
                source: UnreadableSource::Legacy,
                entity: item.collection.name().to_owned(),
                record: item.legacy_id.clone(),
                reason: reason.clone(),
                raw: item.raw.to_string(),
            };
            unreadable::keep(writer.tx, &record, writer.now)?;
            return Ok(LegacyResult::Unreadable { reason: reason.clone() });
        }
    };
    let spec = item.collection.spec();
    if spec.single {
        return take_over_single(writer, spec, fields);
    }
    if !unreadable::mark_imported(writer.tx, *id)? || records::get(writer.tx, spec, *id)?.is_some() {
        return Ok(LegacyResult::AlreadyThere);
    }
    writer.edit(spec, *id, Edit::Create(fields.clone()))?;
    if item.collection == Collection::Allergies {
        say_listed(writer)?;
    }
    Ok(unrecognised
        .map_or(LegacyResult::Imported, |field| LegacyResult::Unrecognised { field: field.to_owned() }))
}

/// Of a single record, only what this device does not know yet is taken: what a person set here since is newer.
fn take_over_single(writer: &mut Writer<'_>, spec: &Spec, fields: &Fields) -> Result<LegacyResult> {
    let row = records::single(writer.tx, spec)?;
    let known = row.map(|row| row.body).unwrap_or_default();
    let mut patch = Fields::new();
    for (name, value) in fields.iter().filter(|(name, _)| !known.contains(name)) {
        patch.set(name, value.clone());
    }
    if patch.is_empty() {
        return Ok(LegacyResult::AlreadyThere);
    }
    writer.put_single(spec, known.touched_by(&patch), patch)?;
    Ok(LegacyResult::Imported)
}
