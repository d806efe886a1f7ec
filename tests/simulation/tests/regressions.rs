//! Every plan that once broke an invariant is run again, for ever; and the machine that finds them is looked at itself.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so")]

use foodlens_simulation::plan::{Plan, draw};
use foodlens_simulation::run::{run, run_twice};
use std::io::Write;
use std::path::{Path, PathBuf};

fn plans(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    // Nothing may be open, and then there is no such folder.
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    paths
}

#[test]
fn what_is_open_is_said_aloud_and_moves_on_when_it_is_mended() {
    for path in plans("open") {
        let plan = Plan::read(&path).unwrap();
        let broken = run(&plan).broken;
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        assert!(broken.is_some(), "{name} holds now: it belongs to the regressions");
        // Not by the macro: what a test that passes prints is not shown.
        let mut out = std::io::stderr();
        writeln!(out, "\nSKIPPED: the open find {name} ({})", plan.about).unwrap();
        writeln!(out, "  cargo run -p foodlens-simulation -- replay --plan tests/simulation/open/{name}")
            .unwrap();
    }
}

#[test]
fn what_was_found_once_stays_mended() {
    let paths = plans("regressions");
    assert!(!paths.is_empty());
    for path in paths {
        let plan = Plan::read(&path).unwrap();
        if let Some((at, broken)) = run_twice(&plan).broken {
            panic!("{} at step {at}: {broken}", path.display());
        }
    }
}

#[test]
fn a_seed_is_the_same_day_whenever_and_in_however_many_threads_it_is_run() {
    let plan = draw(2, 60);
    let alone = run(&plan).trace;
    let beside_others: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..3).map(|_| scope.spawn(|| run(&plan).trace)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(!alone.is_empty());
    assert_eq!(beside_others, vec![alone; 3]);
    assert_ne!(run(&draw(3, 60)).trace, run(&plan).trace);
}
