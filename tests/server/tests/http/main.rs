//! The server over real HTTP, against every sentence of the contract.
#![cfg(test)]

mod capabilities;
mod compression;
mod contract;
mod faults;
mod feed;
mod idempotency;
mod newest;
mod pauses;
mod process;
mod requests;
mod restore;
mod seen;
mod singles;
mod support;
mod writes;
