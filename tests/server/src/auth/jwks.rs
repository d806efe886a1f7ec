//! The file of public keys, read again when it has changed: keys rotate while servers run.

use std::fs::Metadata;
use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use super::pinned::{self, Pinned};

/// How long a key that was taken out of the file may still open something.
const LOOK_EVERY: Duration = Duration::from_secs(60);

pub(super) struct Jwks {
    path: PathBuf,
    read: Mutex<Read>,
}

struct Read {
    keys: Vec<Pinned>,
    stamp: Option<Stamp>,
    looked: Instant,
}

/// Tells one state of the file from another; None where there is no file.
#[derive(PartialEq, Eq)]
struct Stamp {
    changed: Option<SystemTime>,
    bytes: u64,
}

impl Stamp {
    fn of(file: &Metadata) -> Self {
        Self { changed: file.modified().ok(), bytes: file.len() }
    }
}

impl Jwks {
    pub fn open(path: PathBuf) -> io::Result<Self> {
        let stamp = std::fs::metadata(&path).map(|file| Stamp::of(&file))?;
        let keys = pinned::read(&std::fs::read(&path)?)
            .map_err(|what| io::Error::new(io::ErrorKind::InvalidData, format!("the JWKS file: {what}")))?;
        Ok(Self { path, read: Mutex::new(Read { keys, stamp: Some(stamp), looked: Instant::now() }) })
    }

    /// The key of this name; without a name the only key, if there is one alone.
    pub fn find(&self, kid: Option<&str>) -> Option<Pinned> {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if find(&read.keys, kid).is_none() || read.looked.elapsed() >= LOOK_EVERY {
            self.look(&mut read);
        }
        find(&read.keys, kid).cloned()
    }

    /// What is wrong with the file is logged once for each of its states, and the keys before stay.
    fn look(&self, read: &mut Read) {
        read.looked = Instant::now();
        // Before the content: a change in between is seen at the next look.
        let stamp = std::fs::metadata(&self.path).map(|file| Stamp::of(&file)).ok();
        if stamp == read.stamp {
            return;
        }
        read.stamp = stamp;
        let fresh = std::fs::read(&self.path).map_err(|_| "it cannot be read");
        match fresh.and_then(|json| pinned::read(&json)) {
            Ok(keys) => {
                tracing::info!(keys = keys.len(), "the JWKS file has changed");
                read.keys = keys;
            }
            Err(what) => tracing::error!(what, "the JWKS file has changed, and the keys before stay"),
        }
    }
}

fn find<'a>(keys: &'a [Pinned], kid: Option<&str>) -> Option<&'a Pinned> {
    match (kid, keys) {
        (Some(kid), _) => keys.iter().find(|key| key.kid.as_deref() == Some(kid)),
        (None, [only]) => Some(only),
        (None, _) => None,
    }
}
