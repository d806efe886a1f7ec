//! The tests of `http` once more, against a server that mints ids.
#![cfg(test)]

/// See `http`.
const MINT_IDS: bool = true;

#[path = "../http/capabilities.rs"]
mod capabilities;
#[path = "../http/compression.rs"]
mod compression;
#[path = "../http/contract.rs"]
mod contract;
#[path = "../http/database.rs"]
mod database;
#[path = "../http/faults.rs"]
mod faults;
#[path = "../http/feed.rs"]
mod feed;
#[path = "../http/idempotency.rs"]
mod idempotency;
mod ids;
#[path = "../http/newest.rs"]
mod newest;
#[path = "../http/pauses.rs"]
mod pauses;
#[path = "../http/requests.rs"]
mod requests;
#[path = "../http/restore.rs"]
mod restore;
#[path = "../http/singles.rs"]
mod singles;
#[path = "../http/support.rs"]
mod support;
#[path = "../http/writes.rs"]
mod writes;
