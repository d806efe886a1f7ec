//! What a backend says it can do, and what it wants held back (`GET /v1/me/capabilities`). Pure.

use crate::collection::Collection;
use crate::outbox::Kind;
use serde_json::Value;

/// How writes go up, as far as the backend has said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Upload {
    /// It has not said: try the batch.
    Unsaid,
    /// One request a write.
    Single,
    /// Many in one request, at most so many, with at most so many bytes.
    Batch { operations: usize, bytes: usize },
}

/// Writes that the backend wants held back; what is `None` matches every one.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Pause {
    entity: Option<String>,
    kind: Option<String>,
}

/// A backend's capabilities, as far as this build understands them. Every member is optional: a backend with nothing but
/// plain endpoints has none of this, and one strange member spoils no other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Capabilities {
    pub upload: Upload,
    /// Most changes on a page of the feed.
    pub page: u32,
    /// Request bodies may be gzip.
    pub gzip: bool,
    /// Most records on a page of the history, newest first, where the backend has that (and can tell where its feed
    /// stands).
    pub newest_first: Option<u32>,
    /// Records have an id of the backend's own: later writes name it.
    pub mints_ids: bool,
    /// When this differs from what was seen last, parked operations go again.
    pub retry_parked: Option<String>,
    pauses: Vec<Pause>,
}

/// Limits of our own: of operations and bytes in a request, and of changes and records on a page.
const OPERATIONS: u64 = 100;
const BYTES: u64 = 512 * 1024;
const PAGE: u64 = 1_000;
const HISTORY_PAGE: u64 = 500;

impl Capabilities {
    /// Reads them; text that is no JSON object reads as a backend that has said nothing. `app_version`: this app's.
    pub fn read(text: Option<&str>, app_version: Option<&str>) -> Self {
        let said: Value = text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        let number = |value: &Value, most: u64| value.as_u64().map_or(most, |number| number.clamp(1, most));
        let upload = match said.get("batch") {
            None => Upload::Unsaid,
            Some(Value::Null) => Upload::Single,
            Some(batch) => Upload::Batch {
                operations: as_size(number(&batch["max_operations"], OPERATIONS)),
                // A body is more than its payloads, and the limit is the body's.
                bytes: as_size(number(&batch["max_bytes"], 2 * BYTES) / 2),
            },
        };
        let page = |value: &Value, most| u32::try_from(number(value, most)).unwrap_or(1);
        let newest_first = (said["changes"]["latest"] == true && said["history"].is_object())
            .then(|| page(&said["history"]["max_limit"], HISTORY_PAGE));
        let encodings = said["compression"].as_array().map_or(&[][..], Vec::as_slice);
        let mut pauses: Vec<_> = said["pauses"].as_array().map_or(&[][..], Vec::as_slice).iter().collect();
        let all = Value::Object(serde_json::Map::new());
        if said["paused"] == true {
            pauses.push(&all);
        }
        Self {
            upload,
            page: page(&said["changes"]["max_limit"], PAGE),
            gzip: encodings.iter().any(|encoding| encoding == "gzip"),
            newest_first,
            mints_ids: said["ids"] == "server",
            retry_parked: said["retry_parked"].as_str().map(str::to_owned),
            pauses: pauses.into_iter().filter_map(|rule| pause(rule, app_version)).collect(),
        }
    }

    /// Whether the backend wants this write held back.
    pub fn holds(&self, collection: Collection, kind: Kind) -> bool {
        let matches = |wanted: &Option<String>, name: &str| wanted.as_deref().is_none_or(|it| it == name);
        self.pauses
            .iter()
            .any(|pause| matches(&pause.entity, collection.name()) && matches(&pause.kind, kind.wire_name()))
    }

    /// Whether it wants every write held back.
    pub fn holds_all(&self) -> bool {
        self.pauses.iter().any(|pause| pause.entity.is_none() && pause.kind.is_none())
    }

    /// Whether it wants any write held back.
    pub fn holds_any(&self) -> bool {
        !self.pauses.is_empty()
    }
}

/// A rule, if it concerns this app. One that is no object says nothing.
fn pause(rule: &Value, app_version: Option<&str>) -> Option<Pause> {
    let rule = rule.as_object()?;
    let text = |name: &str| rule.get(name).and_then(Value::as_str).map(str::to_owned);
    let concerned = text("app_below").is_none_or(|limit| is_below(app_version.unwrap_or_default(), &limit));
    concerned.then(|| Pause { entity: text("entity"), kind: text("kind") })
}

/// Compares dotted version numbers, part by part: "2.9" is below "2.10"; missing parts are 0, and so is what is no
/// number. An app that states no version is below all of them.
fn is_below(version: &str, limit: &str) -> bool {
    let parts = |text: &str| {
        let number = |part: &str| {
            let digits: String = part.chars().take_while(char::is_ascii_digit).collect();
            if digits.is_empty() { 0 } else { digits.parse::<u64>().unwrap_or(u64::MAX) }
        };
        let mut parts: Vec<_> = text.split('.').map(number).collect();
        while parts.last() == Some(&0) {
            parts.pop();
        }
        parts
    };
    version.is_empty() || parts(version) < parts(limit)
}

fn as_size(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(said: &Value) -> Capabilities {
        Capabilities::read(Some(&said.to_string()), Some("2.3.1"))
    }

    #[test]
    fn a_backend_that_says_nothing_gets_the_batch_tried_and_nothing_held() {
        for text in [None, Some(""), Some("null"), Some("[]"), Some("{}"), Some(r#"{"batch":3}"#)] {
            let said = Capabilities::read(text, None);
            let found = text.is_some_and(|text| text.contains("batch"));
            let batch = Upload::Batch { operations: 100, bytes: 512 * 1024 };
            assert_eq!(said.upload, if found { batch } else { Upload::Unsaid }, "{text:?}");
            assert_eq!((said.page, said.gzip, said.newest_first), (1_000, false, None));
            assert!(!said.holds_any());
        }
    }

    #[test]
    fn its_limits_lower_ours_and_never_raise_them() {
        let said = read(&json!({
            "batch": {"max_operations": 7, "max_bytes": 1_000}, "changes": {"max_limit": 20, "latest": true},
            "history": {"max_limit": 100_000}, "compression": ["br", "gzip"]
        }));
        assert_eq!(said.upload, Upload::Batch { operations: 7, bytes: 500 });
        assert_eq!((said.page, said.gzip, said.newest_first), (20, true, Some(500)));
        let absurd =
            read(&json!({"batch": {"max_operations": 0, "max_bytes": -1}, "changes": {"max_limit": 0}}));
        assert_eq!(absurd.upload, Upload::Batch { operations: 1, bytes: 512 * 1024 });
        assert_eq!(absurd.page, 1);
        assert!(!read(&json!({"compression": ["br"]})).gzip);
        assert!(read(&json!({"ids": "server"})).mints_ids && !read(&json!({"ids": "client"})).mints_ids);
        assert_eq!(read(&json!({"batch": null})).upload, Upload::Single);
        assert_eq!(read(&json!({"history": {}, "changes": {"latest": false}})).newest_first, None);
    }

    #[test]
    fn pauses_table() {
        use Collection::{Allergies, History};
        let delete_history = json!({"entity": "history", "kind": "delete"});
        for (rules, held, free) in [
            (json!([delete_history]), vec![(History, Kind::Delete)], vec![(History, Kind::Create)]),
            (
                json!([{"kind": "update"}]),
                vec![(History, Kind::Update), (Allergies, Kind::Update)],
                vec![(Allergies, Kind::Create)],
            ),
            (json!([{"app_below": "2.3.1"}, 5, "x", null]), vec![], vec![(History, Kind::Create)]),
            (json!([{"app_below": "2.10"}]), vec![(History, Kind::Create)], vec![]),
            (json!([{"entity": "of a later build"}]), vec![], vec![(History, Kind::Create)]),
        ] {
            let said = read(&json!({"pauses": rules}));
            assert!(held.iter().all(|(collection, kind)| said.holds(*collection, *kind)), "{rules}");
            assert!(!free.iter().any(|(collection, kind)| said.holds(*collection, *kind)), "{rules}");
        }
        assert!(read(&json!({"paused": true})).holds_all());
        assert!(read(&json!({"paused": true})).holds_any());
        for one in [json!({"entity": "history"}), json!({"kind": "delete"})] {
            let said = read(&json!({"pauses": [one]}));
            assert!(said.holds_any() && !said.holds_all(), "{one}");
        }
        assert!(read(&json!({"pauses": [{}]})).holds_all());
        assert!(!read(&json!({"pauses": [delete_history]})).holds_all());
    }

    #[test]
    fn versions_compare_by_number() {
        for (version, limit, below) in [
            ("2.9", "2.10", true),
            ("2.10", "2.9", false),
            ("2", "2.0.0", false),
            ("2.0.1-beta", "2.0.2", true),
            ("", "0", true),
            ("x", "1", true),
            ("1", "99999999999999999999999", true),
        ] {
            assert_eq!(is_below(version, limit), below, "{version} < {limit}");
        }
    }
}
