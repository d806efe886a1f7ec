//! What is checked, and how a check ends.

use serde::Serialize;

use crate::bench::Bench;

/// One numbered duty of `tests/contract/README.md`.
#[derive(Debug, Clone, Copy)]
pub struct Duty {
    /// `D1`, `D2`, …: also the anchor in the contract, in small letters.
    pub id: &'static str,
    /// The duty in a few words.
    pub title: &'static str,
    /// What shows that a backend keeps it.
    pub checks: &'static [Check],
}

impl Duty {
    /// Where the contract states it, from the root of the repository.
    pub fn link(&self) -> String {
        format!("tests/contract/README.md#{}", self.id.to_lowercase())
    }
}

/// One thing that is tried.
#[derive(Debug, Clone, Copy)]
pub struct Check {
    /// As the contract names it.
    pub name: &'static str,
    /// Whether it is tried both in a batch and with one request per write, as far as these are offered.
    pub(crate) each_way: bool,
    pub(crate) run: fn(&Bench) -> Step,
}

impl Check {
    /// Tried once.
    pub(crate) const fn once(name: &'static str, run: fn(&Bench) -> Step) -> Self {
        Self { name, each_way: false, run }
    }

    /// Tried with every way of writing that the backend offers.
    pub(crate) const fn each_way(name: &'static str, run: fn(&Bench) -> Step) -> Self {
        Self { name, each_way: true, run }
    }
}

/// How a check ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// As the contract says.
    Pass,
    /// Not as the contract says.
    Fail {
        /// The request, without its token.
        sent: String,
        /// The answer, or why there was none.
        got: String,
        /// What the contract asks for.
        expected: String,
    },
    /// Optional and not there, or it needs something that the kit was not given.
    NotOffered {
        /// What is missing.
        why: String,
    },
}

impl Outcome {
    pub(crate) fn not_offered(why: impl Into<String>) -> Self {
        Outcome::NotOffered { why: why.into() }
    }
}

/// A part of a check: goes on, or ends the check with its outcome.
pub(crate) type Step<T = ()> = Result<T, Outcome>;
