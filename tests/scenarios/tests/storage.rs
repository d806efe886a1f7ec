//! A phone's storage by cases: held by another process, read-only, a log that was cut off or is of another time, a clock
//! before 1970, closed and opened again in the middle of a run.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so")]

use foodlens_core::*;
use foodlens_scenarios::{Backend, Phone, differences};
use foodlens_server::{Endpoint, Fault, FaultKind};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

const NOWHERE: &str = "http://127.0.0.1:9";

fn scan(at: i64) -> HistoryContent {
    HistoryContent::new(HistoryKind::Scan, at)
}

fn file_in(folder: &Path) -> PathBuf {
    let mut files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files.find(|path| path.extension().is_some_and(|extension| extension == "db")).unwrap()
}

fn beside(file: &Path, suffix: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn agree(phone: &Phone, backend: &Backend) {
    let snapshot = backend.server.snapshot("ana").unwrap();
    assert_eq!(differences(&phone.session.export_json().unwrap(), &snapshot), Vec::<String>::new());
    assert_eq!(phone.session.verify().unwrap().flaws, []);
}

#[test]
fn a_file_that_another_process_holds_is_busy_for_writes_and_open_for_reads() {
    let phone = Phone::new(NOWHERE, "ana");
    phone.session.history().add(&scan(1)).unwrap();
    let script = "import sqlite3,sys; c=sqlite3.connect(sys.argv[1]); c.execute('BEGIN IMMEDIATE'); print('mine',flush=True); input()";
    let mut other = Command::new("python3");
    let other = other.args(["-c", script]).arg(file_in(phone.folder()));
    let mut other = other.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(other.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "mine\n");
    let told = phone.session.history().add(&scan(2)).unwrap_err();
    assert_eq!((told.kind(), told.can_retry()), (&ErrorKind::StorageBusy, true));
    assert_eq!(phone.session.history().count().unwrap(), 1);
    other.stdin.take().unwrap().write_all(b"\n").unwrap();
    other.wait().unwrap();
    phone.session.history().add(&scan(2)).unwrap();
    assert_eq!(phone.session.queue().counts().unwrap().pending, 2);
}

#[cfg(unix)]
#[test]
fn what_may_only_be_read_is_told_as_such_and_left_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let phone = Phone::in_folder(folder.path(), NOWHERE, "ana", Default::default()).unwrap();
    phone.session.history().add(&scan(1)).unwrap();
    drop(phone);
    let file = file_in(folder.path());
    let allow = |path: &Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    let before = std::fs::read(&file).unwrap();
    for (what, path, mode, back) in [("file", &*file, 0o444, 0o644), ("folder", folder.path(), 0o555, 0o755)]
    {
        allow(path, mode);
        let binds = match what {
            "file" => std::fs::File::options().write(true).open(path).is_err(),
            _ => std::fs::write(path.join("probe"), "").is_err(),
        };
        if binds {
            let told = Phone::in_folder(folder.path(), NOWHERE, "ana", Default::default()).err().unwrap();
            assert!(matches!(told.kind(), ErrorKind::StorageUnavailable { .. }), "{what}: {told:?}");
            assert!(told.can_retry(), "{what}");
            assert_eq!(std::fs::read(&file).unwrap(), before, "{what}");
        } else {
            let line = format!(
                "SKIPPED: this user may write to a read-only {what}\n  as another user: cargo test -p foodlens-scenarios --test storage; refused system calls: --test every_call\n"
            );
            std::io::stdout().lock().write_all(line.as_bytes()).unwrap();
        }
        allow(path, back);
    }
    let phone = Phone::in_folder(folder.path(), NOWHERE, "ana", Default::default()).unwrap();
    assert_eq!(phone.session.history().count().unwrap(), 1);
}

#[test]
fn a_log_that_was_cut_off_leaves_whole_writes_and_a_file_that_goes_on() {
    let backend = Backend::start().unwrap();
    let phone = Phone::new(&backend.url(), "ana");
    phone.session.history().add(&scan(0)).unwrap();
    phone.settle();
    for at in 1..30 {
        phone.session.history().add(&scan(at)).unwrap();
    }
    let file = file_in(phone.folder());
    let log = std::fs::read(beside(&file, "-wal")).unwrap();
    let mut left = Vec::new();
    for tenth in 0..=10 {
        let folder = tempfile::tempdir().unwrap();
        let copy = folder.path().join(file.file_name().unwrap());
        std::fs::copy(&file, &copy).unwrap();
        std::fs::write(beside(&copy, "-wal"), &log[..log.len() * tenth / 10]).unwrap();
        let cut = match Phone::in_folder(folder.path(), &backend.url(), "ana", Default::default()) {
            Ok(cut) => cut,
            // Before the first checkpoint the file alone may be nothing.
            Err(error) => {
                assert!(matches!(error.kind(), ErrorKind::Corrupt { .. }), "{tenth}: {error:?}");
                continue;
            }
        };
        assert_eq!(cut.session.verify().unwrap().flaws, [], "{tenth}");
        let counts = cut.session.queue().counts().unwrap();
        let entries = cut.session.history().count().unwrap();
        assert!(counts.pending <= entries, "{tenth}: an operation without its record");
        cut.session.history().add(&scan(100)).unwrap();
        left.push(entries);
    }
    assert!(
        left.is_sorted() && left.last() == Some(&30) && left.iter().any(|entries| *entries < 30),
        "{left:?}"
    );
}

#[test]
fn a_log_of_another_time_is_told_or_harmless() {
    let backend = Backend::start().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let open = |folder: &Path| Phone::in_folder(folder, &backend.url(), "ana", Default::default());
    let phone = open(folder.path()).unwrap();
    let file = file_in(folder.path());
    let mut old = Vec::new();
    for round in 0..4 {
        for at in 0..20 {
            phone.session.history().add(&scan(round * 100 + at)).unwrap();
        }
        old.push(std::fs::read(beside(&file, "-wal")).unwrap());
        phone.settle();
    }
    phone.session.history().add(&scan(999)).unwrap();
    phone.session.close();
    drop(phone);
    for (n, log) in old.iter().enumerate() {
        let folder = tempfile::tempdir().unwrap();
        let copy = folder.path().join(file.file_name().unwrap());
        std::fs::copy(&file, &copy).unwrap();
        std::fs::write(beside(&copy, "-wal"), log).unwrap();
        match open(folder.path()) {
            Err(error) => assert!(matches!(error.kind(), ErrorKind::Corrupt { .. }), "{n}: {error:?}"),
            Ok(phone) => drop(phone.session.verify().unwrap()),
        }
        let options = Default::default();
        let (phone, recovery) = Phone::recovered(folder.path(), &backend.url(), "ana", options)
            .unwrap_or_else(|e| panic!("{n}: {e:?}"));
        if recovery.set_aside.is_some() {
            assert_eq!(phone.session.verify().unwrap().flaws, [], "{n}");
        }
        phone.settle();
        phone.session.history().add(&scan(1_000)).unwrap();
    }
}

#[test]
fn a_clock_before_1970_stops_nothing() {
    let backend = Backend::start().unwrap();
    let (phone, other) = (Phone::new(&backend.url(), "ana"), Phone::new(&backend.url(), "ana"));
    phone.clock.set_wall_ms(-40 * 365 * 86_400_000);
    let id = phone.session.history().add(&scan(1)).unwrap();
    let allergy =
        phone.session.allergies().add(&AllergyContent::new(Allergen::Eu(EuAllergen::Milk))).unwrap();
    assert_eq!(phone.settle().next, NextStep::Done);
    let shown = phone.session.history().get(id).unwrap();
    let noted = HistoryContent { note: Some("noted".into()), ..shown.content.clone() };
    phone.session.history().update(&shown, &noted).unwrap();
    backend.server.faults().push(Fault::new(Endpoint::Batch, FaultKind::status(503)));
    assert!(matches!(phone.sync().next, NextStep::RetryAt(_) | NextStep::MoreWork));
    assert_eq!(phone.settle().next, NextStep::Done, "it backs off and goes on");
    agree(&phone, &backend);
    other.settle();
    assert_eq!(other.session.history().get(id).unwrap().content, noted);
    // Set right in the middle: what waits by the old time does not wait for years.
    let shown = other.session.allergies().get(allergy).unwrap();
    let severe = AllergyContent { severity: Some(Severity::Severe), ..shown.content.clone() };
    other.session.allergies().update(&shown, &severe).unwrap();
    other.clock.set_wall_ms(-1);
    assert_eq!(other.settle().next, NextStep::Done);
    agree(&other, &backend);
    phone.clock.set_wall_ms(1_767_225_600_000);
    assert_eq!(phone.settle().next, NextStep::Done);
    agree(&phone, &backend);
}

#[test]
fn closed_and_opened_again_in_the_middle_of_a_run_nothing_is_lost_and_nothing_doubled() {
    let backend = Backend::start().unwrap();
    let phone = Phone::new(&backend.url(), "ana");
    let user = UserId::new("ana").unwrap();
    for at in 0..400 {
        phone.session.history().add(&scan(at)).unwrap();
    }
    backend.server.faults().push(Fault::new(Endpoint::Any, FaultKind::DelayMs { ms: 3 }).times(10_000));
    let mut session = phone.session.clone();
    for round in 0..8 {
        let running = session.clone();
        let run = std::thread::spawn(move || running.sync(Duration::from_secs(600)));
        while !run.is_finished() && session.queue().counts().is_ok_and(|counts| counts.sending == 0) {
            std::thread::yield_now();
        }
        session.close();
        match run.join().unwrap() {
            Ok(report) => assert!(matches!(report.next, NextStep::MoreWork | NextStep::Done), "{round}"),
            Err(error) => assert_eq!(*error.kind(), ErrorKind::Closed, "{round}"),
        }
        session = phone.library.session(&user).unwrap();
        session.history().add(&scan(1_000 + round)).unwrap();
        assert_eq!(session.verify().unwrap().flaws, [], "{round}");
    }
    backend.server.faults().clear();
    let mut phone = phone;
    phone.session = session;
    assert_eq!(phone.settle().next, NextStep::Done);
    assert_eq!(backend.server.stats().applied, 408);
    agree(&phone, &backend);
}

#[test]
fn the_log_goes_into_the_file_while_nothing_waits_for_it() {
    let phone = Phone::new(NOWHERE, "ana");
    let length = |path: &Path| std::fs::metadata(path).map_or(0, |file| file.len());
    let file = file_in(phone.folder());
    let before = length(&file);
    // Some thousand pages of the log, fewer than those for which a write would wait.
    for at in 0..250 {
        phone.session.history().add(&scan(at)).unwrap();
    }
    let log = length(&beside(&file, "-wal")) / 4_096;
    assert!((1_000..4_000).contains(&log), "{log} pages");
    let limit = std::time::Instant::now() + Duration::from_secs(60);
    while length(&file) == before {
        assert!(std::time::Instant::now() < limit, "the log stays where it is");
        std::thread::yield_now();
    }
    phone.session.close();
    assert_eq!(length(&beside(&file, "-wal")), 0);
}
