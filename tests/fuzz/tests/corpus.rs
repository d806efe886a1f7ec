//! Every kept input, and what small seeded changes make of it. What a fuzzer found is kept in the corpus, so that it is
//! tried for ever.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so")]

use foodlens_core::Random;
use foodlens_fuzz::TARGETS;
use foodlens_scenarios::SeededRandom;
use std::path::{Path, PathBuf};

/// Changed inputs that each target gets, spread over its corpus.
const CHANGED: usize = 150;

fn inputs(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    let mut paths: Vec<_> = folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(!paths.is_empty(), "{target} has no corpus");
    paths.into_iter().map(|path| (path.clone(), std::fs::read(path).unwrap())).collect()
}

#[test]
fn whatever_was_kept_still_holds() {
    for (name, target) in TARGETS {
        for (path, input) in inputs(name) {
            eprintln!("{}", path.display());
            target(&input);
        }
    }
}

#[test]
fn small_changes_break_nothing() {
    let random = SeededRandom::new(7);
    for (name, target) in TARGETS {
        let inputs = inputs(name);
        for round in 0..CHANGED {
            let (path, input) = &inputs[round % inputs.len()];
            let other = &inputs[pick(&random, inputs.len())].1;
            let changed = changed(&random, input, other);
            eprintln!("{name}, round {round}, from {}", path.display());
            target(&changed);
        }
    }
}

fn pick(random: &SeededRandom, below: usize) -> usize {
    let mut bytes = [0; 8];
    random.fill(&mut bytes);
    (u64::from_le_bytes(bytes) % below.max(1) as u64) as usize
}

/// Up to four changes: a byte, a piece cut out, a piece doubled, a piece of another input, a number made huge.
fn changed(random: &SeededRandom, input: &[u8], other: &[u8]) -> Vec<u8> {
    let mut bytes = input.to_vec();
    for _ in 0..=pick(random, 4) {
        let at = pick(random, bytes.len() + 1);
        let end = (at + pick(random, 40)).min(bytes.len());
        match pick(random, 5) {
            0 if at < bytes.len() => bytes[at] = pick(random, 256) as u8,
            1 => drop(bytes.drain(at..end)),
            2 => {
                let piece = bytes[at..end].to_vec();
                bytes.splice(end..end, piece);
            }
            3 => {
                let from = pick(random, other.len() + 1);
                let to = (from + pick(random, 200)).min(other.len());
                bytes.splice(at..end, other[from..to].iter().copied());
            }
            _ => {
                if let Some(digit) = bytes[at..].iter().position(u8::is_ascii_digit) {
                    bytes.splice(at + digit..=at + digit, *b"99999999999999999999");
                }
            }
        }
    }
    bytes
}
