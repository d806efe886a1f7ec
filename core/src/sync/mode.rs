//! How writes go up: in batches, or each in a request of its own.

use super::capabilities::Upload;
use super::engine::Run;
use crate::error::Result;
use crate::outbox::RunSignal;
use crate::session::state;

/// Operations in one request, where the backend has not said: the contract's limit.
const BATCH: usize = 100;
/// Payload in one request, in bytes: well below the contract's 1 MiB.
const BATCH_BYTES: usize = 512 * 1024;

/// Requests under way at the same time, where each carries one write.
const TOGETHER: usize = 4;

/// How long a backend is believed to have no batch endpoint, before it is tried again: one day.
pub(super) const SINGLE_MS: i64 = 24 * 60 * 60_000;

/// How writes go up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Many in one request, at most so many.
    Batch(usize),
    /// One request a write, and so many at the same time.
    Single(usize),
}

impl Mode {
    /// Operations that one claim takes.
    pub(super) fn limit(self) -> usize {
        let (Self::Batch(limit) | Self::Single(limit)) = self;
        limit
    }

    /// Of these, in one request.
    pub(super) fn in_a_request(self) -> usize {
        match self {
            Self::Batch(limit) => limit.max(1),
            Self::Single(_) => 1,
        }
    }
}

/// What to do after an answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Then {
    GoOn(Mode),
    Stop(RunSignal),
}

/// Halves a batch that was too much down to one operation; leaves the batch where the backend has none. One by one, it
/// begins with one request and doubles them while all is well, so that a backend in trouble gets no more of them than
/// before. `most`: the size of a batch when all is well.
pub(super) fn after(mode: Mode, sent: usize, signal: RunSignal, most: usize) -> Then {
    match (signal, mode) {
        (RunSignal::Continue, Mode::Batch(_)) => Then::GoOn(Mode::Batch(most)),
        (RunSignal::Continue, Mode::Single(at_once)) => Then::GoOn(Mode::Single((at_once * 2).min(TOGETHER))),
        (RunSignal::TooLarge, Mode::Batch(_)) => Then::GoOn(Mode::Batch((sent / 2).max(1))),
        (RunSignal::NoBatch, Mode::Batch(_)) => Then::GoOn(Mode::Single(1)),
        (signal, _) => Then::Stop(signal),
    }
}

impl Run<'_> {
    /// How to begin, how many operations a batch may have, and how many bytes: as the backend says. Where it has not:
    /// the batch, unless it was found to have none within the last day.
    pub(super) fn first_mode(&self) -> Result<(Mode, usize, usize)> {
        let (until, now) = (self.inner.db.read(state::get)?.single_until, self.env().now_ms());
        let none_found = until.is_some_and(|until| (now..=now.saturating_add(SINGLE_MS)).contains(&until));
        Ok(match self.capabilities.upload {
            Upload::Batch { operations, bytes } => (Mode::Batch(operations), operations, bytes),
            Upload::Single => (Mode::Single(1), BATCH, BATCH_BYTES),
            Upload::Unsaid if none_found => (Mode::Single(1), BATCH, BATCH_BYTES),
            Upload::Unsaid => (Mode::Batch(BATCH), BATCH, BATCH_BYTES),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_much_is_halved_down_to_one_and_no_batch_means_one_by_one() {
        let (mut mode, mut sizes) = (Mode::Batch(BATCH), Vec::new());
        while let Then::GoOn(Mode::Batch(next)) =
            after(mode, if let Mode::Batch(n) = mode { n } else { 1 }, RunSignal::TooLarge, BATCH)
        {
            sizes.push(next);
            if next == 1 {
                break;
            }
            mode = Mode::Batch(next);
        }
        assert_eq!(sizes, [50, 25, 12, 6, 3, 1]);
        assert_eq!(after(Mode::Batch(1), 1, RunSignal::Continue, BATCH), Then::GoOn(Mode::Batch(BATCH)));
        assert_eq!(after(Mode::Batch(100), 7, RunSignal::NoBatch, BATCH), Then::GoOn(Mode::Single(1)));
        assert_eq!(after(Mode::Single(1), 1, RunSignal::NoBatch, BATCH), Then::Stop(RunSignal::NoBatch));
    }

    #[test]
    fn requests_at_the_same_time_begin_with_one_and_double_up_to_four() {
        let (mut mode, mut at_once) = (Mode::Single(1), Vec::new());
        for _ in 0..4 {
            at_once.push(mode.limit());
            let Then::GoOn(next) = after(mode, mode.limit(), RunSignal::Continue, BATCH) else { break };
            mode = next;
        }
        assert_eq!(at_once, [1, 2, 4, 4]);
    }
}
