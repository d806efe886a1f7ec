//! Every plan that once broke an invariant is run again, for ever; and the machine that finds them is looked at itself.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so")]

use foodlens_simulation::plan::{Plan, draw};
use foodlens_simulation::run::{run, run_twice};
use std::path::Path;

#[test]
fn what_was_found_once_stays_mended() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("regressions");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
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
