//! Virtual time: one for the world, and each device's wall clock beside it.

use foodlens_core::Clock;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// 2026-01-01T00:00:00Z.
const BEGINNING: i64 = 1_767_225_600_000;

/// The world's time in milliseconds since 1970. It passes only when it is told to.
#[derive(Debug, Clone)]
pub struct WorldTime(Arc<AtomicI64>);

impl Default for WorldTime {
    fn default() -> Self {
        Self(Arc::new(AtomicI64::new(BEGINNING)))
    }
}

impl WorldTime {
    /// What it is.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Lets time pass.
    pub fn pass(&self, ms: i64) {
        self.0.fetch_add(ms.max(0), Ordering::Relaxed);
    }
}

/// A device's clocks: the wall clock may be wrong.
#[derive(Debug)]
pub struct DeviceClock {
    world: WorldTime,
    off_by_ms: AtomicI64,
}

impl DeviceClock {
    /// One that is right.
    #[must_use]
    pub fn new(world: WorldTime) -> Self {
        Self { world, off_by_ms: AtomicI64::new(0) }
    }

    /// Makes the wall clock wrong by so much.
    pub fn set_off_by_ms(&self, ms: i64) {
        self.off_by_ms.store(ms, Ordering::Relaxed);
    }
}

impl Clock for DeviceClock {
    fn now_ms(&self) -> i64 {
        self.world.now_ms() + self.off_by_ms.load(Ordering::Relaxed)
    }

    fn monotonic_ms(&self) -> i64 {
        self.world.now_ms() - BEGINNING
    }
}
