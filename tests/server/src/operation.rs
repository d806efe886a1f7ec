//! From the JSON of one operation to an [`Operation`], or to the reason why it is none.

use ring::digest::{SHA256, digest};
use serde_json::Value;
use uuid::Uuid;

use crate::model::{Entity, Fields, Kind};
use crate::problem::Code;
use crate::record::is_server_id;

/// One write of one device, checked for its shape.
#[derive(Debug, Clone, PartialEq)]
pub struct Operation {
    /// What it is about.
    pub entity: Entity,
    /// Which record.
    pub id: Uuid,
    /// What it does.
    pub kind: Kind,
    /// The version that the device last saw.
    pub base_version: Option<i64>,
    /// The fields that it carries.
    pub fields: Fields,
}

/// An operation with a key, so that its verdict has a name, whatever the verdict will be.
#[derive(Debug, Clone)]
pub(crate) struct Incoming {
    pub key: Uuid,
    /// The server's name of the record, which goes before the id.
    pub server_id: Option<String>,
    /// What the key is compared with.
    pub body: Body,
    /// An operation of a wrong shape is refused with a verdict, not with the whole batch.
    pub operation: Result<Operation, Code>,
}

/// Entity, id, kind, base version and fields in a form in which the order of members is no difference.
#[derive(Debug, Clone)]
pub(crate) struct Body {
    entity: String,
    id: String,
    rest: String,
}

impl Body {
    fn of(value: &Value) -> Self {
        let of_a_single = Entity::ALL
            .iter()
            .any(|entity| entity.is_single() && value.get("entity") == Some(&entity.name().into()));
        let canonical = |name: &str| {
            // A request of its own cannot tell the two apart where there is one record: PUT is both.
            if name == "kind"
                && of_a_single
                && value.get(name).is_some_and(|kind| kind == "create" || kind == "update")
            {
                return "put\n".to_owned();
            }
            let member = value.get(name).unwrap_or(&Value::Null);
            let mut text = String::new();
            match (name, uuid_of(member)) {
                ("id", Some(id)) => text.push_str(&id.to_string()),
                _ => write_canonical(member, &mut text),
            }
            text.push('\n');
            text
        };
        let rest = ["kind", "base_version", "fields"].map(canonical).concat();
        Self { entity: canonical("entity"), id: canonical("id"), rest }
    }

    /// The same of the record that was found: by which of its names it was addressed is no difference.
    pub fn of_record(&self, id: &str) -> Self {
        Self { id: format!("{id}\n"), ..self.clone() }
    }

    pub fn digest(&self) -> [u8; 32] {
        let text = [self.entity.as_str(), &self.id, &self.rest].concat();
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest(&SHA256, text.as_bytes()).as_ref());
        bytes
    }
}

/// None without a key that is a UUID: then no verdict could name the operation. `mints_ids`: whether a `server_id`
/// means anything here.
pub(crate) fn parse(value: &Value, mints_ids: bool) -> Option<Incoming> {
    let key = uuid_of(value.get("key")?)?;
    let server_id = if mints_ids { server_id_of(value) } else { Ok(None) };
    let operation = operation_of(value).filter(has_right_form).ok_or(Code::Invalid);
    let (server_id, operation) = match (server_id, operation) {
        (Ok(server_id), Ok(operation)) if !operation.entity.is_single() => (server_id, Ok(operation)),
        (Ok(_), operation) => (None, operation),
        (Err(code), _) => (None, Err(code)),
    };
    Some(Incoming { key, server_id, body: Body::of(value), operation })
}

/// Null is absent.
fn server_id_of(value: &Value) -> Result<Option<String>, Code> {
    match value.get("server_id") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if is_server_id(text) => Ok(Some(text.clone())),
        Some(_) => Err(Code::Invalid),
    }
}

fn operation_of(value: &Value) -> Option<Operation> {
    let base_version = match value.get("base_version")? {
        Value::Null => None,
        version => Some(version.as_i64()?),
    };
    Some(Operation {
        entity: Entity::from_name(value.get("entity")?.as_str()?)?,
        id: uuid_of(value.get("id")?)?,
        kind: serde_json::from_value(value.get("kind")?.clone()).ok()?,
        base_version,
        fields: value.get("fields")?.as_object()?.clone(),
    })
}

fn has_right_form(operation: &Operation) -> bool {
    operation.entity.is_single() == operation.id.is_nil()
        && operation.base_version.is_none_or(|version| version >= 1)
        && (operation.kind != Kind::Delete || operation.fields.is_empty())
}

/// Only the hyphenated form: the library would also take braces and URNs, which no other reader of the feed expects.
pub(crate) fn uuid_of(value: &Value) -> Option<Uuid> {
    parse_uuid(value.as_str()?)
}

/// See [`uuid_of`].
pub(crate) fn parse_uuid(text: &str) -> Option<Uuid> {
    (text.len() == 36).then(|| Uuid::try_parse(text).ok()).flatten()
}

/// JSON with sorted keys, so that the order of members is no difference.
fn write_canonical(value: &Value, out: &mut String) {
    match value {
        Value::Object(members) => {
            let mut names: Vec<&String> = members.keys().collect();
            names.sort_unstable();
            out.push('{');
            for name in names {
                out.push_str(&Value::from(name.as_str()).to_string());
                out.push(':');
                write_canonical(&members[name], out);
                out.push(',');
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for item in items {
                write_canonical(item, out);
                out.push(',');
            }
            out.push(']');
        }
        plain => out.push_str(&plain.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const KEY: &str = "01890a5d-ac96-774b-bcce-b302099a8057";
    const ID: &str = "01890a5d-ac96-774b-bcce-b302099a8058";

    fn good() -> Value {
        json!({"key": KEY, "entity": "allergies", "id": ID, "kind": "update", "base_version": 3, "age_ms": 5,
               "fields": {"severity": "mild", "notes": "n"}})
    }

    fn with(name: &str, value: Value) -> Value {
        let mut operation = good();
        operation[name] = value;
        operation
    }

    fn without(name: &str) -> Value {
        let mut operation = good();
        operation.as_object_mut().unwrap().remove(name);
        operation
    }

    #[test]
    fn shapes_that_are_refused_with_a_verdict() {
        let cases = [
            ("an entity that nobody knows", with("entity", json!("recipes"))),
            ("an entity that is no text", with("entity", json!(7))),
            ("a kind that nobody knows", with("kind", json!("upsert"))),
            ("an id that is no UUID", with("id", json!("42"))),
            ("an id in braces", with("id", json!(format!("{{{ID}}}")))),
            ("the nil id for an item", with("id", json!(Uuid::nil()))),
            ("an own id for a single record", with("entity", json!("profile"))),
            ("a base version of 0", with("base_version", json!(0))),
            ("a base version that is a fraction", with("base_version", json!(3.0))),
            ("a base version that is text", with("base_version", json!("3"))),
            ("no base version", without("base_version")),
            ("fields that are a list", with("fields", json!([]))),
            ("no fields", without("fields")),
            ("a delete with fields", with("kind", json!("delete"))),
            ("a server id that is a number", with("server_id", json!(7))),
            ("an empty server id", with("server_id", json!(""))),
        ];
        for (case, value) in cases {
            let incoming =
                parse(&value, true).unwrap_or_else(|| panic!("{case}: has a key, so it gets a verdict"));
            assert_eq!(incoming.operation, Err(Code::Invalid), "{case}");
        }
    }

    #[test]
    fn an_operation_without_a_usable_key_is_none() {
        for value in [without("key"), with("key", json!(7)), with("key", json!("k")), json!([]), json!(null)]
        {
            assert!(parse(&value, true).is_none(), "{value}");
        }
    }

    #[test]
    fn what_the_key_is_compared_with() {
        let digest = |value: &Value| parse(value, true).unwrap().body.digest();
        let same = [
            ("the age of the edit", with("age_ms", json!(99_999))),
            ("no age", without("age_ms")),
            ("an age of a wrong type", with("age_ms", json!("soon"))),
            ("a member that is not of the contract", with("trace", json!("x"))),
            ("another name for the record", with("server_id", json!("42"))),
            ("the case of the id's letters", with("id", json!(ID.to_uppercase()))),
        ];
        for (case, value) in same {
            assert_eq!(digest(&value), digest(&good()), "{case} is no other body");
        }
        let other = [
            ("entity", json!("history")),
            ("id", json!(KEY)),
            ("kind", json!("create")),
            ("base_version", json!(4)),
            ("fields", json!({"severity": "mild"})),
        ];
        for (name, value) in other {
            assert_ne!(digest(&with(name, value)), digest(&good()), "another {name} is another body");
        }
        for entity in Entity::ALL {
            let kinds = ["create", "update", "delete"].map(|kind| {
                let mut value = with("kind", json!(kind));
                value["entity"] = json!(entity.name());
                digest(&value)
            });
            assert_eq!(kinds[0] == kinds[1], entity.is_single(), "{entity:?}");
            assert_ne!(kinds[1], kinds[2]);
        }
    }

    #[test]
    fn a_server_id_means_something_only_where_ids_are_minted() {
        let server_id = |value: &Value, mints_ids| parse(value, mints_ids).unwrap().server_id;
        let named = with("server_id", json!("42"));
        assert_eq!((server_id(&named, true), server_id(&named, false)), (Some("42".to_owned()), None));
        assert_eq!(server_id(&with("server_id", json!(null)), true), None);
        assert!(parse(&with("server_id", json!(7)), false).unwrap().operation.is_ok());
        let mut single = with("entity", json!("profile"));
        (single["id"], single["server_id"]) = (json!(Uuid::nil()), json!("42"));
        assert_eq!(server_id(&single, true), None);
    }

    #[test]
    fn a_body_is_that_of_its_record() {
        let other = Body::of(&with("id", json!(KEY))).of_record(ID);
        assert_eq!(other.digest(), Body::of(&good()).digest());
    }

    #[test]
    fn the_order_of_members_is_no_other_body() {
        let one: Value = serde_json::from_str(r#"{"a":[1,{"x":1,"y":2}],"b":"t"}"#).unwrap();
        let two: Value = serde_json::from_str(r#"{"b":"t","a":[1,{"y":2,"x":1}]}"#).unwrap();
        let digest = |fields: Value| Body::of(&json!({"fields": fields})).digest();
        assert_eq!(digest(one), digest(two));
    }
}
