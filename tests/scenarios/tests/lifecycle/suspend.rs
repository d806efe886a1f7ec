//! An app that the system suspends holds no lock, and goes on where it was.

use super::{Gate, phone_behind};
use foodlens_core::*;
use foodlens_scenarios::{Backend, Phone, PhoneOptions, differences};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier, mpsc};
use std::time::Duration;

const LONG: Duration = Duration::from_secs(60);

fn scan(session: &Session, at: i64) -> Result<RecordId> {
    session.history().add(&HistoryContent::new(HistoryKind::Scan, at))
}

/// Locks of this process on files of the folder, and files there that it has open, as the kernel has them.
#[cfg(target_os = "linux")]
fn held(folder: &Path) -> (usize, usize) {
    use std::os::unix::fs::MetadataExt;
    let files = std::fs::read_dir(folder).unwrap().flatten();
    let inodes: Vec<u64> = files.map(|file| file.metadata().unwrap().ino()).collect();
    let locks = std::fs::read_to_string("/proc/locks").unwrap();
    let ours = format!(" {} ", std::process::id());
    let inode = |line: &str| {
        let place = line.split_whitespace().find(|word| word.matches(':').count() == 2)?;
        place.rsplit(':').next()?.parse().ok()
    };
    let locked = locks.lines().filter(|line| line.contains(&ours));
    let locked = locked.filter_map(inode).filter(|inode| inodes.contains(inode)).count();
    let open = std::fs::read_dir("/proc/self/fd").unwrap().flatten();
    let open = open.filter_map(|fd| std::fs::read_link(fd.path()).ok());
    (locked, open.filter(|path| path.starts_with(folder)).count())
}

#[cfg(target_os = "linux")]
#[test]
fn a_suspended_session_has_no_lock_and_no_file_and_goes_on_afterwards() {
    let backend = Backend::start().unwrap();
    let gate = Gate::new(&backend);
    let phone = phone_behind(&gate, &backend);
    let (session, folder) = (&phone.session, phone.folder());
    scan(session, 1).unwrap();
    let under_way = session.clone();
    let run = std::thread::spawn(move || under_way.sync(Duration::from_secs(600)).unwrap());
    gate.until_a_request_hangs();
    let (locks, files) = held(folder);
    assert!(locks >= 2 && files >= 3, "the run's and the database's: {locks} locks, {files} files");
    assert!(session.suspend(LONG), "a request in flight holds nothing");
    assert_eq!(held(folder), (0, 0));
    assert_eq!(run.join().unwrap().next, NextStep::MoreWork);
    let told = [
        scan(session, 2).map(drop),
        session.status().map(drop),
        session.sync(LONG).map(drop),
        session.sign_out(&SignOut::KeepSealed).map(drop),
        phone.library.session(session.user()).unwrap().allergies().list().map(drop),
    ];
    for told in told {
        let error = told.unwrap_err();
        assert_eq!((error.kind(), error.can_retry()), (&ErrorKind::Suspended, true));
    }
    assert!(session.suspend(Duration::ZERO), "once more");
    assert_eq!(held(folder), (0, 0));
    session.resume();
    session.resume();
    assert_eq!(held(folder), (0, 0), "nothing is opened before it is needed");
    gate.open();
    assert!(session.quiesce(LONG));
    scan(session, 3).unwrap();
    assert_eq!(phone.settle().next, NextStep::Done);
    assert_eq!(backend.server.stats().applied, 2);
    let snapshot = backend.server.snapshot("ana").unwrap();
    assert_eq!(differences(&session.export_json().unwrap(), &snapshot), Vec::<String>::new());
    assert_eq!(session.verify().unwrap().flaws, []);
}

/// Gives its token when the test lets it.
struct Slow {
    asked: mpsc::SyncSender<()>,
    given: Barrier,
}

impl TokenProvider for Slow {
    fn token(&self, _: &UserId, _: bool) -> std::result::Result<AccessToken, HookError> {
        let _ = self.asked.send(());
        self.given.wait();
        Err(HookError)
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_run_that_waits_for_the_app_lets_go_as_soon_as_the_app_answers() {
    let backend = Backend::start().unwrap();
    let (asked, hears) = mpsc::sync_channel(1);
    let slow = Arc::new(Slow { asked, given: Barrier::new(2) });
    let options = PhoneOptions { tokens: Some(slow.clone()), ..Default::default() };
    let phone = Phone::with_options(&backend.url(), "ana", options);
    let (session, folder) = (phone.session.clone(), phone.folder());
    let run = std::thread::spawn(move || session.sync(LONG));
    hears.recv().unwrap();
    assert!(!phone.session.suspend(Duration::ZERO), "the run has its lock as long as it waits");
    slow.given.wait();
    // It wanted to write down how it ended.
    assert_eq!(*run.join().unwrap().unwrap_err().kind(), ErrorKind::Suspended);
    assert_eq!(held(folder), (0, 0));
    assert!(phone.session.suspend(Duration::ZERO));
    phone.session.resume();
    assert!(!phone.session.status().unwrap().running);
}

struct Told(mpsc::Sender<Notice>);

impl Observer for Told {
    fn on_change(&self, notice: &Notice) {
        let _ = self.0.send(notice.clone());
    }
}

#[test]
fn observers_are_told_of_the_resume_and_of_what_comes_after() {
    let backend = Backend::start().unwrap();
    let phone = Phone::new(&backend.url(), "ana");
    let (tell, told) = mpsc::channel();
    let _kept = phone.session.observe(Some(Topic::Records(Collection::History)), Arc::new(Told(tell)));
    assert!(phone.session.suspend(LONG));
    assert!(told.try_recv().is_err());
    phone.session.resume();
    assert_eq!(
        told.recv_timeout(LONG).unwrap().ids,
        None,
        "whatever it could not read meanwhile, it reads now"
    );
    let id = scan(&phone.session, 1).unwrap();
    assert_eq!(told.recv_timeout(LONG).unwrap().ids, Some(vec![id]));
}

#[test]
fn writers_and_readers_are_suspended_at_any_moment_and_what_was_stored_is_there() {
    const TURNS: usize = 60;
    let backend = Backend::start().unwrap();
    let phone = Phone::new(&backend.url(), "ana");
    let over = AtomicBool::new(false);
    let fine = |told: Result<()>| match told.map_err(|error| error.kind().clone()) {
        Ok(()) => 1,
        Err(kind) => {
            assert_eq!(kind, ErrorKind::Suspended);
            std::thread::yield_now();
            0
        }
    };
    let stored: usize = std::thread::scope(|threads| {
        let (session, over) = (&phone.session, &over);
        let writers: Vec<_> = (0..4)
            .map(|n| {
                threads.spawn(move || {
                    let mut stored = 0;
                    while !over.load(Ordering::Relaxed) {
                        stored += fine(scan(session, n).map(drop));
                        fine(session.history().count().map(drop));
                        fine(session.sync(Duration::ZERO).map(drop));
                    }
                    stored
                })
            })
            .collect();
        for _ in 0..TURNS {
            assert!(session.suspend(LONG));
            #[cfg(target_os = "linux")]
            assert_eq!(held(phone.folder()), (0, 0));
            session.resume();
            std::thread::yield_now();
        }
        over.store(true, Ordering::Relaxed);
        writers.into_iter().map(|writer| writer.join().unwrap()).sum()
    });
    assert_eq!(phone.session.history().count().unwrap(), u64::try_from(stored).unwrap());
    assert_eq!(phone.session.verify().unwrap().flaws, []);
}

#[test]
fn signed_out_elsewhere_meanwhile_is_told_at_the_next_call() {
    let backend = Backend::start().unwrap();
    let phone = Phone::new(&backend.url(), "ana");
    let other = || Phone::in_folder(phone.folder(), &backend.url(), "ana", Default::default()).unwrap();
    for (how, expected) in [(false, ErrorKind::SignedOut), (true, ErrorKind::Closed)] {
        let session = phone.library.session(&UserId::new("ana").unwrap()).unwrap();
        scan(&session, 1).unwrap();
        assert!(session.suspend(LONG));
        let other = other();
        let how = match how {
            true => SignOut::Wipe(other.session.sign_out_preview().unwrap()),
            false => SignOut::KeepSealed,
        };
        other.session.sign_out(&how).unwrap();
        // And in again.
        other.library.session(session.user()).unwrap();
        session.resume();
        assert_eq!(*scan(&session, 2).unwrap_err().kind(), expected);
    }
}
