//! Rules of a remote pause: which writes of which apps are to wait.

use serde::{Deserialize, Serialize};

use crate::model::{Entity, Kind};

/// Writes that are to wait. Each member that is absent matches everything, so an empty rule pauses all writes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
// A mistyped member would match everything.
#[serde(deny_unknown_fields)]
pub struct PauseRule {
    /// Only writes of this entity.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub entity: Option<Entity>,
    /// Only writes of this kind.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub kind: Option<Kind>,
    /// Only writes of apps whose version is lower, or not stated.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub app_below: Option<String>,
}

impl PauseRule {
    /// Whether a write has to wait. One of a wrong shape has no entity and no kind.
    pub fn matches(&self, entity: Option<Entity>, kind: Option<Kind>, app_version: Option<&str>) -> bool {
        let is_below = |limit: &String| app_version.is_none_or(|version| is_lower(version, limit));
        self.entity.is_none_or(|named| entity == Some(named))
            && self.kind.is_none_or(|named| kind == Some(named))
            && self.app_below.as_ref().is_none_or(is_below)
    }
}

/// Number by number; missing parts are 0.
fn is_lower(version: &str, limit: &str) -> bool {
    let (mut left, mut right) = (version.split('.'), limit.split('.'));
    loop {
        let (ours, theirs) = (left.next(), right.next());
        if ours.is_none() && theirs.is_none() {
            return false;
        }
        let (ours, theirs) = (ours.map_or(0, number_of), theirs.map_or(0, number_of));
        if ours != theirs {
            return ours < theirs;
        }
    }
}

/// The digits that the part begins with. More than fit are the highest number.
fn number_of(part: &str) -> u64 {
    let digits = part.bytes().take_while(u8::is_ascii_digit);
    digits.fold(0_u64, |number, digit| number.saturating_mul(10).saturating_add(u64::from(digit - b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_number_by_number() {
        let cases = [
            ("2.3.9", "2.4.0", true),
            ("2.4.0", "2.4.0", false),
            ("2.4.1", "2.4.0", false),
            ("2.9", "2.10", true),
            ("2.10", "2.9", false),
            ("2", "2.0.0", false),
            ("2.0.0", "2", false),
            ("2.4", "2.4.0.1", true),
            ("10", "9.9.9", false),
            ("2.4.0-beta", "2.4.0", false),
            ("2.3-beta9", "2.4", true),
            ("v3", "1", true),
            ("", "0.1", true),
            ("nightly", "0", false),
            ("2..1", "2.0.1", false),
            ("007.1", "7.2", true),
            ("1.99999999999999999999", "1.99999999999999999999", false),
            ("1.5", "1.99999999999999999999", true),
        ];
        for (version, limit, expected) in cases {
            assert_eq!(is_lower(version, limit), expected, "{version} below {limit}");
        }
    }

    #[test]
    fn what_a_rule_matches() {
        let rule = |text: &str| serde_json::from_str::<PauseRule>(text).unwrap();
        let (history, create) = (Some(Entity::History), Some(Kind::Create));
        let cases = [
            ("{}", history, create, None, true),
            ("{}", None, None, Some("9"), true),
            (r#"{"entity":null,"kind":null,"app_below":null}"#, history, create, Some("9"), true),
            (r#"{"entity":"history"}"#, history, create, None, true),
            (r#"{"entity":"profile"}"#, history, create, None, false),
            (r#"{"entity":"history"}"#, None, None, None, false),
            (r#"{"kind":"create"}"#, history, create, None, true),
            (r#"{"kind":"delete"}"#, history, create, None, false),
            (r#"{"app_below":"2.4.0"}"#, history, create, Some("2.3"), true),
            (r#"{"app_below":"2.4.0"}"#, history, create, Some("2.4"), false),
            (r#"{"app_below":"0"}"#, history, create, None, true),
            (r#"{"entity":"history","kind":"create","app_below":"2"}"#, history, create, Some("1"), true),
            (r#"{"entity":"history","kind":"update","app_below":"2"}"#, history, create, Some("1"), false),
            (r#"{"entity":"history","kind":"create","app_below":"2"}"#, history, create, Some("2"), false),
        ];
        for (text, entity, kind, version, expected) in cases {
            assert_eq!(rule(text).matches(entity, kind, version), expected, "{text} {version:?}");
        }
        assert!(serde_json::from_str::<PauseRule>(r#"{"app_bellow":"2"}"#).is_err());
    }
}
