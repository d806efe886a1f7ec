//! The disk under SQLite itself: what it says is durable is, what it does not may be lost, and nothing else breaks.

mod errors;
mod growth;
mod ledger;
mod phone;
mod power;
mod threads;
