//! What was done to a file since it was last synced, so that it can be undone.

use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

/// With more than this waiting for a sync, the eldest half is written back, as a system does in time.
const MOST: usize = 16_384;

#[derive(Debug)]
pub(super) enum Change {
    Write {
        at: u64,
        length: usize,
        /// What stood there, as far as the file went.
        before: Vec<u8>,
        size_before: u64,
    },
    Resize {
        from: u64,
        to: u64,
        /// What was cut off.
        tail: Vec<u8>,
    },
}

#[derive(Debug, Default)]
pub(super) struct Changes(VecDeque<Change>);

impl Changes {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of it is on storage.
    pub fn settle(&mut self) {
        self.0.clear();
    }

    /// Writes to a file of this size, and gives the new one.
    pub fn write(&mut self, file: &File, size: u64, at: u64, bytes: &[u8]) -> io::Result<u64> {
        let end = at + bytes.len() as u64;
        let mut before = vec![0; usize::try_from(end.min(size).saturating_sub(at)).unwrap_or(usize::MAX)];
        file.read_exact_at(&mut before, at)?;
        file.write_all_at(bytes, at)?;
        self.push(Change::Write { at, length: bytes.len(), before, size_before: size });
        Ok(size.max(end))
    }

    /// Gives a file of this size another one.
    pub fn resize(&mut self, file: &File, size: u64, to: u64) -> io::Result<u64> {
        let mut tail = vec![0; usize::try_from(size.saturating_sub(to)).unwrap_or(usize::MAX)];
        file.read_exact_at(&mut tail, to)?;
        file.set_len(to)?;
        self.push(Change::Resize { from: size, to, tail });
        Ok(to)
    }

    /// From the eldest on.
    pub fn into_vec(self) -> Vec<Change> {
        self.0.into()
    }

    fn push(&mut self, change: Change) {
        if self.0.len() >= MOST {
            self.0.drain(..MOST / 2);
        }
        self.0.push_back(change);
    }
}
