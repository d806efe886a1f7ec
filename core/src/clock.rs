//! Time and randomness, injected: nothing else in the crate asks the system for either.

use std::cell::RefCell;
use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// The device's clocks. Both may be called from any thread.
pub trait Clock: Send + Sync {
    /// Wall clock, milliseconds since 1970. May be wrong and may jump; never decides who wins.
    fn now_ms(&self) -> i64;
    /// Monotonic milliseconds from any fixed point; measures durations.
    fn monotonic_ms(&self) -> i64;
}

/// The source of ids and of jitter.
pub trait Random: Send + Sync {
    /// Fills the slice with random bytes.
    fn fill(&self, bytes: &mut [u8]);
}

/// The outside world as the core sees it: clock and randomness. Tests hand in their own.
#[derive(Clone)]
pub struct Environment {
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    requests: Requests,
}

/// Where a run carries out its requests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Requests {
    /// Each on a thread of its own: a cancel and the end of a run's time take effect while one is under way.
    #[default]
    OwnThread,
    /// On the run's thread, for a simulator: everything happens in one order. A cancel, and the end of a run's time by the
    /// injected clock, take effect when the transport returns; what it brought is dropped then, as a late answer is.
    RunsThread,
}

impl Environment {
    /// An environment made of the given parts.
    pub fn new(clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Self {
        Self { clock, random, requests: Requests::default() }
    }

    /// The same with requests carried out there.
    #[must_use]
    pub fn with_requests(self, requests: Requests) -> Self {
        Self { requests, ..self }
    }

    /// The device's own clock and the operating system's randomness.
    #[must_use]
    pub fn system() -> Self {
        Self::with_clock(Arc::new(SystemClock { start: Instant::now() }))
    }

    /// The given clock, and the operating system's randomness.
    #[must_use]
    pub fn with_clock(clock: Arc<dyn Clock>) -> Self {
        Self::new(clock, Arc::new(SystemRandom))
    }

    pub(crate) fn requests(&self) -> Requests {
        self.requests
    }

    pub(crate) fn now_ms(&self) -> i64 {
        self.clock.now_ms()
    }

    pub(crate) fn monotonic_ms(&self) -> i64 {
        self.clock.monotonic_ms()
    }

    /// A UUIDv7 (RFC 9562): time first, so that new rows are appended to their index and not scattered over it.
    pub(crate) fn new_uuid(&self) -> uuid::Uuid {
        let mut bytes = [0; 10];
        if sabotaged!(OwnRandomness) {
            SystemRandom.fill(&mut bytes);
        } else {
            self.random.fill(&mut bytes);
        }
        let millis = u64::try_from(self.now_ms()).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid()
    }

    /// So many random bytes.
    pub(crate) fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.random.fill(&mut bytes);
        bytes
    }

    /// A number in `0..=max`, for jitter. The modulo bias is below 2^-30 for any delay used here.
    pub(crate) fn up_to(&self, max: u64) -> u64 {
        let mut bytes = [0; 8];
        self.random.fill(&mut bytes);
        let value = u64::from_le_bytes(bytes);
        max.checked_add(1).map_or(value, |bound| value % bound)
    }
}

struct SystemClock {
    start: Instant,
}

impl Clock for SystemClock {
    fn now_ms(&self) -> i64 {
        match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
            Err(before) => i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |ms| -ms),
        }
    }

    fn monotonic_ms(&self) -> i64 {
        i64::try_from(self.start.elapsed().as_millis()).unwrap_or(i64::MAX)
    }
}

struct SystemRandom;

thread_local! {
    /// Random bytes that are asked for ahead, and how many of them are left: an import makes two ids a record, and each call of
    /// the system costs as much as a statement.
    static AHEAD: RefCell<([u8; 256], usize)> = const { RefCell::new(([0; 256], 0)) };
}

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) {
        AHEAD.with_borrow_mut(|(ahead, left)| {
            if bytes.len() > ahead.len() {
                return fill_now(bytes);
            }
            if bytes.len() > *left {
                fill_now(ahead);
                *left = ahead.len();
            }
            let taken = ahead.get_mut(*left - bytes.len()..*left).unwrap_or_default();
            bytes.copy_from_slice(taken);
            // None is given twice, nor left to be found.
            taken.fill(0);
            *left -= bytes.len();
        });
    }
}

fn fill_now(bytes: &mut [u8]) {
    if getrandom::fill(bytes).is_err() {
        // No device we support lacks it. The seeds of the standard hasher keep ids distinct all the same.
        use std::hash::{BuildHasher, Hasher};
        for chunk in bytes.chunks_mut(8) {
            let value = std::collections::hash_map::RandomState::new().build_hasher().finish();
            chunk.copy_from_slice(&value.to_le_bytes()[..chunk.len()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn no_byte_of_the_systems_randomness_is_given_twice() {
        let mut seen = HashSet::new();
        for length in (8..=32).cycle().take(2_000) {
            let mut bytes = vec![0; length];
            SystemRandom.fill(&mut bytes);
            for eight in bytes.chunks_exact(8) {
                assert!(eight != [0; 8] && seen.insert(eight.to_vec()), "{eight:?} came before");
            }
        }
        let mut long = [0; 300];
        SystemRandom.fill(&mut long);
        assert!(long.chunks_exact(8).all(|eight| seen.insert(eight.to_vec())));
    }
}
