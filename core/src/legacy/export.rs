//! The text of an export, read record by record: however long it is, one record of it is in memory at a time, beside the
//! text itself. The form: `tests/fixtures/legacy/README.md`.

use crate::collection::Collection;
use crate::error::{ErrorKind, Result};
use serde::Deserializer as _;
use serde::de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;

/// Where a record stands in an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// The one record of its collection.
    Single,
    /// In a list.
    At(usize),
}

/// Looks at the whole text and gives the number of records.
///
/// # Errors
/// [`ErrorKind::LegacyFormat`] when it is no export.
pub(super) fn check(json: &str) -> Result<u64> {
    let mut records = 0;
    let mut take = |_, _, _: &str| {
        records += 1;
        true
    };
    let mut walk = Walk::new(&mut take);
    let read = read(json, &mut walk);
    let (format, version) = (walk.format, walk.version);
    let rule = match (read, format.as_deref(), version) {
        (Ok(()), Some("foodlens-legacy"), Some(1)) => return Ok(records),
        (Ok(()), Some(_), Some(_)) => "format foodlens-legacy, version 1",
        _ => "a JSON object as documented",
    };
    Err(ErrorKind::LegacyFormat { rule }.into())
}

/// Gives every record of a checked text to `take`, until that says `false`.
pub(super) fn each<'a>(json: &'a str, take: &mut dyn FnMut(Collection, Place, &'a str) -> bool) {
    // It was checked: what stops it is `take`.
    let _ = read(json, &mut Walk::new(take));
}

fn read<'a>(json: &'a str, walk: &mut Walk<'_, 'a>) -> serde_json::Result<()> {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    deserializer.deserialize_map(walk)?;
    deserializer.end()
}

struct Walk<'s, 'a> {
    take: &'s mut dyn FnMut(Collection, Place, &'a str) -> bool,
    format: Option<String>,
    version: Option<i64>,
    met: Vec<String>,
}

impl<'s, 'a> Walk<'s, 'a> {
    fn new(take: &'s mut dyn FnMut(Collection, Place, &'a str) -> bool) -> Self {
        Self { take, format: None, version: None, met: Vec::new() }
    }

    fn take<E: serde::de::Error>(&mut self, of: Collection, place: Place, raw: &'a str) -> Result<(), E> {
        if (self.take)(of, place, raw) { Ok(()) } else { Err(E::custom("stopped")) }
    }
}

impl<'a> Visitor<'a> for &mut Walk<'_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a legacy export")
    }

    fn visit_map<M: MapAccess<'a>>(self, mut map: M) -> Result<(), M::Error> {
        while let Some(key) = map.next_key::<String>()? {
            let known = key == "format" || key == "version";
            let collection = Collection::from_name(&key);
            if known || collection.is_some() {
                // Of two parts of one name, one would go unseen.
                if self.met.contains(&key) {
                    return Err(M::Error::custom("twice"));
                }
                self.met.push(key.clone());
            }
            match collection {
                Some(collection) if collection.spec().single => {
                    let raw: &'a RawValue = map.next_value()?;
                    if raw.get() != "null" {
                        self.take(collection, Place::Single, raw.get())?;
                    }
                }
                Some(collection) => map.next_value_seed(List { walk: self, collection })?,
                None if key == "format" => self.format = Some(map.next_value()?),
                None if key == "version" => self.version = Some(map.next_value()?),
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

struct List<'w, 's, 'a> {
    walk: &'w mut Walk<'s, 'a>,
    collection: Collection,
}

impl<'a> DeserializeSeed<'a> for List<'_, '_, 'a> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'a> Visitor<'a> for List<'_, '_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of records")
    }

    fn visit_seq<S: SeqAccess<'a>>(self, mut list: S) -> Result<(), S::Error> {
        let mut index = 0;
        while let Some(raw) = list.next_element::<&'a RawValue>()? {
            self.walk.take(self.collection, Place::At(index), raw.get())?;
            index += 1;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_come_one_by_one_in_the_order_of_the_text_wherever_the_format_stands() {
        let text = r#"{"history": [{"a": 1}, 7], "more": [1], "profile": null, "settings": {"theme": "dark"},
            "version": 1, "format": "foodlens-legacy"}"#;
        assert_eq!(check(text).unwrap(), 3);
        let mut seen = Vec::new();
        each(text, &mut |of, place, raw| {
            seen.push((of, place, raw));
            true
        });
        let expected = [
            (Collection::History, Place::At(0), r#"{"a": 1}"#),
            (Collection::History, Place::At(1), "7"),
            (Collection::Settings, Place::Single, r#"{"theme": "dark"}"#),
        ];
        assert_eq!(seen, expected);
        let mut first = 0;
        each(text, &mut |_, _, _| {
            first += 1;
            false
        });
        assert_eq!(first, 1, "it stops when it is told to");
    }

    #[test]
    fn what_is_no_export_is_refused() {
        for text in [
            "",
            "7",
            r#"{"format":"foodlens-legacy","version":1} and more"#,
            r#"{"format":"foodlens-legacy","version":1.0}"#,
            r#"{"format":"foodlens-legacy","version":1,"history":null}"#,
            r#"{"format":"foodlens-legacy","version":1,"history":[],"history":[]}"#,
            r#"{"format":"foodlens-legacy","version":1,"history":[1,]}"#,
            r#"{"version":1}"#,
        ] {
            assert!(check(text).is_err(), "{text}");
        }
    }
}
