//! A reference server that the kit's hooks can restart, and the kit on it.

use std::sync::{Arc, Mutex};

use foodlens_conformance::{Hooks, Options, Report, run};
use foodlens_server::{Options as ServerOptions, Running, Server, mint_token};
use tempfile::TempDir;

pub const SECRET: &str = "a secret of the tests";

pub struct Backend {
    running: Arc<Mutex<Option<Running>>>,
    options: ServerOptions,
    /// Lives as long as the server.
    _folder: TempDir,
}

impl Backend {
    pub fn start(change: impl FnOnce(&mut ServerOptions)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut options = ServerOptions::new(folder.path().join("server.db"), SECRET);
        change(&mut options);
        let running = Server::start(options.clone()).unwrap();
        options.bind = running.addr();
        Self { running: Arc::new(Mutex::new(Some(running))), options, _folder: folder }
    }

    pub fn base_url(&self) -> String {
        format!("http://{}", self.options.bind)
    }

    fn hooks(&self) -> Hooks {
        let (running, options) = (Arc::clone(&self.running), self.options.clone());
        let restart = move || {
            let mut running = running.lock().unwrap();
            running.take().unwrap().stop();
            *running = Some(Server::start(options.clone()).map_err(|error| error.to_string())?);
            Ok(())
        };
        let running = Arc::clone(&self.running);
        let expire = move || {
            let running = running.lock().unwrap();
            running.as_ref().unwrap().expire_cursors().map_err(|error| error.to_string())
        };
        Hooks { restart: Some(Box::new(restart)), expire_cursors: Some(Box::new(expire)) }
    }

    /// The whole kit, with both users and all hooks.
    pub fn check(&self) -> Report {
        self.check_with(|_| {})
    }

    pub fn check_with(&self, change: impl FnOnce(&mut Options)) -> Report {
        let mut options = Options::new(self.base_url(), token("anna"));
        options.second_token = Some(token("bert"));
        options.hooks = self.hooks();
        change(&mut options);
        run(options).unwrap()
    }
}

pub fn token(user: &str) -> String {
    mint_token(SECRET, user, 600).unwrap()
}
