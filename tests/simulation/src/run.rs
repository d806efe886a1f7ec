//! A plan from its beginning to its end.

use crate::invariants::{Broken, broken};
use crate::plan::Plan;
use crate::report::Tally;
use crate::world::World;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// How a run ended.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The invariant that did not hold, and after which step (counted from 0; as many as there are: at the end).
    pub broken: Option<(usize, Broken)>,
    /// The hash of everything that was seen.
    pub trace: String,
    /// What happened.
    pub tally: Tally,
}

/// Runs a plan once.
#[must_use]
pub fn run(plan: &Plan) -> Outcome {
    crate::disk::without_waiting(|| run_here(plan))
}

fn run_here(plan: &Plan) -> Outcome {
    let mut world = match World::new(plan) {
        Ok(world) => world,
        Err(error) => {
            let broken = broken("harness", error.to_string());
            return Outcome { broken: Some((0, broken)), trace: String::new(), tally: Tally::default() };
        }
    };
    let mut at = 0;
    let ran = catch_unwind(AssertUnwindSafe(|| {
        for step in &plan.steps {
            world.step(step)?;
            at += 1;
        }
        world.come_to_rest()
    }));
    let result = ran.unwrap_or_else(|_| Err(broken("panic", "the library or the simulation panicked")));
    let mut tally = world.tally();
    tally.seeds = 1;
    Outcome { broken: result.err().map(|broken| (at, broken)), trace: world.trace(), tally }
}

/// Runs a plan twice: where the traces differ, something else than the plan decides what happens.
#[must_use]
pub fn run_twice(plan: &Plan) -> Outcome {
    let first = run(plan);
    if first.broken.is_some() {
        return first;
    }
    let second = run(plan);
    if first.trace == second.trace && second.broken.is_none() {
        return first;
    }
    let what = format!("the same plan went another way: {} and {}", first.trace, second.trace);
    Outcome { broken: Some((plan.steps.len(), broken("D", what))), ..first }
}
