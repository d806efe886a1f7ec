//! How writes go up: in batches, or each in a request of its own, and how many requests at the same time.

use super::capabilities::Upload;
use super::engine::Run;
use crate::collection::Collection;
use crate::error::Result;
use crate::outbox::{Operation, RunSignal};
use crate::session::state;

/// Operations in one request, where the backend has not said: the contract's limit.
const BATCH: usize = 100;
/// Payload in one request, in bytes: well below the contract's 1 MiB.
const BATCH_BYTES: usize = 512 * 1024;

/// Batches under way at the same time.
const BATCHES: usize = 2;
/// Requests under way at the same time, where each carries one write.
const SINGLES: usize = 4;

/// How long a backend is believed to have no batch endpoint, before it is tried again: one day.
pub(super) const SINGLE_MS: i64 = 24 * 60 * 60_000;

/// How writes go up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Many in one request, at most so many, and so many requests at the same time.
    Batch { operations: usize, at_once: usize },
    /// One request a write, and so many at the same time.
    Single(usize),
}

impl Mode {
    /// One batch after the other.
    fn batch(operations: usize) -> Self {
        Self::Batch { operations, at_once: 1 }
    }

    /// Requests at the same time.
    pub(super) fn at_once(self) -> usize {
        let (Self::Batch { at_once, .. } | Self::Single(at_once)) = self;
        at_once
    }

    /// Operations in one of them.
    pub(super) fn in_a_request(self) -> usize {
        match self {
            Self::Batch { operations, .. } => operations.max(1),
            Self::Single(_) => 1,
        }
    }

    /// What of these goes into which request, each with at most about so many bytes; what finds no place stays. What is said
    /// of allergies arrives in the order in which it was said, whatever the record: of several requests at the same time one
    /// may speak of them.
    pub(super) fn requests(self, ready: Vec<Operation>, bytes: usize) -> Vec<Vec<Operation>> {
        let mut requests: Vec<Vec<Operation>> = Vec::with_capacity(self.at_once());
        let (mut free, mut place_of_allergies) = (0, None);
        for operation in ready {
            let size = operation.bytes();
            let fits = |last: &Vec<Operation>| last.len() < self.in_a_request() && size <= free;
            let anew = !requests.last().is_some_and(fits);
            let place = requests.len() + usize::from(anew);
            let elsewhere = is_of_allergies(&operation) && *place_of_allergies.get_or_insert(place) != place;
            if place > self.at_once() || elsewhere {
                break;
            }
            if anew {
                requests.push(Vec::new());
                free = bytes;
            }
            free = free.saturating_sub(size);
            if let Some(last) = requests.last_mut() {
                last.push(operation);
            }
        }
        requests
    }
}

fn is_of_allergies(operation: &Operation) -> bool {
    matches!(operation.collection, Collection::Allergies | Collection::AllergyList)
}

/// What to do after the answers that came at one time.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Then {
    GoOn(Mode),
    Stop(RunSignal),
}

/// Halves a batch that was too much down to one operation; leaves the batch where the backend has none. It begins with one
/// request and doubles them while all is well, so that a backend in trouble gets no more of them than before. `most`: the
/// size of a batch when all is well.
pub(super) fn after(mode: Mode, signal: RunSignal, most: usize) -> Then {
    Then::GoOn(match (signal, mode) {
        // After the half of what was too large, the next whole one goes alone: it may be too large again.
        (RunSignal::Continue, Mode::Batch { operations, .. }) if operations < most => Mode::batch(most),
        (RunSignal::Continue, Mode::Batch { at_once, .. }) => {
            Mode::Batch { operations: most, at_once: (at_once * 2).min(BATCHES) }
        }
        (RunSignal::Continue, Mode::Single(at_once)) => Mode::Single((at_once * 2).min(SINGLES)),
        (RunSignal::TooLarge(sent), Mode::Batch { .. }) => Mode::batch((sent / 2).max(1)),
        (RunSignal::NoBatch, Mode::Batch { .. }) => Mode::Single(1),
        (signal, _) => return Then::Stop(signal),
    })
}

impl Run<'_> {
    /// How to begin, how many operations a batch may have, and how many bytes: as the backend says. Where it has not:
    /// the batch, unless it was found to have none within the last day.
    pub(super) fn first_mode(&self) -> Result<(Mode, usize, usize)> {
        let (until, now) = (self.inner.db.read(state::get)?.single_until, self.env().now_ms());
        let none_found = until.is_some_and(|until| (now..=now.saturating_add(SINGLE_MS)).contains(&until));
        Ok(match self.capabilities.upload {
            Upload::Batch { operations, bytes } => (Mode::batch(operations), operations, bytes),
            Upload::Single => (Mode::Single(1), BATCH, BATCH_BYTES),
            Upload::Unsaid if none_found => (Mode::Single(1), BATCH, BATCH_BYTES),
            Upload::Unsaid => (Mode::batch(BATCH), BATCH, BATCH_BYTES),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::Fields;
    use crate::outbox::Kind;
    use RunSignal::{Continue, NoBatch, TooLarge, Wait};

    #[test]
    fn too_much_is_halved_down_to_one_and_no_batch_means_one_by_one() {
        let (mut mode, mut sizes) = (Mode::Batch { operations: BATCH, at_once: 2 }, Vec::new());
        while mode.in_a_request() > 1 {
            let Then::GoOn(next) = after(mode, TooLarge(mode.in_a_request()), BATCH) else { break };
            assert_eq!(next, Mode::batch(next.in_a_request()), "one after the other");
            sizes.push(next.in_a_request());
            mode = next;
        }
        assert_eq!(sizes, [50, 25, 12, 6, 3, 1]);
        for (what, mode, signal, then) in [
            ("fewer were sent than may be", Mode::batch(100), TooLarge(7), Then::GoOn(Mode::batch(3))),
            ("a half went through", Mode::batch(50), Continue, Then::GoOn(Mode::batch(BATCH))),
            ("no such endpoint", Mode::batch(100), NoBatch, Then::GoOn(Mode::Single(1))),
            ("nor the other", Mode::Single(2), NoBatch, Then::Stop(NoBatch)),
            ("not now", Mode::batch(100), Wait(5), Then::Stop(Wait(5))),
        ] {
            assert_eq!(after(mode, signal, BATCH), then, "{what}");
        }
    }

    #[test]
    fn requests_at_the_same_time_begin_with_one_and_double_up_to_two_batches_or_four_writes() {
        for (first, expected) in [(Mode::batch(BATCH), [1, 2, 2, 2]), (Mode::Single(1), [1, 2, 4, 4])] {
            let (mut mode, mut at_once) = (first, Vec::new());
            for _ in expected {
                at_once.push(mode.at_once());
                let Then::GoOn(next) = after(mode, Continue, BATCH) else { break };
                mode = next;
            }
            assert_eq!(at_once, expected);
        }
    }

    #[test]
    fn of_requests_at_the_same_time_one_speaks_of_allergies() {
        let two = |operations| Mode::Batch { operations, at_once: 2 };
        // h: a scan, a: an allergy, l: the list's state; a request a word.
        for (what, mode, ready, expected) in [
            ("nothing", two(2), "", ""),
            ("one is enough", two(4), "haal", "haal"),
            ("two", two(2), "hhhh", "hh hh"),
            ("what finds no place stays", two(2), "hhhhh", "hh hh"),
            ("one after the other", Mode::batch(2), "hhhh", "hh"),
            ("in the first", two(3), "halhhhh", "hal hhh"),
            ("in the second", two(3), "hhhahl", "hhh ahl"),
            ("in both: the second ends before", two(3), "hahhhah", "hah hh"),
            ("the list is of allergies", two(2), "hahlhh", "ha h"),
            ("nothing is left for the second", two(2), "aaaa", "aa"),
            ("one each", Mode::Single(4), "hahhah", "h a h h"),
            ("of allergies one by one", Mode::Single(4), "aha", "a h"),
            ("a size of none", two(0), "hhh", "h h"),
        ] {
            let sent = mode.requests(operations(ready), BATCH_BYTES);
            assert_eq!(words(&sent), expected, "{what}");
            let order: Vec<_> = sent.iter().flatten().map(|one| one.seq).collect();
            assert!(order.is_sorted(), "{what}");
        }
    }

    #[test]
    fn the_bytes_are_of_a_request() {
        let each = operations("h")[0].bytes();
        for (bytes, expected) in [
            (2 * each, "hh hh"),
            (2 * each - 1, "h h"),
            (0, "h h"),
            (5 * each, "hhhhh"),
            (3 * each, "hhh hh"),
        ] {
            let mode = Mode::Batch { operations: 10, at_once: 2 };
            assert_eq!(words(&mode.requests(operations("hhhhh"), bytes)), expected);
        }
    }

    fn operations(letters: &str) -> Vec<Operation> {
        let payload = Fields::default();
        let collection = |letter| match letter {
            'a' => Collection::Allergies,
            'l' => Collection::AllergyList,
            _ => Collection::History,
        };
        let one = |(letter, seq)| {
            let example =
                Operation::example(collection(letter), Kind::Update, payload.clone(), payload.clone());
            Operation { seq, ..example }
        };
        letters.chars().zip(1..).map(one).collect()
    }

    fn words(requests: &[Vec<Operation>]) -> String {
        let letter = |one: &Operation| match one.collection {
            Collection::Allergies => 'a',
            Collection::AllergyList => 'l',
            _ => 'h',
        };
        let words: Vec<String> = requests.iter().map(|sent| sent.iter().map(letter).collect()).collect();
        words.join(" ")
    }
}
