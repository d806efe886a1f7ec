//! A very long queue and a very long feed: the next batch costs what it costs in a short queue, and memory stays where
//! it is.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so")]

#[path = "scale/counted.rs"]
mod counted;
#[path = "scale/fixture.rs"]
mod fixture;
#[path = "scale/flood.rs"]
mod flood;
#[cfg(target_os = "linux")]
#[path = "scale/memory.rs"]
mod memory;
#[path = "scale/work.rs"]
mod work;
