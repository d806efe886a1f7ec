//! From any state: once network, server, tokens and clock are well again, an app that only does what the reports say comes
//! to an end, within bounds that are stated here; and while they are not, nothing is used up by waiting.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so")]

#[path = "liveness/bad_days.rs"]
mod bad_days;
#[path = "liveness/chaos.rs"]
mod chaos;
#[path = "liveness/device.rs"]
mod device;
#[path = "liveness/drive.rs"]
mod drive;
#[path = "liveness/line.rs"]
mod line;
#[path = "liveness/long_waits.rs"]
mod long_waits;
