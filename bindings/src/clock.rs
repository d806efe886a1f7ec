//! A clock of the host's own, for tests that move time.

use crate::convert::{Time, Via};
use crate::hooks::HookError;
use foodlens_core::{Clock, Environment};
use std::sync::Arc;
use std::time::SystemTime;

/// Tells the time. Called from any thread and within transactions: it must answer at once, and call nothing of the library.
#[uniffi::export(foreign)]
pub trait ClockCallback: Send + Sync {
    /// The time. Durations are measured by it, too. When it throws, the device's time counts.
    fn now(&self) -> Result<SystemTime, HookError>;
}

/// The environment of a library with this clock; without one, the device's.
pub(crate) fn environment(clock: Option<Arc<dyn ClockCallback>>) -> Environment {
    clock.map_or_else(Environment::system, |clock| Environment::with_clock(Arc::new(Shows(clock))))
}

struct Shows(Arc<dyn ClockCallback>);

impl Clock for Shows {
    fn now_ms(&self) -> i64 {
        Time::back(self.0.now().unwrap_or_else(|_| SystemTime::now()))
    }

    fn monotonic_ms(&self) -> i64 {
        self.now_ms()
    }
}
