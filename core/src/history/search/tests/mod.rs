//! The index beside the records: whatever was done to them, a search finds what a plain look at every entry finds.

mod model;
mod upkeep;

use super::verify::rows_wrong;
use crate::history::model::{HistoryContent, HistoryKind};
use crate::ids::{RecordId, UserId};
use crate::session::{AccessToken, Config, FoodLens, HookError, Hooks, KeyProvider, Session, TokenProvider};
use crate::transport::{Outcome, Request, Transport};
use crate::{DatabaseKey, Environment, History};
use std::path::Path;
use std::sync::Arc;

struct Offline;

impl Transport for Offline {
    fn execute(&self, _: &Request) -> Outcome {
        Outcome::NotSent("offline")
    }
}

impl TokenProvider for Offline {
    fn token(&self, _: &UserId, _: bool) -> Result<AccessToken, HookError> {
        Err(HookError)
    }
}

impl KeyProvider for Offline {
    fn key(&self, _: &UserId) -> Result<DatabaseKey, HookError> {
        Ok(DatabaseKey::new(&[7; 32]))
    }
}

pub(in crate::history) fn open(folder: &Path) -> Session {
    let config = Config::new(folder, "https://api.example.com");
    let keys = cfg!(feature = "encryption").then(|| Arc::new(Offline) as _);
    let hooks = Hooks { keys, ..Hooks::new(Arc::new(Offline)) };
    let lens = FoodLens::with_parts(config, hooks, Arc::new(Offline), Environment::system());
    lens.session(&UserId::new("ana").unwrap()).unwrap()
}

fn named(name: &str, at: i64) -> HistoryContent {
    HistoryContent { product_name: Some(name.into()), ..HistoryContent::new(HistoryKind::Scan, at) }
}

fn found(history: &History<'_>, query: &str) -> Vec<RecordId> {
    history.search(query, 500).unwrap().into_iter().map(|entry| entry.id).collect()
}

fn index_all(session: &Session) {
    super::upkeep::catch_up(&session.inner.db, || true);
    is_exact(session);
    let behind =
        session.read(|conn| Ok(super::store::reach(conn)?.indexed_to != super::store::last_row(conn)?));
    assert!(!behind.unwrap());
}

fn is_exact(session: &Session) {
    assert_eq!(session.read(rows_wrong).unwrap(), 0);
}

fn run(session: &Session, sql: &str) {
    session.inner.db.write(|tx, _| Ok(tx.execute_batch(sql)?)).unwrap();
}
