//! The reference server inside the test's process, on a free port of the loopback.

use foodlens_server::{Options, Running, Server};
use std::io;
use tempfile::TempDir;

/// The secret of the tokens in tests.
pub const SECRET: &str = "a secret for tests only";

/// A running server with its own database.
pub struct Backend {
    /// The server: faults, snapshots, counts.
    pub server: Running,
    _folder: TempDir,
}

impl Backend {
    /// Starts one with an empty database.
    ///
    /// # Errors
    /// When no folder or port is to be had.
    pub fn start() -> io::Result<Self> {
        Self::start_with(|options| options)
    }

    /// Starts one with an empty database and other options.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub fn start_with(change: impl FnOnce(Options) -> Options) -> io::Result<Self> {
        let folder = tempfile::tempdir()?;
        let server = Server::start(change(Options::new(folder.path().join("server.db"), SECRET)))?;
        Ok(Self { server, _folder: folder })
    }

    /// What a provider does who lost everything: the same address, an empty database, another epoch.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub fn replaced_by_an_empty_one(self) -> io::Result<Self> {
        let bind = self.server.addr();
        drop(self);
        Self::start_with(|options| Options { bind, ..options })
    }

    /// Where it listens.
    #[must_use]
    pub fn url(&self) -> String {
        self.server.base_url()
    }
}
