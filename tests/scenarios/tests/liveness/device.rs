//! One of a person's phones: its folder, its network, its clock, and the ways in which its app ends and starts again.

use crate::line::{Event, Line, Signed, Tokens, Weather};
use foodlens_core::*;
use foodlens_scenarios::{Phone, PhoneOptions};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;

const LONG: Duration = Duration::from_secs(600);

pub struct Device {
    pub line: Arc<Line>,
    pub tokens: Arc<Tokens>,
    url: String,
    folder: TempDir,
    phone: Option<Phone>,
}

impl Device {
    pub fn new(url: &str) -> Self {
        let tokens = Arc::new(Tokens(Mutex::new(Signed::In)));
        let folder = tempfile::tempdir().unwrap();
        let mut device = Self { line: Line::new(url), tokens, url: url.to_owned(), folder, phone: None };
        device.phone = Some(device.open());
        device
    }

    pub fn session(&self) -> &Session {
        &self.phone().session
    }

    fn phone(&self) -> &Phone {
        self.phone.as_ref().unwrap()
    }

    fn open(&self) -> Phone {
        let (transport, tokens) = (Arc::clone(&self.line), Arc::clone(&self.tokens));
        let options = PhoneOptions { transport: Some(transport), tokens: Some(tokens), ..Default::default() };
        Phone::in_folder(self.folder.path(), &self.url, "ana", options).unwrap()
    }

    pub fn now(&self) -> i64 {
        self.phone().clock.now_ms()
    }

    pub fn pass(&self, ms: i64) {
        self.phone().clock.advance_ms(ms);
    }

    pub fn set_clock(&self, ms: i64) {
        self.phone().clock.set_wall_ms(ms);
    }

    /// A run. Whatever a server asks for, and however the clock jumped: none names a moment further off than an hour.
    pub fn sync(&self) -> SyncReport {
        let report = self.session().sync(LONG).unwrap();
        if let NextStep::RetryAt(at) = report.next {
            assert!((0..=60 * 60_000).contains(&(at - self.now())), "at {}: {report:?}", self.now());
        }
        report
    }

    /// The app is gone and starts again, without having closed anything. The device's clock goes on.
    pub fn restart(&mut self) {
        let now = self.now();
        self.phone = None;
        self.phone = Some(self.open());
        self.set_clock(now);
    }

    /// A run that is cancelled while its first request is in the air; the request arrives all the same.
    pub fn cancelled_sync(&self) {
        self.sync_while_held(|device| device.session().cancel_sync());
        assert!(self.session().quiesce(LONG));
    }

    /// The app dies while its first request is in the air, which arrives: what is on storage at that moment is what the
    /// next start finds.
    pub fn die_while_sending(&mut self) {
        let copy = tempfile::tempdir().unwrap();
        self.sync_while_held(|device| copy_databases(device.folder.path(), copy.path()));
        if std::fs::read_dir(copy.path()).unwrap().next().is_some() {
            let now = self.now();
            self.phone = None;
            self.folder = copy;
            self.phone = Some(self.open());
            self.set_clock(now);
        }
    }

    /// Not called when the run ends without a request: nothing ready, paused, signed out.
    fn sync_while_held(&self, meanwhile: impl FnOnce(&Self)) {
        let (run_ended, events) = self.line.hold();
        std::thread::scope(|scope| {
            let run = scope.spawn(move || {
                let ended = self.session().sync(LONG);
                let _ = run_ended.send(Event::RunEnded);
                ended
            });
            if events.recv().unwrap() == Event::RequestHeld {
                meanwhile(self);
            }
            self.line.set(Weather::Good);
            run.join().unwrap().unwrap();
        });
    }
}

fn copy_databases(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let name = entry.unwrap().file_name();
        // Without the index of the log, which SQLite makes anew.
        if !name.to_string_lossy().ends_with("-shm") {
            std::fs::copy(from.join(&name), to.join(&name)).unwrap();
        }
    }
}
