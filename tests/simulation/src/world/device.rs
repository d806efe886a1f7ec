//! A device: an app with the library in it, on its own storage, with its own clock.

use super::backend::{URL, USERS};
use super::hooks::{AppSide, DeviceRandom};
use super::line::{Line, LineState, Shared};
use super::storage::{Storage, copy_files, remove_files};
use super::time::DeviceClock;
use crate::dice::Dice;
use crate::model::FileModel;
use foodlens_core::{Config, Conflict, Environment, FoodLens, Hooks, Requests, Result, Session, UserId};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// The running app.
pub struct App {
    pub library: FoodLens,
    pub sessions: BTreeMap<usize, Session>,
}

/// A copy of a device's files, with what the model knew of them then.
pub struct Backup {
    pub folder: PathBuf,
    pub files: BTreeMap<usize, FileModel>,
}

/// A device.
pub struct Device {
    pub storage: Arc<Storage>,
    pub clock: Arc<DeviceClock>,
    pub line: Arc<Line>,
    pub side: Arc<AppSide>,
    random: Arc<DeviceRandom>,
    pub app: Option<App>,
    /// The user in front.
    pub user: usize,
    /// What the model knows of each user's file here.
    pub files: BTreeMap<usize, FileModel>,
    pub backup: Option<Backup>,
    /// Questions as a person looked at them.
    pub looked_at: Vec<Conflict>,
    pub version: u64,
}

impl Device {
    /// A new one, with no app running.
    ///
    /// # Errors
    /// When it gets no folder.
    pub fn new(shared: &Arc<Shared>, folder: &Path, dice: [Dice; 2], user: usize) -> io::Result<Self> {
        let [dice, of_disk] = dice;
        let storage = Arc::new(Storage::new(folder, of_disk)?);
        let line = Line {
            shared: Arc::clone(shared),
            storage: Arc::clone(&storage),
            state: Mutex::new(LineState::default()),
        };
        Ok(Self {
            clock: Arc::new(DeviceClock::new(shared.time.clone())),
            line: Arc::new(line),
            side: Arc::new(AppSide::new(Arc::clone(shared))),
            random: Arc::new(DeviceRandom(Mutex::new(dice))),
            storage,
            app: None,
            user,
            files: BTreeMap::new(),
            backup: None,
            looked_at: Vec::new(),
            version: 1,
        })
    }

    /// The session of the user in front; opens the app and signs in where that is needed.
    ///
    /// # Errors
    /// As [`FoodLens::session`].
    pub fn session(&mut self) -> Result<Session> {
        let user = self.user;
        let mut app = self.app.take().unwrap_or_else(|| self.start());
        let session = Self::session_of(&mut app, user);
        self.app = Some(app);
        session
    }

    fn session_of(app: &mut App, user: usize) -> Result<Session> {
        if let Some(session) = app.sessions.get(&user) {
            return Ok(session.clone());
        }
        let session = app.library.session(&UserId::new(USERS[user])?)?;
        app.sessions.insert(user, session.clone());
        Ok(session)
    }

    /// The app starts; no user's file is open yet.
    fn start(&self) -> App {
        let random = Arc::clone(&self.random);
        let env = Environment::new(self.clock.clone(), random).with_requests(Requests::RunsThread);
        let config = Config {
            app_version: Some(format!("1.{}", self.version)),
            mark_dir: Some(self.marks()),
            ..Config::new(self.storage.folder(), URL)
        };
        let hooks = Hooks {
            tokens: self.side.clone(),
            merge: Some(self.side.clone()),
            telemetry: Some(self.side.clone()),
            keys: None,
        };
        let library = FoodLens::with_parts(config, hooks, self.line.clone(), env);
        App { library, sessions: BTreeMap::new() }
    }

    /// The session that another process of the same app has on the same files.
    ///
    /// # Errors
    /// As [`FoodLens::session`].
    pub fn another_process(&self) -> Result<Session> {
        self.start().library.session(&UserId::new(USERS[self.user])?)
    }

    /// A file that is gone, by the way that an app goes: recovery.
    ///
    /// # Errors
    /// As [`FoodLens::recover`].
    pub fn recover(&mut self) -> Result<Session> {
        let user = UserId::new(USERS[self.user])?;
        let mut app = self.app.take().unwrap_or_else(|| self.start());
        let recovered = app.library.recover(&user);
        let session = recovered.map(|recovery| recovery.session);
        match &session {
            Ok(session) => drop(app.sessions.insert(self.user, session.clone())),
            // What is damaged is closed.
            Err(_) => drop(app.sessions.remove(&self.user)),
        }
        self.app = Some(app);
        session
    }

    /// The folder that no backup carries along.
    fn marks(&self) -> PathBuf {
        self.storage.beside("marks")
    }

    /// The app ends in an orderly way.
    pub fn end(&mut self) {
        if let Some(app) = self.app.take() {
            app.sessions.values().for_each(Session::close);
        }
    }

    /// Power is gone: the app ends with no clean-up, and all is started again.
    ///
    /// # Errors
    /// When the simulated disk fails by itself.
    pub fn die(&mut self) -> io::Result<()> {
        self.storage.crash();
        self.app = None;
        // A run's request holds on to the session.
        super::line::lock(&self.line.state).session = None;
        self.storage.start()
    }

    /// The user's session has ended; the next use signs in again.
    pub fn forget_session(&mut self) {
        let user = self.user;
        if let Some(app) = &mut self.app {
            app.sessions.remove(&user);
        }
    }

    /// The app and all its files are deleted, the marks too.
    ///
    /// # Errors
    /// When they cannot be.
    pub fn reinstall(&mut self) -> io::Result<()> {
        self.end();
        self.storage.settle();
        remove_files(self.storage.folder())?;
        remove_files(&self.marks())?;
        self.files.clear();
        Ok(())
    }

    /// Copies the databases away, as a backup of the system does: not the marks.
    ///
    /// # Errors
    /// When they cannot be.
    pub fn back_up(&mut self) -> io::Result<()> {
        let folder = self.aside("backup");
        remove_files(&folder)?;
        copy_files(self.storage.folder(), &folder)?;
        self.backup = Some(Backup { folder, files: self.files.clone() });
        Ok(())
    }

    /// A folder that is on no simulated disk.
    #[must_use]
    pub fn aside(&self, name: &str) -> PathBuf {
        self.storage.folder().parent().unwrap_or(Path::new(".")).with_extension(name)
    }

    /// Other files take the place of the databases.
    ///
    /// # Errors
    /// When they cannot.
    pub fn take_files(&mut self, from: &Path, files: BTreeMap<usize, FileModel>) -> io::Result<()> {
        self.end();
        self.storage.settle();
        remove_files(self.storage.folder())?;
        copy_files(from, self.storage.folder())?;
        self.files = files;
        Ok(())
    }

    /// The model of the file of the user in front.
    pub fn file(&mut self) -> &mut FileModel {
        self.files.entry(self.user).or_default()
    }
}
