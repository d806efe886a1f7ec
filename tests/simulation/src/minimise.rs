//! The least of a plan that still breaks the same invariant: steps first, then their parameters.

use crate::plan::Plan;
use crate::run::{Outcome, run, run_twice};

/// Runs that are spent on it.
const MOST_RUNS: usize = 600;

/// Delta debugging (Zeller, Hildebrandt 2002), in its simple form: ever smaller parts are left out as long as the same
/// invariant breaks. `outcome`: that of the whole plan.
#[must_use]
pub fn minimise(plan: &Plan, outcome: &Outcome) -> Plan {
    let Some((at, broken)) = &outcome.broken else { return plan.clone() };
    let mut least = plan.clone();
    least.steps.truncate(at + 1);
    let mut runs = 0;
    let fails = |plan: &Plan, runs: &mut usize| {
        *runs += 1;
        let outcome = if broken.invariant == "D" { run_twice(plan) } else { run(plan) };
        outcome.broken.is_some_and(|(_, now)| now.invariant == broken.invariant)
    };
    if !fails(&least, &mut runs) {
        least = plan.clone();
    }
    let mut part = least.steps.len().div_ceil(2);
    while part > 0 && runs < MOST_RUNS {
        let mut from = 0;
        while from < least.steps.len() && runs < MOST_RUNS {
            let mut fewer = least.clone();
            fewer.steps.drain(from..(from + part).min(least.steps.len()));
            if fails(&fewer, &mut runs) { least = fewer } else { from += part }
        }
        part = if part == 1 { 0 } else { part.div_ceil(2) };
    }
    simplify(&mut least, &mut runs, &fails);
    least
}

/// Every number of every step is made 0 or 1 where that changes nothing.
fn simplify(least: &mut Plan, runs: &mut usize, fails: &dyn Fn(&Plan, &mut usize) -> bool) {
    for index in 0..least.steps.len() {
        let Ok(whole) = serde_json::to_value(&least.steps[index]) else { continue };
        for path in numbers(&whole, String::new()) {
            for simple in [0, 1] {
                let Ok(mut value) = serde_json::to_value(&least.steps[index]) else { continue };
                match value.pointer_mut(&path) {
                    Some(number) if number.as_i64().is_some_and(|now| now > simple) => {
                        *number = simple.into()
                    }
                    _ => continue,
                }
                let Ok(step) = serde_json::from_value(value) else { continue };
                let mut simpler = least.clone();
                simpler.steps[index] = step;
                if *runs < MOST_RUNS && fails(&simpler, runs) {
                    *least = simpler;
                    break;
                }
            }
        }
    }
}

fn numbers(value: &serde_json::Value, at: String) -> Vec<String> {
    match value {
        serde_json::Value::Number(_) => vec![at],
        serde_json::Value::Object(members) => {
            members.iter().flat_map(|(name, value)| numbers(value, format!("{at}/{name}"))).collect()
        }
        _ => Vec::new(),
    }
}
