//! Checks of what a caller hands in, and of what a server sent, field by field.

use crate::collection::Readability;
use crate::error::{Error, Result, Rule};
use crate::fields::Fields;
use crate::skeleton::skeleton;
use serde_json::Value;

/// Refuses NUL (SQLite and C cut text there) and text over `limit` Unicode scalar values.
pub(crate) fn check(field: &str, text: &str, limit: u64) -> Result<()> {
    if text.contains('\0') {
        return Err(Error::invalid(field, Rule::Nul));
    }
    if text.chars().count() as u64 > limit {
        return Err(Error::invalid(field, Rule::TooLong { limit }));
    }
    Ok(())
}

/// As [`check`], and refuses what is blank: also what only looks so (zero-width characters).
pub(crate) fn check_present(field: &str, text: &str, limit: u64) -> Result<()> {
    if skeleton(text).is_empty() {
        return Err(Error::invalid(field, Rule::Blank));
    }
    check(field, text, limit)
}

/// As [`check`] for a value that may be missing.
pub(crate) fn check_optional(field: &str, text: Option<&str>, limit: u64) -> Result<()> {
    text.map_or(Ok(()), |text| check(field, text, limit))
}

/// A list of present texts.
pub(crate) fn check_list(field: &str, list: &[String], entries: u64, limit: u64) -> Result<()> {
    if list.len() as u64 > entries {
        return Err(Error::invalid(field, Rule::TooMany { limit: entries }));
    }
    list.iter().try_for_each(|text| check_present(field, text, limit))
}

/// A calendar date `YYYY-MM-DD` (ISO 8601, Gregorian).
pub(crate) fn check_date(field: &str, date: Option<&str>) -> Result<()> {
    match date {
        Some(date) if !is_date(date) => {
            Err(Error::invalid(field, Rule::Form { expected: "a date YYYY-MM-DD" }))
        }
        _ => Ok(()),
    }
}

fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    let digits = |range: std::ops::Range<usize>| {
        let part = text.get(range)?;
        if part.bytes().all(|b| b.is_ascii_digit()) { part.parse::<u32>().ok() } else { None }
    };
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return false;
    }
    let (Some(year), Some(month), Some(day)) = (digits(0..4), digits(5..7), digits(8..10)) else {
        return false;
    };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return false,
    };
    (1..=days).contains(&day)
}

/// What a field is on the wire.
pub(crate) enum Shape {
    Text,
    Integer,
    Bool,
    TextList,
    /// One of these; another is kept and reported.
    Code(&'static [&'static str]),
    /// `{"code": …}` of these, or `{"text": …}`.
    Allergen(&'static [&'static str]),
}

/// How well a record from a server (or a legacy export) fits its shape. Missing fields are fine.
pub(crate) fn readability(fields: &Fields, shapes: &'static [(&'static str, Shape)]) -> Readability {
    let mut unrecognised = None;
    for (name, shape) in shapes {
        let value = fields.get(name);
        match fit(value, shape) {
            Fit::Good => {}
            Fit::UnknownCode => unrecognised = unrecognised.or(Some(*name)),
            Fit::WrongType => return Readability::Unreadable(name),
        }
    }
    unrecognised.map_or(Readability::Clear, Readability::Unrecognised)
}

enum Fit {
    Good,
    UnknownCode,
    WrongType,
}

fn fit(value: &Value, shape: &Shape) -> Fit {
    let good = |fits: bool| if fits { Fit::Good } else { Fit::WrongType };
    let code = |known: &[&str], code: &str| if known.contains(&code) { Fit::Good } else { Fit::UnknownCode };
    match (shape, value) {
        (_, Value::Null) => Fit::Good,
        (Shape::Text, value) => good(value.is_string()),
        (Shape::Integer, value) => good(value.is_i64()),
        (Shape::Bool, value) => good(value.is_boolean()),
        (Shape::TextList, Value::Array(list)) => good(list.iter().all(Value::is_string)),
        (Shape::Code(known), Value::String(text)) => code(known, text),
        (Shape::Allergen(known), Value::Object(object)) => match (object.get("code"), object.get("text")) {
            (Some(Value::String(text)), None) => code(known, text),
            (None, Some(Value::String(text))) => good(!text.trim().is_empty()),
            _ => Fit::WrongType,
        },
        _ => Fit::WrongType,
    }
}

/// The text of a field, if it is one.
pub(crate) fn text(fields: &Fields, name: &str) -> Option<String> {
    fields.get(name).as_str().map(str::to_owned)
}

/// The texts of a list.
pub(crate) fn texts(fields: &Fields, name: &str) -> Vec<String> {
    let list = fields.get(name).as_array().map(Vec::as_slice).unwrap_or_default();
    list.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// An empty list is a missing one: it says nothing, and clearing it is a change all the same.
pub(crate) fn list_value(list: &[String]) -> Value {
    if list.is_empty() { Value::Null } else { Value::from(list) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn dates() {
        for good in ["2024-02-29", "2000-02-29", "1999-12-31"] {
            assert!(check_date("d", Some(good)).is_ok(), "{good}");
        }
        for bad in [
            "2023-02-29",
            "1900-02-29",
            "2024-13-01",
            "2024-00-10",
            "24-01-01",
            "2024-1-01",
            "",
            "2024-01-0x",
            "+024-01-01",
            "２０２４-01-01",
        ] {
            assert!(check_date("d", Some(bad)).is_err(), "{bad}");
        }
    }

    #[test]
    fn rules_name_the_field() {
        let kind = |result: Result<()>| result.unwrap_err().kind().clone();
        let invalid = |rule| ErrorKind::Invalid { field: "notes".into(), rule };
        assert_eq!(kind(check("notes", "a\0b", 10)), invalid(Rule::Nul));
        assert_eq!(kind(check("notes", "ééé", 2)), invalid(Rule::TooLong { limit: 2 }));
        assert_eq!(kind(check_present("notes", " \t", 2)), invalid(Rule::Blank));
        assert!(check("notes", "éé", 2).is_ok(), "characters are counted, not bytes");
    }
}
