//! The form of an operation's payload, versioned apart from the tables: no change of the schema can drop an unsent write.
//! Pure. A later form is turned into today's here, when it is read.

use crate::fields::Fields;

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

/// The fields of a payload that was stored in the form of this version.
pub(crate) fn read(version: i64, text: &str) -> Result<Fields, Unreadable> {
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
            let read = read(version, text).map(|fields| fields.to_json());
            assert_eq!(read, expected.map(str::to_owned), "{name}");
        }
    }
}
