//! Real TCP, real TLS, the built-in transport, and a line that fails: cut at every position, reset, silent, slow, lying.
//!
//! Two levels: what the transport says of each fault (`tcp/on_the_wire.rs`, `not_sent.rs`, `kept_lines.rs`, `over_tls.rs`),
//! and what becomes of the writes of a whole phone (`tcp/through_a_phone.rs`). Linux tells how much memory was used at
//! most; elsewhere that one assertion is not made.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so")]

mod tcp;
