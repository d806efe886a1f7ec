//! A device: an app with the library in it, on its own storage, with its own clock.

use super::backend::{URL, USERS};
use super::hooks::{AppSide, DeviceRandom};
use super::line::{Line, LineState, Shared};
use super::look::Seen;
use super::storage::{Storage, copy_files, remove_files};
use super::template::Template;
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
    /// The file of each user who is new; of none: the library makes it.
    new: &'static [Template],
    /// Sessions that were opened so far.
    opened: u64,
    looked: Option<Looked>,
}

/// A look at a file, and what must be the same for it to hold still.
struct Looked {
    /// The user, sessions opened before, writes of the disk.
    at: (usize, u64, u64),
    seen: Arc<Seen>,
}

impl Device {
    /// A new one, with no app running.
    ///
    /// # Errors
    /// When it gets no folder.
    pub fn new(
        shared: &Arc<Shared>,
        folder: &Path,
        dice: [Dice; 2],
        user: usize,
        new: &'static [Template],
    ) -> io::Result<Self> {
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
            new,
            opened: 0,
            looked: None,
        })
    }

    /// The session of the user in front; opens the app and signs in where that is needed.
    ///
    /// # Errors
    /// As [`FoodLens::session`].
    pub fn session(&mut self) -> Result<Session> {
        let user = self.user;
        let mut app = self.app.take().unwrap_or_else(|| self.start());
        let session = self.session_of(&mut app, user);
        self.app = Some(app);
        session
    }

    fn session_of(&mut self, app: &mut App, user: usize) -> Result<Session> {
        if let Some(session) = app.sessions.get(&user) {
            return Ok(session.clone());
        }
        self.opened += 1;
        if let Some(new) = self.new.get(user).filter(|_| self.storage.is_calm()) {
            new.put(self.storage.folder(), &self.marks())?;
        }
        let session = app.library.session(&UserId::new(USERS[user])?)?;
        app.sessions.insert(user, session.clone());
        Ok(session)
    }

    /// What can be seen of the file of the user in front. Where the same session is open since the last look and the disk
    /// has written nothing, that look holds.
    ///
    /// # Errors
    /// Those of the library.
    pub fn look(&mut self, session: &Session) -> Result<Arc<Seen>> {
        let at = (self.user, self.opened, self.storage.writes());
        if let Some(looked) = self.looked.as_ref().filter(|looked| looked.at == at) {
            return Ok(Arc::clone(&looked.seen));
        }
        let before = self.files.get(&self.user).and_then(|file| file.seen.as_deref());
        let seen = Arc::new(Seen::of(session, before)?);
        // Looking writes nothing; if it ever does, the next look is a new one.
        self.looked = Some(Looked { at, seen: Arc::clone(&seen) });
        Ok(seen)
    }

    /// The library makes the file of the user in front, outside of any app.
    ///
    /// # Errors
    /// As [`FoodLens::session`].
    pub fn make_file(&self) -> Result<Session> {
        self.start().library.session(&UserId::new(USERS[self.user])?)
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
        self.opened += 1;
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
