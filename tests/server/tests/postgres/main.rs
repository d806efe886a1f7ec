//! The tests of `http` once more, over PostgreSQL; and what only several servers over one database can get wrong.
#![cfg(test)]

/// See `http`.
const MINT_IDS: bool = false;

mod address;
#[path = "../http/capabilities.rs"]
mod capabilities;
mod cluster;
#[path = "../http/compression.rs"]
mod compression;
#[path = "../http/contract.rs"]
mod contract;
mod database;
#[path = "../http/device_ids.rs"]
mod device_ids;
#[path = "../http/faults.rs"]
mod faults;
#[path = "../http/feed.rs"]
mod feed;
#[path = "../http/idempotency.rs"]
mod idempotency;
#[path = "../http/many.rs"]
mod many;
#[path = "../http/newest.rs"]
mod newest;
mod outage;
#[path = "../http/pauses.rs"]
mod pauses;
#[path = "../http/process.rs"]
mod process;
#[path = "../http/requests.rs"]
mod requests;
#[path = "../http/restore.rs"]
mod restore;
#[path = "../http/retention.rs"]
mod retention;
#[path = "../http/seen.rs"]
mod seen;
#[path = "../http/singles.rs"]
mod singles;
mod starts;
#[path = "../http/support.rs"]
mod support;
mod sweeps;
mod three_servers;
mod tries;
mod walls;
#[path = "../http/writes.rs"]
mod writes;
