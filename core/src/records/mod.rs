//! What all collections share: rows of base and pending patches, and the one way in which a person's edit is stored.

mod edit;
mod row;
pub(crate) mod shelves;
mod store;

pub(crate) use edit::{Edit, Writer, refresh, refuse_stale};
#[cfg(test)]
pub(crate) use row::view;
pub(crate) use row::{Base, Row, shown};
pub use row::{SyncInfo, SyncState};
#[cfg(test)]
pub(crate) use store::insert_from_server;
pub(crate) use store::{
    Beside, Confirm, Cursor, Insertion, count, get, is_last, list, put, server_id, single, single_with_sync,
};
