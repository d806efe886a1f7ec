//! A run of about two minutes, `make bench-quick`: the same workloads with fewer rounds, without those that take long.

use std::time::Duration;

/// Whether this is such a run.
pub fn is_on() -> bool {
    std::env::var_os("FOODLENS_BENCH_QUICK").is_some()
}

/// How long the rounds of ours may take together, where all in all they may take this.
pub fn shortened(budget: Duration) -> Duration {
    if is_on() { budget / 10 } else { budget }
}
