//! The keys of phones' databases, and a look into a database past the library.

use foodlens_core::{DatabaseKey, HookError, KeyProvider, Result, UserId};
use rusqlite::Connection;
use std::fmt::Write;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

/// The key of every phone's data, where they are encrypted.
pub const KEY: [u8; 32] = *b"the key of every test's phone...";

/// Another one.
pub const OTHER_KEY: [u8; 32] = *b"another key, before it or after.";

/// Who gives a phone its keys.
#[derive(Clone, Default)]
pub enum Keys {
    /// [`KEY`] in a build with encryption, else nobody.
    #[default]
    AsBuilt,
    /// Nobody: the data are plain.
    Nobody,
    /// This provider.
    By(Arc<dyn KeyProvider>),
}

impl Keys {
    /// Always this key.
    #[must_use]
    pub fn of(key: [u8; 32]) -> Self {
        Self::By(Arc::new(Fixed(key)))
    }

    /// As the library takes it.
    #[must_use]
    pub fn provider(self) -> Option<Arc<dyn KeyProvider>> {
        match self {
            Self::AsBuilt => cfg!(feature = "encryption").then(|| Arc::new(Fixed(KEY)) as _),
            Self::Nobody => None,
            Self::By(provider) => Some(provider),
        }
    }
}

struct Fixed([u8; 32]);

impl KeyProvider for Fixed {
    fn key(&self, _: &UserId) -> Result<DatabaseKey, HookError> {
        Ok(DatabaseKey::new(&self.0))
    }
}

/// A connection to a phone's database, plain or under one of the keys here, as any other program would open it.
///
/// # Panics
/// When it cannot be opened.
#[must_use]
#[allow(clippy::expect_used, reason = "a test that cannot look into a file cannot go on")]
pub fn look_into(database: &Path) -> Connection {
    let mut head = Vec::new();
    File::open(database).expect("a file").take(16).read_to_end(&mut head).expect("bytes");
    let conn = || Connection::open(database).expect("a database");
    if head.is_empty() || head.starts_with(b"SQLite") {
        return conn();
    }
    let under = |key: &[u8]| {
        let hex = key.iter().chain(&head).fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        });
        let conn = conn();
        conn.pragma_update(None, "key", format!("x'{hex}'")).expect("a key");
        conn.pragma_query_value(None, "user_version", |_| Ok(())).ok().map(|()| conn)
    };
    under(&KEY).or_else(|| under(&OTHER_KEY)).expect("a key that opens it")
}
