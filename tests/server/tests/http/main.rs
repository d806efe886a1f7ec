//! The server over real HTTP, against every sentence of the contract.
#![cfg(test)]

mod contract;
mod faults;
mod feed;
mod idempotency;
mod process;
mod requests;
mod singles;
mod support;
mod writes;
