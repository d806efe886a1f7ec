//! The server over real HTTP, against every sentence of the contract.
#![cfg(test)]

/// Whether the servers of these tests mint ids. The same tests run with it in `minted`.
const MINT_IDS: bool = false;

mod capabilities;
mod chaos;
mod compression;
mod contract;
mod contract_fields;
mod daemon;
mod database;
mod device_ids;
mod faults;
mod feed;
mod idempotency;
mod limits;
mod logs;
mod many;
mod newest;
mod operation;
mod pauses;
mod process;
mod raw;
mod requests;
mod restore;
mod retention;
mod seen;
mod shutdown;
mod singles;
mod support;
mod writes;
