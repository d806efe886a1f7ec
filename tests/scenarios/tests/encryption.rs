//! Data at rest under a key: which key opens them, what is said when none does, and how plain ones become encrypted.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so")]

#[path = "encryption/mod.rs"]
mod encryption;
