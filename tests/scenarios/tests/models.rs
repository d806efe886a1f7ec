//! Model tests: any order of steps, against a plain model, cut down by itself to the fewest steps that still fail.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so")]

#[path = "models/merge.rs"]
mod merge;
#[path = "models/network.rs"]
mod network;
#[path = "models/queue.rs"]
mod queue;
