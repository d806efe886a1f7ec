//! A tiny client of the backend's HTTP API, so that the comparison does not go through the code that it is about.

use crate::Result;
use foodlens_scenarios::SECRET;
use foodlens_server::{ChangesPage, Record, mint_token};
use serde_json::Value;
use std::time::Duration;
use ureq::{Agent, RequestBuilder};

/// Talks to the backend as one user.
pub struct Client {
    agent: Agent,
    url: String,
    token: String,
}

impl Client {
    /// A client of the backend at `url`.
    pub fn new(url: &str, user: &str) -> Result<Self> {
        let limit = Some(Duration::from_secs(10));
        // No connection is kept: the backend dies now and then.
        let config = Agent::config_builder().proxy(None).timeout_global(limit).max_idle_connections(0);
        Ok(Self {
            agent: config.build().new_agent(),
            url: url.to_owned(),
            token: mint_token(SECRET, user, 3_600)?,
        })
    }

    /// Every record of the user, tombstones included: the changes feed, read to its end.
    pub fn records(&self) -> Result<Vec<Record>> {
        let mut records: Vec<Record> = Vec::new();
        let mut cursor = String::new();
        loop {
            let url = format!("{}/v1/me/changes?cursor={cursor}", self.url);
            let page = self.signed(self.agent.get(url)).call()?.body_mut().read_to_string()?;
            let page: ChangesPage = serde_json::from_str(&page)?;
            if page.count != page.changes.len() {
                return Err("a page of the feed is not whole".into());
            }
            records.extend(page.changes);
            cursor = page.next_cursor;
            if !page.has_more {
                return Ok(records);
            }
        }
    }

    /// What is to go wrong next.
    pub fn set_faults(&self, faults: &Value) -> Result<()> {
        self.agent.post(format!("{}/test/faults", self.url)).send(faults.to_string())?;
        Ok(())
    }

    /// Lets everything go well again.
    pub fn clear_faults(&self) -> Result<()> {
        self.agent.delete(format!("{}/test/faults", self.url)).call()?;
        Ok(())
    }

    /// Makes a record.
    pub fn put(&self, entity: &str, id: &str, fields: &Value) -> Result<()> {
        let request = self.agent.put(format!("{}/v1/me/{entity}/{id}", self.url));
        self.write(request).send(fields.to_string())?;
        Ok(())
    }

    /// Changes fields of a record.
    pub fn patch(&self, record: &Record, fields: &Value) -> Result<()> {
        let request = self.agent.patch(self.path_of(record));
        self.write(request).header("if-match", if_match(record)).send(fields.to_string())?;
        Ok(())
    }

    /// Deletes a record.
    pub fn delete(&self, record: &Record) -> Result<()> {
        let request = self.agent.delete(self.path_of(record));
        self.write(request).header("if-match", if_match(record)).call()?;
        Ok(())
    }

    fn path_of(&self, record: &Record) -> String {
        format!("{}/v1/me/{}/{}", self.url, record.entity, record.id)
    }

    fn signed<B>(&self, request: RequestBuilder<B>) -> RequestBuilder<B> {
        request.header("authorization", format!("Bearer {}", self.token))
    }

    fn write<B>(&self, request: RequestBuilder<B>) -> RequestBuilder<B> {
        let key = uuid::Uuid::now_v7().to_string();
        self.signed(request).header("idempotency-key", key).header("content-type", "application/json")
    }
}

fn if_match(record: &Record) -> String {
    format!("\"{}\"", record.version)
}
