//! The kit against the reference server: whole, and broken in one way after another.
#![cfg(test)]

mod contract;
mod modes;
mod program;
mod sabotages;
mod strangers;
mod support;
