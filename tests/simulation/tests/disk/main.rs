//! The disk under SQLite itself: what it says is durable is, what it does not may be lost, and nothing else breaks.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so")]

mod errors;
mod growth;
mod ledger;
mod phone;
mod power;
mod threads;
