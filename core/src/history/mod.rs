//! Scans, meals and searches: append-mostly, last writer wins per field, a deletion wins.

mod linking;
mod model;
mod pages;
mod repository;
pub(crate) mod search;
pub(crate) mod shelf;
mod wire;

pub use model::{HistoryContent, HistoryEntry, HistoryFilter, HistoryKind, HistoryPage, HistoryVerdict};
pub use repository::History;
pub(crate) use wire::SPEC;
