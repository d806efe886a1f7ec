//! One old record, read: its stable id and its fields, or why it cannot be read.

use super::seen::Seen;
use crate::collection::{Collection, Readability};
use crate::error::{self, ErrorKind};
use crate::fields::Fields;
use crate::ids::{RecordId, UserId};
use serde_json::{Map, Value};
use std::path::Path;
use uuid::Uuid;

/// Namespace of the ids made from legacy ids: UUIDv5 (RFC 9562) of the text `dev.foodlens.legacy` under the URL one.
const NAMESPACE: Uuid = Uuid::from_u128(0x4d1c_0f1e_6a0b_5f0e_9a55_2f6b_8d1b_7c31);

/// A record that was handed in.
pub(super) struct Item {
    pub collection: Collection,
    pub legacy_id: String,
    /// Its own, also where the collection holds one record; the same on every device of the same user.
    pub stable_id: RecordId,
    pub raw: String,
    pub read: Result<Readable, String>,
}

/// What can be read of it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Readable {
    pub fields: Fields,
    /// A field whose value this build does not know.
    pub unrecognised: Option<String>,
}

/// When a record is taken over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    First,
    Middle,
    /// After every allergy: what is said of the list as a whole is believed only where none speaks against it.
    Last,
}

impl Item {
    pub fn turn(&self) -> Turn {
        match &self.read {
            Ok(read) if self.collection == Collection::AllergyList => {
                if read.fields.get("state") == "listed" { Turn::First } else { Turn::Last }
            }
            _ => Turn::Middle,
        }
    }
}

/// Whose data are read, and what was seen of them so far.
pub(super) struct Reader<'a> {
    user: &'a UserId,
    seen: Seen,
}

impl<'a> Reader<'a> {
    /// For so many records at most; what must be kept of many is kept in `folder`.
    ///
    /// # Errors
    /// Storage errors.
    pub fn new(user: &'a UserId, most: u64, folder: &Path) -> error::Result<Self> {
        Ok(Self { user, seen: Seen::of(most, folder)? })
    }

    /// The single record of a collection, as it stands in an export.
    pub fn single(&self, collection: Collection, raw: &str) -> Item {
        self.item(collection, collection.name().to_owned(), raw, map_of(raw))
    }

    /// A record of a list, as it stands in an export at this place.
    ///
    /// # Errors
    /// Storage errors.
    pub fn listed(&mut self, collection: Collection, index: usize, raw: &str) -> error::Result<Item> {
        let map = map_of(raw);
        let id = map.as_ref().ok().and_then(|map| map.get("legacy_id")).and_then(Value::as_str);
        let id = id.filter(|id| !id.trim().is_empty()).map(str::to_owned);
        let Some(id) = id else {
            let why = map.map_or_else(|why| why, |_| "legacy_id".to_owned());
            return Ok(self.nameless(collection, format!("#{index}"), raw, &why));
        };
        Ok(if self.seen.insert(stable_id(self.user, collection.name(), &id))? {
            self.item(collection, id, raw, map)
        } else {
            self.nameless(collection, format!("{id}#{index}"), raw, "duplicate_legacy_id")
        })
    }

    /// Not under an id that a good record has, or may have.
    fn nameless(&self, collection: Collection, legacy_id: String, raw: &str, why: &str) -> Item {
        let kind = format!("nameless/{}", collection.name());
        let stable_id = stable_id(self.user, &kind, &legacy_id);
        Item { collection, legacy_id, stable_id, raw: raw.to_owned(), read: Err(why.to_owned()) }
    }

    fn item(
        &self,
        collection: Collection,
        legacy_id: String,
        raw: &str,
        map: Result<Map<String, Value>, String>,
    ) -> Item {
        let stable_id = stable_id(self.user, collection.name(), &legacy_id);
        let read = map.and_then(|map| readable(collection, fields_of(collection, map)));
        Item { collection, legacy_id, stable_id, raw: raw.to_owned(), read }
    }
}

/// A record of another user of this device, who is becoming `user`. An id of its own: the other's might be taken over
/// into a second account as well, and no two accounts may have one id at a backend.
pub(super) fn adopted(user: &UserId, collection: Collection, id: RecordId, fields: &Fields) -> Item {
    let legacy_id = if collection.spec().single { collection.name().to_owned() } else { id.to_string() };
    let stable_id = stable_id(user, &format!("adopted/{}", collection.name()), &legacy_id);
    let read = readable(collection, fields.clone());
    Item { collection, legacy_id, stable_id, raw: fields.to_json(), read }
}

/// What the other user's device could not read either.
pub(super) fn adopted_unread(user: &UserId, collection: Collection, id: &str, raw: &str, why: &str) -> Item {
    let legacy_id = format!("adopted:{id}");
    let stable_id = stable_id(user, &format!("adopted/{}", collection.name()), &legacy_id);
    Item { collection, legacy_id, stable_id, raw: raw.to_owned(), read: Err(why.to_owned()) }
}

/// The fields of a record that was read before.
pub(super) fn stored_fields(collection: Collection, raw: &str) -> crate::Result<Fields> {
    map_of(raw).map(|map| fields_of(collection, map)).map_err(|_| ErrorKind::Unreadable.into())
}

fn stable_id(user: &UserId, kind: &str, legacy_id: &str) -> RecordId {
    let user = Uuid::new_v5(&NAMESPACE, user.as_str().as_bytes());
    Uuid::new_v5(&user, format!("{kind}/{legacy_id}").as_bytes()).into()
}

fn map_of(raw: &str) -> Result<Map<String, Value>, String> {
    match serde_json::from_str(raw) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(_) => Err("not_an_object".to_owned()),
        Err(_) => Err("not_json".to_owned()),
    }
}

fn fields_of(collection: Collection, mut map: Map<String, Value>) -> Fields {
    if !collection.spec().single {
        map.remove("legacy_id");
    }
    Fields::from(map).without_nulls()
}

/// The fields, if the record would also be accepted from a form: an import must not let in what the API refuses.
fn readable(collection: Collection, fields: Fields) -> Result<Readable, String> {
    let spec = collection.spec();
    let unrecognised = match (spec.read)(&fields) {
        Readability::Unreadable(field) => return Err(field.to_owned()),
        Readability::Unrecognised(field) => Some(field.to_owned()),
        Readability::Clear => None,
    };
    (spec.check)(&fields).and_then(|()| fields.check_size()).map_err(|error| match error.kind() {
        ErrorKind::Invalid { field, .. } => field.clone(),
        _ => "invalid".to_owned(),
    })?;
    Ok(Readable { fields, unrecognised })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn ids_are_the_user_s_the_collection_s_and_the_record_s() {
        let [ana, ben] = ["ana", "ben"].map(|name| UserId::new(name).unwrap());
        let ids = [
            stable_id(&ana, "allergies", "a-1"),
            stable_id(&ana, "history", "a-1"),
            stable_id(&ana, "allergies", "a-2"),
            stable_id(&ben, "allergies", "a-1"),
            stable_id(&ana, "adopted/allergies", "a-1"),
        ];
        assert_eq!(HashSet::from(ids).len(), ids.len());
        // Stored on devices in the field: it must never change.
        assert_eq!(ids[0].to_string(), "9e39e520-fa72-5ed9-bd9a-ee7b098a2f31");
    }

    #[test]
    fn what_cannot_be_read_says_why_and_takes_no_other_s_name() {
        let user = UserId::new("ana").unwrap();
        let mut reader = Reader::new(&user, 9, Path::new("")).unwrap();
        let good = r#"{"legacy_id":"a","allergen":{"code":"milk"}}"#;
        let deep = format!(r#"{{"legacy_id":"d","x":{}1{}}}"#, "[".repeat(200), "]".repeat(200));
        let mut read = |index, raw: &str| {
            let item = reader.listed(Collection::Allergies, index, raw).unwrap();
            (item.legacy_id, item.read.err().unwrap_or_default())
        };
        for (index, (raw, name, why)) in [
            (good, "a", ""),
            (good, "a#1", "duplicate_legacy_id"),
            (r#"{"allergen":{"code":"milk"}}"#, "#2", "legacy_id"),
            (r#"{"legacy_id":7}"#, "#3", "legacy_id"),
            (r#"{"legacy_id":" "}"#, "#4", "legacy_id"),
            ("7", "#5", "not_an_object"),
            (r#"{"legacy_id":"b"}"#, "b", "allergen"),
            (deep.as_str(), "#7", "not_json"),
            (r#""\ud800""#, "#8", "not_json"),
        ]
        .into_iter()
        .enumerate()
        {
            assert_eq!(read(index, raw), (name.to_owned(), why.to_owned()), "{raw}");
        }
    }
}
