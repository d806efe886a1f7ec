//! How long to wait between attempts. Pure.

/// Waiting between attempts: exponential with full jitter and a ceiling.
/// (Marc Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.)
#[derive(Debug, Clone, Copy)]
pub(crate) struct BackoffPolicy {
    pub first_ms: i64,
    pub ceiling_ms: i64,
    /// Counted attempts after which an operation is parked.
    pub max_attempts: u32,
}

impl Default for BackoffPolicy {
    fn default() -> Self {
        Self { first_ms: 2_000, ceiling_ms: 15 * 60_000, max_attempts: 10 }
    }
}

impl BackoffPolicy {
    /// The longest wait before the attempt after `failures` failed ones; the real one is drawn from `0..=this`.
    pub fn longest_wait(&self, failures: u32) -> i64 {
        // Beyond 2^30 times the first wait every sane ceiling is reached.
        let doublings = failures.saturating_sub(1).min(30);
        if sabotaged!(NoBackoff) {
            return 0;
        }
        self.first_ms.saturating_mul(1 << doublings).clamp(0, self.ceiling_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_up_to_the_ceiling_and_never_overflows() {
        let policy = BackoffPolicy::default();
        let waits: Vec<_> = [0, 1, 2, 3, 9, 10, 31, 64, u32::MAX].map(|n| policy.longest_wait(n)).to_vec();
        assert_eq!(waits, [2_000, 2_000, 4_000, 8_000, 512_000, 900_000, 900_000, 900_000, 900_000]);
    }
}
