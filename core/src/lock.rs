//! The locks of this crate: the standard library's. With the feature `lock-order` (tests alone), ones that panic where two
//! of them are ever taken in both orders, so that a deadlock is found without having to happen.

#[cfg(not(feature = "lock-order"))]
pub(crate) use std::sync::{Condvar, Mutex, MutexGuard};
#[cfg(feature = "lock-order")]
pub(crate) use tracing_mutex::stdsync::tracing::{Condvar, Mutex, MutexGuard};

#[cfg(all(test, feature = "lock-order"))]
mod tests {
    use super::*;

    #[test]
    fn two_locks_in_both_orders_are_told_without_a_deadlock() {
        let (one, other) = (Mutex::new(1), Mutex::new(2));
        drop((one.lock(), other.lock()));
        let reversed = std::panic::catch_unwind(|| drop((other.lock(), one.lock())));
        assert!(reversed.is_err());
    }
}
