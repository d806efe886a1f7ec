//! The checks, one theme a file.

pub(crate) mod batch;
pub(crate) mod capabilities;
pub(crate) mod clocks;
pub(crate) mod compression;
pub(crate) mod conflicts;
pub(crate) mod cursors;
pub(crate) mod deletes;
pub(crate) mod errors;
pub(crate) mod feed;
pub(crate) mod fields;
pub(crate) mod isolation;
pub(crate) mod limits;
pub(crate) mod minted;
pub(crate) mod newest;
pub(crate) mod not_now;
pub(crate) mod reads;
pub(crate) mod repeats;
pub(crate) mod strange;
pub(crate) mod values;
