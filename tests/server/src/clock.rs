//! What the server takes from outside: the time and fresh ids, so that a simulator can replay a run exactly.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use uuid::Uuid;

/// The injected sources of time and ids. The default takes both from the system.
#[derive(Clone)]
pub struct Seams {
    /// Milliseconds since 1970, for `received_at` and for what expires.
    pub now_ms: Arc<dyn Fn() -> i64 + Send + Sync>,
    /// A fresh id, for epochs, request ids and the key that signs cursors.
    pub fresh_id: Arc<dyn Fn() -> Uuid + Send + Sync>,
}

impl Default for Seams {
    fn default() -> Self {
        Self { now_ms: Arc::new(system_now_ms), fresh_id: Arc::new(Uuid::now_v7) }
    }
}

impl std::fmt::Debug for Seams {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seams")
    }
}

fn system_now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
