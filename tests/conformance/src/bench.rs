//! What every check has in its hands: the users, what the backend offers, and the feed.

use std::time::Instant;

use serde_json::Value;

use crate::client::{Client, Exchange, Request};
use crate::duty::{Outcome, Step};
use crate::run::Hooks;
use crate::write::{Way, Write, encoded};

/// What stays the same during a run.
pub(crate) struct Kit {
    pub client: Client,
    pub second: Option<Client>,
    /// As the backend names the token's user.
    pub user: String,
    /// Null for a backend without the endpoint.
    pub capabilities: Value,
    pub hooks: Hooks,
    pub deadline: Instant,
}

/// The kit, with the way in which writes travel now.
pub(crate) struct Bench<'a> {
    pub kit: &'a Kit,
    pub way: Way,
}

/// A page of the feed.
pub(crate) struct Page {
    pub changes: Vec<Value>,
    pub next: String,
    pub has_more: bool,
    pub exchange: Exchange,
}

impl Kit {
    pub fn offers_batch(&self) -> bool {
        self.capabilities["batch"].is_object()
    }

    pub fn offers_latest(&self) -> bool {
        self.capabilities["changes"]["latest"] == true
    }

    pub fn mints_ids(&self) -> bool {
        self.capabilities["ids"] == "server"
    }
}

impl Bench<'_> {
    pub fn send(&self, request: &Request) -> Step<Exchange> {
        self.kit.client.send(request)
    }

    pub fn get(&self, path: &str) -> Step<Exchange> {
        self.send(&Request::get(path))
    }

    /// The other user's requests.
    pub fn second(&self) -> Step<&Client> {
        self.kit.second.as_ref().ok_or_else(|| Outcome::not_offered("no --second-token was given"))
    }

    pub fn must_offer(&self, offered: bool, what: &str) -> Step {
        if offered { Ok(()) } else { Err(Outcome::not_offered(format!("the capabilities name no {what}"))) }
    }

    /// A page of the feed, whose form is only looked at as far as the next step needs it.
    pub fn page(&self, query: &str) -> Step<Page> {
        page_of(self.get(&format!("/v1/me/changes?{query}"))?)
    }

    /// All changes after a cursor, and the cursor after them.
    pub fn since(&self, cursor: &str) -> Step<(Vec<Value>, String)> {
        let mut all = Vec::new();
        let mut cursor = cursor.to_owned();
        loop {
            let page = self.page(&format!("limit=1000&cursor={}", encoded(&cursor)))?;
            all.extend(page.changes);
            page.exchange.must(!page.has_more || page.next != cursor, "a cursor that moves on")?;
            cursor = page.next;
            if !page.has_more {
                return Ok((all, cursor));
            }
        }
    }

    /// A cursor behind everything that is there now.
    pub fn end_of_feed(&self) -> Step<String> {
        if self.kit.offers_latest() {
            return Ok(self.page("from=latest")?.next);
        }
        Ok(self.since("")?.1)
    }

    /// The record of a write in what came after `cursor`.
    pub fn in_feed_after(&self, cursor: &str, write: &Write) -> Step<Option<Value>> {
        let (changes, _) = self.since(cursor)?;
        Ok(changes.into_iter().find(|change| is_of(change, write)))
    }

    /// A finding that is not about one request alone.
    pub fn failed(&self, sent: &str, got: impl Into<String>, expected: &str) -> Outcome {
        Outcome::Fail { sent: sent.to_owned(), got: got.into(), expected: expected.to_owned() }
    }
}

/// Whether a record of the feed is that of the write.
pub(crate) fn is_of(change: &Value, write: &Write) -> bool {
    change["entity"] == write.entity && change["id"] == write.id.to_string()
}

pub(crate) fn page_of(exchange: Exchange) -> Step<Page> {
    let has_form = exchange.status == 200
        && exchange.json["changes"].is_array()
        && exchange.json["next_cursor"].is_string()
        && exchange.json["has_more"].is_boolean();
    exchange.must(has_form, "200 with changes, next_cursor and has_more")?;
    Ok(Page {
        changes: exchange.json["changes"].as_array().cloned().unwrap_or_default(),
        next: exchange.json["next_cursor"].as_str().unwrap_or_default().to_owned(),
        has_more: exchange.json["has_more"] == true,
        exchange,
    })
}
