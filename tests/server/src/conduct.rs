//! How the backend behaves at the moment: what it offers, and which writes it puts off.

use serde::{Deserialize, Serialize};

use crate::model::{Entity, Kind};
use crate::pause::PauseRule;
use crate::service::{MAX_BODY_BYTES, MAX_PAGE};

/// How the backend behaves at the moment. The default offers everything and puts nothing off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conduct {
    /// Whether `POST /v1/me/batch` is offered; without it there is one request per write.
    pub batch: bool,
    /// Whether `GET /v1/me/capabilities` is offered; devices take a backend without it for a plain one.
    pub capabilities: bool,
    /// Whether history can be read newest first: `GET /v1/me/history`, and `from=latest` in the feed.
    pub newest_first: bool,
    /// Whether request bodies may be compressed.
    pub compression: bool,
    /// Whether records have server ids, see the contract, `"ids":"server"`.
    pub mint_ids: bool,
    /// The most bytes of a request's body, after unpacking.
    pub max_body_bytes: usize,
    /// The most records on a page of the feed, and of the history if it is below 500.
    pub max_page: usize,
    /// Puts every write off.
    pub paused: bool,
    /// Puts off the writes that one of these matches.
    pub pauses: Vec<PauseRule>,
    /// See the contract, `retry_parked`.
    pub retry_parked: Option<String>,
}

impl Default for Conduct {
    fn default() -> Self {
        Self {
            batch: true,
            capabilities: true,
            newest_first: true,
            compression: true,
            mint_ids: false,
            max_body_bytes: MAX_BODY_BYTES,
            max_page: MAX_PAGE,
            paused: false,
            pauses: Vec::new(),
            retry_parked: None,
        }
    }
}

impl Conduct {
    /// See [`PauseRule::matches`].
    pub(crate) fn puts_off(
        &self,
        entity: Option<Entity>,
        kind: Option<Kind>,
        app_version: Option<&str>,
    ) -> bool {
        self.paused || self.pauses.iter().any(|rule| rule.matches(entity, kind, app_version))
    }

    /// The same with the members that `json` names changed, None when one of them is not right.
    pub(crate) fn patched(&self, json: &[u8]) -> Option<Self> {
        let members: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(json).ok()?;
        let mut whole = serde_json::to_value(self).ok()?;
        whole.as_object_mut()?.extend(members);
        serde_json::from_value(whole).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_changes_what_it_names() {
        let before = Conduct { retry_parked: Some("one".into()), ..Conduct::default() };
        let rules = br#"{"pauses":[{"kind":"delete"}],"batch":false}"#;
        let rule = PauseRule { kind: Some(Kind::Delete), ..PauseRule::default() };
        let expected = Conduct { pauses: vec![rule], batch: false, ..before.clone() };
        assert_eq!(before.patched(rules), Some(expected));
        assert_eq!(before.patched(br#"{"retry_parked":null}"#), Some(Conduct::default()));
        assert_eq!(before.patched(b"{}"), Some(before.clone()));
        let wrong: [&[u8]; 4] = [b"[]", b"{", br#"{"bach":false}"#, br#"{"pauses":[{"kinds":"delete"}]}"#];
        for json in wrong {
            assert_eq!(before.patched(json), None, "{}", String::from_utf8_lossy(json));
        }
    }
}
