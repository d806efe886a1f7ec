//! A process that dies before each of the system calls that leave a trace, one after the other: while it makes its
//! file, while the app writes, while a run of sync goes on. What was said to be stored is there, the file is whole, and
//! at the end everything has taken effect once.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so")]

#[path = "every_call/mod.rs"]
mod every_call;
