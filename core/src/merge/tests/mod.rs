//! What holds of the merge whatever the records are, and tables of what it decides.

mod cases;
mod log;
mod pages;
mod properties;
mod questions;

use crate::collection::Collection;
use crate::fields::Fields;
use crate::ids::Version;
use crate::outbox::{Kind, Operation};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use serde_json::{Value, json};

/// Two fields that ask and three that do not. Few names and values: so that both sides often meet in one field.
const NAMES: [&str; 5] = ["allergen", "severity", "notes", "source", "unknown_to_us"];
const SENSITIVE: [&str; 2] = ["allergen", "severity"];
const VALUES: [&str; 3] = ["a", "b", "c"];

/// The same cases in every run; `PROPTEST_CASES=100000` looks further.
fn config() -> ProptestConfig {
    let mut config = ProptestConfig::default();
    config.rng_seed = RngSeed::Fixed(1);
    config.failure_persistence = None;
    config.cases = config.cases.max(1_000);
    config
}

fn fields(value: Value) -> Fields {
    serde_json::from_value(value).unwrap()
}

/// A record: some of the names, each with a value.
fn record() -> impl Strategy<Value = Fields> {
    let value = prop_oneof![1 => Just(None), 3 => prop::sample::select(&VALUES[..]).prop_map(Some)];
    prop::collection::vec(value, NAMES.len()).prop_map(|values| {
        let mut fields = Fields::new();
        for (name, value) in NAMES.iter().zip(values).filter_map(|(name, value)| Some((name, value?))) {
            fields.set(*name, value);
        }
        fields
    })
}

fn operation(kind: Kind, seen_before: Fields, payload: Fields) -> Operation {
    Operation::example(Collection::Allergies, kind, seen_before, payload)
}

/// A person's edits of one record, and what was shown after the last.
#[derive(Debug, Clone)]
struct Edits {
    start: Option<Fields>,
    waiting: Vec<Operation>,
    /// `None`: deleted.
    shown: Option<Fields>,
}

/// One to four edits, each of what the one before it left: a record that is there is changed (or, where `deletes`,
/// deleted), one that is not is made.
fn edits(start: Option<Fields>, deletes: bool) -> impl Strategy<Value = Edits> {
    let step = (record(), prop::bool::weighted(0.25));
    prop::collection::vec(step, 1..5).prop_map(move |steps| {
        let mut edits = Edits { start: start.clone(), waiting: Vec::new(), shown: start.clone() };
        for (wanted, delete) in steps {
            let (operation, shown) = match edits.shown.take() {
                None => (operation(Kind::Create, Fields::new(), wanted.clone()), Some(wanted)),
                Some(shown) if deletes && delete => (operation(Kind::Delete, shown, Fields::new()), None),
                Some(shown) => {
                    let patch = shown.patch_to(&wanted);
                    (operation(Kind::Update, shown.touched_by(&patch), patch), Some(wanted))
                }
            };
            edits.waiting.push(operation);
            edits.shown = shown;
        }
        edits
    })
}

fn changed(from: &Fields, to: &Fields, name: &str) -> bool {
    from.get(name) != to.get(name)
}
