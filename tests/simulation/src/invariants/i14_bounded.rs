//! I14, as far as a short day can show it: what is kept of what is over has an end. (A million rows and a hundred
//! thousand operations are in `tests/scenarios/tests/scale`.)

use super::{Check, broken};

/// Receipts that are kept.
const RECEIPTS: usize = 500;

/// `receipts`: acknowledged operations that are still listed.
pub fn bounded(receipts: usize) -> Check {
    if receipts <= RECEIPTS { Ok(()) } else { Err(broken("I14", format!("{receipts} receipts are kept"))) }
}
