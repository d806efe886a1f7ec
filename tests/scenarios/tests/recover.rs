//! A damaged file: the app is told, the file is set aside as it is, every unsent write that can still be read is in the
//! queue again, and the rest comes from the server.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so")]

#[path = "recover/mod.rs"]
mod recover;
