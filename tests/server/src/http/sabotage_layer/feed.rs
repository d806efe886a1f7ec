//! What is done to pages, and to the queries for them.

use axum::http::request::Parts;
use serde_json::{Value, json};

use super::{Asked, Inner, lock, wire};
use crate::sabotage::Sabotage;

const FEED: &str = "/v1/me/changes";

impl Inner {
    pub(super) fn twist_query(&self, asked: &Asked, parts: &mut Parts) {
        if asked.path != FEED {
            return;
        }
        let parameter = |name: &str| parameter(&asked.query, name);
        let has_right_limit = parameter("limit")
            .is_some_and(|limit| limit.parse().is_ok_and(|limit| (1..=1000).contains(&limit)));
        match self.sabotage {
            Sabotage::LimitIgnored if has_right_limit => {
                let rest: Vec<&str> =
                    asked.query.split('&').filter(|part| !part.starts_with("limit=")).collect();
                wire::set_query(parts, &format!("limit=1000&{}", rest.join("&")));
            }
            Sabotage::AnyLimitTaken if parameter("limit").is_some() && !has_right_limit => {
                wire::set_query(parts, "")
            }
            Sabotage::EntitiesIgnored
                if asked.query.starts_with("entities=allergies&") && parameter("cursor").is_none() =>
            {
                wire::set_query(parts, "limit=1000");
            }
            Sabotage::LatestStartsOver if asked.query == "from=latest" => {
                wire::set_query(parts, "limit=1000")
            }
            Sabotage::WallClockCursor if clock_of(&asked.query).is_some() => {
                wire::set_query(parts, "limit=1000")
            }
            _ => {}
        }
    }

    pub(super) fn twist_page(&self, asked: &Asked, json: &mut Value) {
        match (self.sabotage, asked.path.as_str()) {
            (Sabotage::BatchHidden, "/v1/me/capabilities") => json["batch"] = Value::Null,
            (Sabotage::CapabilitiesUnnamed, "/v1/me/capabilities")
            | (Sabotage::AnswersUnnamed, "/v1/me/allergies") => {
                json["epoch"] = Value::Null;
            }
            (Sabotage::ListCutShort, "/v1/me/allergies") => {
                if let Some(records) = json["records"].as_array_mut() {
                    records.pop();
                }
            }
            (Sabotage::TotalWithTombstones, "/v1/me/history") => {
                let all = asked.user.as_deref().and_then(|user| self.service.snapshot(user).ok());
                let of_history = all.into_iter().flatten().filter(|record| record.entity == "history");
                json["total"] = json!(of_history.count());
            }
            (Sabotage::HistoryReversed, "/v1/me/history") => {
                if let Some(records) = json["records"].as_array_mut() {
                    records.reverse();
                }
            }
            (_, FEED) if json["changes"].is_array() => self.twist_feed(asked, json),
            _ => {}
        }
    }

    fn twist_feed(&self, asked: &Asked, json: &mut Value) {
        match self.sabotage {
            Sabotage::NoTombstones => keep(json, |change| change["deleted"] == false),
            Sabotage::GapBesideWriters => {
                let hidden = lock(&self.hidden).clone();
                keep(json, |change| {
                    change["version"].as_i64().is_none_or(|version| !hidden.contains(&version))
                });
            }
            Sabotage::FeedReversed => {
                if let Some(changes) = json["changes"].as_array_mut() {
                    changes.reverse();
                }
            }
            Sabotage::CountMissing => {
                if let Some(page) = json.as_object_mut() {
                    page.remove("count");
                }
            }
            Sabotage::FeedOfAllUsers
                if !asked.query.contains("cursor=") && !asked.query.contains("from=") =>
            {
                let records = lock(&self.records);
                let others = records.values().filter(|(owner, _)| Some(owner) != asked.user.as_ref());
                if let Some(changes) = json["changes"].as_array_mut() {
                    changes.extend(others.map(|(_, record)| record.clone()));
                }
                keep(json, |_| true);
            }
            Sabotage::PageOnce if asked.query.contains("cursor=") && json["count"] != 0 => {
                let is_first = lock(&self.pages).insert(asked.query.clone());
                keep(json, |_| is_first);
            }
            Sabotage::LastComesAgain if asked.query.contains("cursor=") && json["count"] == 0 => {
                let all = asked.user.as_deref().and_then(|user| self.service.snapshot(user).ok());
                if let Some(last) = all.into_iter().flatten().last() {
                    json["changes"] = json!([last]);
                }
                keep(json, |_| true);
            }
            Sabotage::WallClockCursor => {
                if let Some(seconds) = clock_of(&asked.query) {
                    keep(json, |change| change["received_at"].as_i64().is_some_and(|at| at / 1000 > seconds));
                }
                if json["has_more"] == false && !asked.query.contains("from=latest") {
                    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
                    json["next_cursor"] = json!(format!("t{}", now.unwrap_or_default().as_secs()));
                }
            }
            _ => {}
        }
    }

    /// With the cursor that was asked for, to go on from.
    pub(super) fn empty_page(&self, user: &str, query: &str) -> Value {
        let cursor = parameter(query, "cursor").unwrap_or_default();
        json!({"user": user, "epoch": self.service.epoch().unwrap_or_default(), "count": 0, "changes": [],
               "next_cursor": cursor, "has_more": false})
    }
}

fn parameter<'a>(query: &'a str, name: &str) -> Option<&'a str> {
    query
        .split('&')
        .filter_map(|part| part.split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}

fn clock_of(query: &str) -> Option<i64> {
    parameter(query, "cursor")?.strip_prefix('t')?.parse().ok()
}

fn keep(json: &mut Value, mut keeps: impl FnMut(&Value) -> bool) {
    if let Some(changes) = json["changes"].as_array_mut() {
        changes.retain(|change| keeps(change));
    }
    json["count"] = json!(json["changes"].as_array().map_or(0, Vec::len));
}
