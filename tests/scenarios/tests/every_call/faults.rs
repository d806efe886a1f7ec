//! Every kind of call that storage can refuse, refused at its first time and at many later ones, once or for good: while a
//! file is made, while the app writes, while a run goes on. No panic, a typed error, nothing that was called stored is
//! lost, and the next open goes on.

use super::inject::{CAN, Fault};
use super::prepared::Prepared;
use super::{app, cannot_run, edits, open, recover, run, tell, tracer};
use nix::errno::Errno;
use nix::libc::*;
use std::path::Path;
use tracer::Ended;

/// Points of one kind that are looked at in one job: the first ones, and as many more from there to the end.
const POINTS: usize = 20;

/// What a device does, and what it says.
#[rustfmt::skip]
const KINDS: &[(&str, &[i64], Errno)] = &[
    ("no space to write", WRITING, Errno::ENOSPC),
    ("a write error", WRITING, Errno::EIO),
    ("a sync error", &[SYS_fsync, SYS_fdatasync], Errno::EIO),
    ("a read error", &[SYS_pread64, SYS_read], Errno::EIO),
    ("a read-only file system", OPENING, Errno::EROFS),
    ("a locked device", OPENING, Errno::EACCES),
    ("no cutting off", &[SYS_ftruncate], Errno::EIO),
    ("no mapping", &[SYS_mmap], Errno::ENOMEM),
    #[cfg(target_arch = "x86_64")]
    ("no removal", &[SYS_unlink, SYS_unlinkat], Errno::EACCES),
    #[cfg(target_arch = "x86_64")]
    ("no renaming", &[SYS_rename, SYS_renameat2], Errno::EROFS),
];
const WRITING: &[i64] = &[SYS_pwrite64, SYS_write, SYS_writev, SYS_pwritev, SYS_fallocate];
#[cfg(target_arch = "x86_64")]
const OPENING: &[i64] = &[SYS_openat, SYS_open, SYS_mkdirat, SYS_mkdir];
#[cfg(not(target_arch = "x86_64"))]
const OPENING: &[i64] = &[SYS_openat, SYS_mkdirat];

/// What an app is told when storage fails; it can act on each. Where a file system says that it cannot read what it has,
/// SQLite takes the file for damaged; `recover` looks at it again, and leaves it if it was so but once.
const TYPED: [&str; 3] = ["StorageFull", "StorageUnavailable", "StorageBusy"];
const UNREAD: &str = "Corrupt";

#[test]
fn a_file_that_cannot_be_made_now_is_made_by_the_next_open() {
    let expected = open::fresh_schema();
    at_many_points(
        "making a file",
        || tempfile::tempdir().unwrap(),
        |folder| app(&folder.path().join("data"), open::NOWHERE, "open"),
        |name, _, folder| open::finished_by_the_next_open(name, &folder.path().join("data"), &expected),
    );
}

#[test]
fn a_write_that_fails_is_told_and_what_was_told_stored_is_there() {
    let prepared = Prepared::new();
    let url = prepared.server.base_url();
    at_many_points(
        "the app's writes",
        || prepared.folder_again(),
        |folder| app(folder.path(), &url, "edits"),
        |name, ended, folder| {
            edits::all_that_was_said_holds(name, &prepared, ended, folder.path());
        },
    );
}

#[test]
fn a_run_on_failing_storage_loses_nothing_and_doubles_nothing() {
    let prepared = Prepared::new();
    let unharmed = run::unharmed(&prepared);
    let url = prepared.server.base_url();
    at_many_points(
        "a run of sync",
        || prepared.again(),
        |folder| app(folder.path(), &url, "run"),
        |name, _, folder| run::goes_on(name, &prepared, folder.path(), &unharmed),
    );
}

#[test]
fn a_recovery_on_failing_storage_loses_nothing() {
    let prepared = Prepared::new();
    let url = prepared.server.base_url();
    let bytes = std::cell::RefCell::new(Vec::new());
    at_many_points(
        "a recovery",
        || {
            let (folder, damaged) = recover::damaged(&prepared);
            bytes.replace(damaged);
            folder
        },
        |folder| app(folder.path(), &url, "recover"),
        |name, _, folder| recover::nothing_is_lost(name, &prepared, folder.path(), &bytes.borrow()),
    );
}

/// Lets `life` fail at its points, once and for good; each end is given to `after` with a name for it.
fn at_many_points<T: AsRef<Path>>(
    what: &str,
    place: impl Fn() -> T,
    life: impl Fn(&T) -> std::process::Command,
    mut after: impl FnMut(&str, &Ended, T),
) {
    if !CAN {
        return cannot_run(Errno::ENOSYS);
    }
    let (mut looked_at, mut of, mut told) = (0, 0, 0);
    for (kind, calls, errno) in KINDS {
        for stays in [false, true] {
            let live = |nth| {
                let folder = place();
                let folder_path = folder.as_ref().canonicalize().unwrap();
                let fault = Fault { calls, errno: *errno, nth, stays, folder: folder_path };
                (tracer::with_fault(fault, &mut life(&folder)), folder)
            };
            let all = match live(0).0 {
                Ok(counted) => counted.of_its_kind,
                Err(error) => return cannot_run(error),
            };
            of += all;
            for nth in points(all) {
                let (ended, folder) = live(nth);
                let ended = ended.unwrap();
                let how = if stays { "for good" } else { "once" };
                let name = format!("{what}, {kind} {how} from call {nth} of {all}");
                for line in ended.printed.iter().filter_map(|line| line.strip_prefix("failed ")) {
                    told += 1;
                    let typed = TYPED.iter().any(|kind| line.starts_with(kind));
                    let unread = *kind == "a read error" && line.starts_with(UNREAD);
                    assert!(typed || unread, "{name}: {line}");
                }
                after(&name, &ended, folder);
                looked_at += 1;
            }
        }
    }
    tell(&format!("{what}: storage failed at {looked_at} points of {of}, {told} errors were told"));
    assert!(looked_at > 40 && told > 20, "{looked_at} {told}");
}

/// The first ones, and others evenly to the last.
fn points(all: usize) -> Vec<usize> {
    let first = POINTS.div_ceil(2).min(all);
    let step = (all - first).div_ceil(POINTS / 2).max(1);
    (1..=first).chain((first + 1..=all).rev().step_by(step)).collect()
}
