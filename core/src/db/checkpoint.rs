//! The log's pages go into the file beside the writes, on a thread of their own: no write waits for that. Only where it falls
//! so far behind that the log would grow without end, a write does it itself.

use super::{Database, lock};
use crate::error::Result;
use rusqlite::Connection;
use rusqlite::hooks::Wal;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::thread::{self, JoinHandle};

/// Pages of the log, of 4 KiB, after which they are brought into the file; SQLite's own number.
const AFTER: i32 = 1_000;
/// And so many more, where writes go on meanwhile.
const MORE: i32 = 250;
/// From here on a write waits for it.
const AT_MOST: i32 = 4_000;

/// How long the log is, as the last commit left it.
#[derive(Default)]
pub(super) struct Log {
    pages: AtomicI32,
    /// How long it was when its pages were last brought into the file.
    taken_at: AtomicI32,
}

/// Whether the log is to be taken now. It begins anew where all of it was, and is shorter then than it was.
fn is_due(pages: i32, taken_at: i32) -> bool {
    pages >= AFTER && (pages < taken_at || pages >= taken_at.saturating_add(MORE))
}

impl Log {
    /// Follows what this connection commits, in place of SQLite's own checkpoints.
    pub fn follow(self: &Arc<Self>, conn: &mut Connection) -> Result<()> {
        let log = Arc::clone(self);
        conn.wal_hook(Some(move |wal: &mut Wal, pages| {
            log.pages.store(pages, Ordering::Relaxed);
            if pages >= AT_MOST {
                // The write is stored whatever comes of this: left to the next one, as SQLite does.
                let _ = wal.checkpoint();
            }
            Ok(())
        }))?;
        Ok(())
    }
}

impl Database {
    /// After a write: brings the log into the file if it is due, on a thread of its own.
    pub fn checkpoint_if_due(self: &Arc<Self>) {
        let pages = self.log.pages.load(Ordering::Relaxed);
        if !is_due(pages, self.log.taken_at.load(Ordering::Relaxed)) {
            return;
        }
        let mut under_way = lock(&self.checkpoint);
        if under_way.as_ref().is_some_and(|thread| !thread.is_finished()) {
            return;
        }
        self.log.taken_at.store(pages, Ordering::Relaxed);
        let db = Arc::clone(self);
        let thread = thread::Builder::new().name("foodlens-checkpoint".into()).spawn(move || {
            // What fails is left to the next one.
            let _ = db
                .with_reader(|conn| Ok(conn.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))?));
        });
        *under_way = thread.ok();
    }

    /// Waits until none is under way.
    pub(super) fn after_checkpoint(&self) {
        let thread: Option<JoinHandle<()>> = lock(&self.checkpoint).take();
        // The last one who has the database may be that thread.
        if let Some(thread) = thread.filter(|thread| thread.thread().id() != thread::current().id()) {
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_due_at_a_thousand_pages_and_every_250_more_until_the_log_begins_anew() {
        for (pages, taken_at, expected) in [
            (999, 0, false),
            (1_000, 0, true),
            (1_249, 1_000, false),
            (1_250, 1_000, true),
            (40, 3_900, false),
            (1_000, 3_900, true),
        ] {
            assert_eq!(is_due(pages, taken_at), expected, "{pages} after {taken_at}");
        }
    }
}
