//! Who wins when two devices changed the same record, and what becomes a question for a person.

pub(crate) mod conflicts;
mod lost;
pub(crate) mod overwritten;
mod plan;
mod resolve;
mod safe;
mod three_way;
pub(crate) mod yielding;

pub use conflicts::{Conflict, RecordContent};
pub(crate) use lost::{say_if_unheard, say_record};
pub use overwritten::OverwrittenEntry;
pub(crate) use plan::{Incoming, net_change, plan_incoming, reconcile, unheard};
pub(crate) use plan::{Reconciled, Remote};
pub(crate) use resolve::{
    Decision, answer, close, dissolve, move_on, raise, raise_after, raise_between, supersede,
    supersede_saying,
};
pub(crate) use safe::decide as decide_safely;

#[cfg(test)]
mod tests;
