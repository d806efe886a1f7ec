//! The server over real HTTP, against every sentence of the contract.
#![cfg(test)]

/// Whether the servers of these tests mint ids. The same tests run with it in `minted`.
const MINT_IDS: bool = false;

mod capabilities;
mod compression;
mod contract;
mod database;
mod device_ids;
mod faults;
mod feed;
mod idempotency;
mod many;
mod newest;
mod pauses;
mod process;
mod requests;
mod restore;
mod retention;
mod seen;
mod singles;
mod support;
mod writes;
