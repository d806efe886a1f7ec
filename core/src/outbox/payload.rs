//! The form of an operation's payload, versioned apart from the tables: no change of the schema can drop an unsent write.
//! Pure. A later form is turned into today's here, when it is read.

use crate::fields::Fields;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::fmt;
use std::ops::Deref;
use std::sync::OnceLock;

/// The form that this build writes. `payload` and `seen_before` are each a JSON object of fields.
pub(crate) const VERSION: i64 = 1;

/// Why a payload cannot be read. The operation is held then: never sent, never dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// A newer build has written it.
    Newer,
    /// It is not of the form that it claims to be.
    Damaged,
}

/// What an operation writes: the text that is sent as it is, and its fields, made of it when they are first needed.
#[derive(Debug, Clone)]
pub(crate) struct Payload {
    text: String,
    fields: OnceLock<Fields>,
}

impl Payload {
    /// A JSON object.
    pub fn text(&self) -> &str {
        &self.text
    }

    pub fn into_fields(self) -> Fields {
        self.fields.into_inner().unwrap_or_else(|| of_readable(&self.text))
    }
}

impl From<Fields> for Payload {
    fn from(fields: Fields) -> Self {
        Self { text: fields.to_json(), fields: fields.into() }
    }
}

impl From<Payload> for Fields {
    fn from(payload: Payload) -> Self {
        payload.into_fields()
    }
}

impl Deref for Payload {
    type Target = Fields;

    fn deref(&self) -> &Fields {
        self.fields.get_or_init(|| of_readable(&self.text))
    }
}

/// The fields of a text that was found to be readable, see [`read`].
fn of_readable(text: &str) -> Fields {
    Fields::from_json(text).unwrap_or_default()
}

impl Default for Payload {
    fn default() -> Self {
        Fields::new().into()
    }
}

impl PartialEq for Payload {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl PartialEq<Fields> for Payload {
    fn eq(&self, other: &Fields) -> bool {
        **self == *other
    }
}

/// A payload that was stored in the form of this version.
pub(crate) fn read(version: i64, text: &str) -> Result<Payload, Unreadable> {
    if version == VERSION && is_plain_object(text) {
        return Ok(Payload { text: text.to_owned(), fields: OnceLock::new() });
    }
    read_fields(version, text).map(Payload::from)
}

/// Whether the text is an object that is read as fields without fail. It is read in the same way, but nothing is kept.
fn is_plain_object(text: &str) -> bool {
    let mut reader = serde_json::Deserializer::from_str(text);
    reader.deserialize_map(Passed).and_then(|()| reader.end()).is_ok()
}

/// A value that is only passed over.
#[derive(Clone, Copy)]
struct Passed;

impl<'de> Visitor<'de> for Passed {
    type Value = ();

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("JSON")
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element_seed(self)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        while object.next_key_seed(Name)?.is_some() {
            object.next_value_seed(self)?;
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Passed {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, value: D) -> Result<(), D::Error> {
        value.deserialize_any(self)
    }
}

/// The name of a member; not one of those by which serde_json tells values of its own.
struct Name;

impl Visitor<'_> for Name {
    type Value = ();

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("a name")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<(), E> {
        if name.starts_with('$') { Err(E::custom("kept for serde_json")) } else { Ok(()) }
    }
}

impl<'de> DeserializeSeed<'de> for Name {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, name: D) -> Result<(), D::Error> {
        name.deserialize_str(self)
    }
}

/// The fields of a payload that was stored in the form of this version.
pub(crate) fn read_fields(version: i64, text: &str) -> Result<Fields, Unreadable> {
    match version {
        VERSION => Fields::from_json(text).map_err(|_| Unreadable::Damaged),
        later if later > VERSION => Err(Unreadable::Newer),
        _ => Err(Unreadable::Damaged),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table() {
        let cases: [(&str, i64, &str, Result<&str, Unreadable>); 8] = [
            ("today's", 1, r#"{"note":"a","gone":null}"#, Ok(r#"{"gone":null,"note":"a"}"#)),
            ("nothing touched", 1, "{}", Ok("{}")),
            ("of a newer build, however familiar", 2, "{}", Err(Unreadable::Newer)),
            ("of a much newer build", i64::MAX, "\u{1}", Err(Unreadable::Newer)),
            ("no build has written this", 0, "{}", Err(Unreadable::Damaged)),
            ("cut off", 1, r#"{"note":"#, Err(Unreadable::Damaged)),
            ("no object", 1, r#"["note"]"#, Err(Unreadable::Damaged)),
            ("nothing", 1, "", Err(Unreadable::Damaged)),
        ];
        for (name, version, text, expected) in cases {
            let read = read(version, text).map(|payload| payload.to_json());
            assert_eq!(read, expected.map(str::to_owned), "{name}");
            let fields = read_fields(version, text).map(|fields| fields.to_json());
            assert_eq!(fields, expected.map(str::to_owned), "{name}");
        }
    }

    #[test]
    fn what_is_not_read_at_once_can_be_read() {
        let deep = |levels: usize| format!(r#"{{"a":{}{}}}"#, "[".repeat(levels), "]".repeat(levels));
        let (readable, too_deep) = (deep(126), deep(127));
        let cases = [
            r#"{"a":[1,-2,3.5,1e3,null,true,{"b":"\u00e9\n"}],"c":{}}"#,
            r#"{"a":1,"a":2}"#,
            " {} ",
            &readable,
            &too_deep,
            r#"{"a":1e999}"#,
            r#"{"a":123456789012345678901234567890}"#,
            r#"{"a":01}"#,
            r#"{"a":"\ud800"}"#,
            "{\"a\":\"\u{1}\"}",
            r#"{"a":1} x"#,
            r#"{"a":1,}"#,
            r#"{"$serde_json::private::RawValue":1}"#,
            r#"{"a":{"$serde_json::private::RawValue":1}}"#,
            r#"{"a":{"$serde_json::private::RawValue":"{}"}}"#,
            r#"[{"a":1}]"#,
            "null",
        ];
        for text in cases {
            let (read, at_once) = (read(VERSION, text), Fields::from_json(text));
            assert_eq!(read.is_ok(), at_once.is_ok(), "{text}");
            if let (Ok(payload), Ok(fields)) = (read, at_once) {
                assert_eq!(*payload, fields, "{text}");
                assert_eq!(Fields::from_json(payload.text()).unwrap(), fields, "what is sent: {text}");
                assert_eq!(payload.into_fields(), fields, "{text}");
            }
        }
        assert!(is_plain_object(cases[0]) && !is_plain_object(cases[14]), "the two ways are both tried");
    }
}
