//! The log's pages go into the file beside the writes, on a thread of their own, and the write after that takes the few that
//! came meanwhile, so that the log begins anew. Where the thread falls so far behind that the log would grow without end, a
//! write does all of it itself.

use super::Database;
use super::beside::Work;
use crate::error::Result;
use rusqlite::Connection;
use rusqlite::hooks::Wal;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU64, Ordering};

/// Pages of the log, of 4 KiB, after which they are brought into the file; SQLite's own number.
const AFTER: i32 = 1_000;
/// And so many more, where somebody reads so long that the log cannot begin anew.
const MORE: i32 = 250;
/// From here on a write waits for it.
const AT_MOST: i32 = 4_000;

/// How long the log is, as the last commit left it.
#[derive(Default)]
pub(super) struct Log {
    pages: AtomicI32,
    /// How long it was when its pages were last brought into the file.
    taken_at: AtomicI32,
    /// They are in the file, but for what was written meanwhile.
    taken: AtomicBool,
    commits: AtomicU64,
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
            log.commits.fetch_add(1, Ordering::Relaxed);
            if log.taken.swap(false, Ordering::Relaxed) || pages >= AT_MOST {
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
        self.beside(Work::Checkpoint, move |db| {
            db.log.taken_at.store(pages, Ordering::Relaxed);
            // What fails is left to the next one.
            let _ = db
                .with_reader(|conn| Ok(conn.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))?));
            db.log.taken.store(true, Ordering::Relaxed);
        });
    }

    /// How many commits there were: who looks twice knows whether anybody has written meanwhile.
    pub fn commits(&self) -> u64 {
        self.log.commits.load(Ordering::Relaxed)
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
