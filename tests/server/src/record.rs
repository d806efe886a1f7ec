//! A record, how it travels, and the id that devices derive where it has none.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::Value;
use uuid::{Uuid, uuid};

use crate::model::Entity;

/// The namespace of the ids that devices derive from server ids.
const SERVER_IDS: Uuid = uuid!("6f1d3c1e-6d0a-5a53-9a0e-1f8f1b1c2d3e");

/// The most characters of a server id.
const MAX_SERVER_ID: usize = 200;

/// A record as the server holds it. `entity`, `id` and `fields` are as loose as on the wire, since
/// [`crate::RawRecord`]s of tests pass through here too.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Record {
    /// The name of an [`crate::Entity`].
    pub entity: String,
    /// A UUID; the nil UUID for single records. Where the wire has null, the one that devices derive.
    pub id: String,
    /// The server's own name of it; None for single records, and in the answers of a backend that mints none.
    pub server_id: Option<String>,
    /// Made elsewhere, and no device has written to it since: its `id` is null on the wire.
    pub is_nameless: bool,
    /// The user's sequence number of the write that last changed it.
    pub version: i64,
    /// True for a tombstone.
    pub deleted: bool,
    /// An object; `{}` for a tombstone.
    pub fields: Value,
    /// The server's clock at that write, in ms since 1970.
    pub received_at: i64,
}

impl Record {
    /// As an answer shows it: only a backend that mints ids tells of them.
    pub(crate) fn shown(self, mint_ids: bool) -> Self {
        if mint_ids { self } else { Self { server_id: None, is_nameless: false, ..self } }
    }
}

/// The id that every device derives for a record that has none.
pub fn derived_id(entity: &str, server_id: &str) -> Uuid {
    Uuid::new_v5(&SERVER_IDS, format!("{entity}:{server_id}").as_bytes())
}

/// The name of a record that begins with this version, which no other record of the user ever has. The slash is there
/// so that a client that does not encode it in a path meets its mistake at once.
pub(crate) fn mint_server_id(entity: &str, version: i64) -> Option<String> {
    let is_single = Entity::from_name(entity).is_some_and(Entity::is_single);
    (!is_single).then(|| format!("records/{version}"))
}

/// Whether a text can be a server id at all.
pub(crate) fn is_server_id(text: &str) -> bool {
    (1..=MAX_SERVER_ID).contains(&text.chars().count())
}

#[derive(Serialize, Deserialize)]
struct Wire<'a> {
    entity: Cow<'a, str>,
    id: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    server_id: Option<Cow<'a, str>>,
    version: i64,
    deleted: bool,
    fields: Cow<'a, Value>,
    received_at: i64,
}

impl Serialize for Record {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let wire = Wire {
            entity: Cow::Borrowed(&self.entity),
            id: (!self.is_nameless).then_some(Cow::Borrowed(&self.id)),
            server_id: self.server_id.as_deref().map(Cow::Borrowed),
            version: self.version,
            deleted: self.deleted,
            fields: Cow::Borrowed(&self.fields),
            received_at: self.received_at,
        };
        wire.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Record {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Wire { entity, id, server_id, version, deleted, fields, received_at } =
            Wire::deserialize(deserializer)?;
        let is_nameless = id.is_none();
        let id = match (id, &server_id) {
            (Some(id), _) => id.into_owned(),
            (None, Some(server_id)) => derived_id(&entity, server_id).to_string(),
            (None, None) => return Err(de::Error::missing_field("server_id")),
        };
        let (entity, fields) = (entity.into_owned(), fields.into_owned());
        let server_id = server_id.map(Cow::into_owned);
        Ok(Self { entity, id, server_id, is_nameless, version, deleted, fields, received_at })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn on_the_wire(id: Value, server_id: Option<&str>) -> Value {
        let mut wire = json!({"entity": "history", "id": id, "version": 3, "deleted": false,
                              "fields": {"note": "n"}, "received_at": 9});
        if let Some(server_id) = server_id {
            wire["server_id"] = json!(server_id);
        }
        wire
    }

    #[test]
    fn it_comes_back_from_the_wire_as_it_went() {
        let cases = [
            ("made on a device", on_the_wire(json!("a"), None)),
            ("made on a device, at a backend that mints", on_the_wire(json!("a"), Some("42"))),
            ("made elsewhere", on_the_wire(json!(null), Some("42"))),
        ];
        for (case, wire) in cases {
            let record: Record = serde_json::from_value(wire.clone()).unwrap();
            assert_eq!(json!(record), wire, "{case}");
        }
        assert!(serde_json::from_value::<Record>(on_the_wire(json!(null), None)).is_err(), "of no name");
    }

    #[test]
    fn where_nothing_is_minted_the_derived_id_stands_for_itself() {
        let record: Record = serde_json::from_value(on_the_wire(json!(null), Some("42"))).unwrap();
        let id = derived_id("history", "42");
        assert_eq!(json!(record.clone().shown(true)), on_the_wire(json!(null), Some("42")));
        assert_eq!(json!(record.shown(false)), on_the_wire(json!(id), None));
    }

    #[test]
    fn what_can_be_a_server_id() {
        for good in ["7", "a b", "a/b?c#d%", "ü", &"ü".repeat(200)] {
            assert!(is_server_id(good), "{good}");
        }
        for bad in ["", &"x".repeat(201)] {
            assert!(!is_server_id(bad), "{bad}");
        }
    }
}
