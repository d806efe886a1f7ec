//! Many days on which everything goes wrong; then all is well again.

use crate::chaos::{Dice, decide, edit, mishap, trouble, upheaval};
use crate::device::Device;
use crate::drive::{Effort, heal, to_the_end};
use foodlens_core::NextStep;
use foodlens_scenarios::{Backend, differences};

const DEVICES: usize = 2;

#[test]
fn after_any_bad_day_everything_comes_to_an_end_within_its_bounds() {
    // One day by number (`ONLY=24`), or more days (`SEEDS=1000`).
    let number = |name: &str| std::env::var(name).ok().and_then(|n| n.parse().ok());
    let days = match number("ONLY") {
        Some(seed) => seed..=seed,
        None => 1..=number("SEEDS").unwrap_or(40),
    };
    let mut worst = Effort::default();
    for seed in days {
        let effort = day(seed);
        worst.runs = worst.runs.max(effort.runs);
        worst.requests = worst.requests.max(effort.requests);
        worst.ms = worst.ms.max(effort.ms);
    }
    println!("at most {worst:?}");
}

/// The most that one phone needed to come to an end.
fn day(seed: u64) -> Effort {
    let dice = Dice::new(seed);
    let backend = Backend::start().unwrap();
    let mut devices: Vec<_> = (0..DEVICES).map(|_| Device::new(&backend.url())).collect();
    for _ in 0..150 {
        let device = &mut devices[dice.below(DEVICES)];
        match dice.below(10) {
            0..4 => edit(&dice, device.session()),
            4 => trouble(&dice, &backend),
            5 => mishap(&dice, device),
            6 if dice.below(4) == 0 => upheaval(&dice, &backend),
            7 if dice.below(4) == 0 => decide(&dice, device.session()),
            _ => {
                device.pass(dice.pick(&[0, 1_000, 60_000, 1_800_000]));
                let _ = device.sync();
            }
        }
    }
    backend.server.faults().clear();
    backend.server.set_paused(false);
    devices.iter().for_each(heal);
    let name = format!("seed {seed}");
    let mut worst = Effort::default();
    // Without questions one round each is enough; every answer may raise another question on the other phone. It is sent before
    // the other one answers: two people who answer the same question at random, unheard, may go on for long.
    for _ in 0..8 {
        for device in &devices {
            let (_, effort) = to_the_end(&name, device);
            worst = if effort.runs > worst.runs { effort } else { worst };
            decide(&dice, device.session());
            to_the_end(&name, device);
        }
    }
    let snapshot = backend.server.snapshot("ana").unwrap();
    for device in &devices {
        assert_eq!(to_the_end(&name, device).0, NextStep::Done, "{name}");
        let export = device.session().export_json().unwrap();
        assert_eq!(differences(&export, &snapshot), Vec::<String>::new(), "{name}");
    }
    worst
}
