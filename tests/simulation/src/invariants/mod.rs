//! The invariants I1 to I14, each a small pure function over what was seen, in a file of its own.

mod i01_accounted;
mod i02_together;
mod i03_once;
mod i04_cautious;
mod i05_order;
mod i06_owner;
mod i07_cursor;
mod i08_deleted;
mod i09_equal;
mod i10_live;
mod i11_shown;
mod i13_canary;
mod i14_bounded;

pub use i01_accounted::{Why, accounted, imports_yield};
pub use i02_together::together;
pub use i03_once::once;
pub use i04_cautious::cautious;
pub use i05_order::{Births, OF_COPIES, in_order};
pub use i06_owner::{Owners, owned};
pub use i07_cursor::up_to_date;
pub use i08_deleted::{not_revived, stays_deleted, stays_deleted_there};
pub use i09_equal::equal;
pub use i10_live::{Bounds, Effort, live, patient, soon, tried_enough};
pub use i11_shown::shown;
pub use i13_canary::silent;
pub use i14_bounded::bounded;

use crate::world::look::Place;
use std::fmt;

/// An invariant that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// `I1` to `I14`, or `D` for a run that was not the same twice.
    pub invariant: &'static str,
    /// What was seen.
    pub what: String,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.invariant, self.what)
    }
}

/// Makes one.
pub fn broken(invariant: &'static str, what: impl Into<String>) -> Broken {
    Broken { invariant, what: what.into() }
}

/// A check's result.
pub type Check = Result<(), Broken>;

/// A record's place, for a line.
pub(crate) fn name(place: Place) -> String {
    format!("{:?}/{}", place.0, crate::world::backend::short(place.1.as_uuid()))
}
