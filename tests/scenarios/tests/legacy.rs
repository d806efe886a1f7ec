//! Old data becoming an account's: an app's export, or what a person did before signing in.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so")]

#[path = "legacy/mod.rs"]
mod legacy;
