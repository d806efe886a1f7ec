//! The reference server inside the test's process, on a free port of the loopback.

use foodlens_server::{Options, Running, Server};
use std::io;
use std::path::Path;
use tempfile::TempDir;

/// The secret of the tokens in tests.
pub const SECRET: &str = "a secret for tests only";

const DATABASE: &str = "server.db";
const BACKUP: &str = "backup.db";

/// A running server with its own database.
pub struct Backend {
    /// The server: faults, snapshots, counts.
    pub server: Running,
    folder: TempDir,
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
        let server = Server::start(change(Options::new(folder.path().join(DATABASE), SECRET)))?;
        Ok(Self { server, folder })
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

    /// Its database is copied; it goes on.
    ///
    /// # Errors
    /// As [`Self::start`], and when the copy fails.
    pub fn backed_up(self) -> io::Result<Self> {
        self.with_files(|folder| std::fs::copy(folder.join(DATABASE), folder.join(BACKUP)).map(drop))
    }

    /// The copy is put back, as another life: what was written since [`Self::backed_up`] is lost.
    ///
    /// # Errors
    /// As [`Self::backed_up`].
    pub fn restored(self) -> io::Result<Self> {
        let back =
            self.with_files(|folder| std::fs::copy(folder.join(BACKUP), folder.join(DATABASE)).map(drop))?;
        back.server.new_epoch().map_err(io::Error::other)?;
        Ok(back)
    }

    /// Does something to its files while it does not run; it comes back at the same address.
    fn with_files(self, change: impl FnOnce(&Path) -> io::Result<()>) -> io::Result<Self> {
        let Self { server, folder } = self;
        let bind = server.addr();
        drop(server);
        change(folder.path())?;
        let options = Options { bind, ..Options::new(folder.path().join(DATABASE), SECRET) };
        Ok(Self { server: Server::start(options)?, folder })
    }

    /// Where it listens.
    #[must_use]
    pub fn url(&self) -> String {
        self.server.base_url()
    }
}
