//! Ten thousand crashes cost no memory and no file descriptors.

use crate::ledger::{Ledger, SAFE, chance};

#[test]
fn crashes_leave_nothing_behind_in_the_process() {
    let ledger = Ledger::new(SAFE);
    let mut draw = chance(1);
    let mut known = 0;
    let mut cycles = |count| {
        for _ in 0..count {
            let mut book = ledger.open().unwrap();
            if known == 0 {
                book.add(1, &mut draw).unwrap();
                known = 1;
            }
            // Something that is not synced, and a transaction that is never ended.
            book.0.execute_batch("BEGIN IMMEDIATE; DELETE FROM entries").unwrap();
            let reader = ledger.open().unwrap();
            ledger.machine.crash(&mut draw).unwrap();
            drop((book, reader));
            ledger.machine.restart().unwrap();
        }
        usage(&ledger)
    };
    let before = cycles(1_000);
    let after = cycles(10_000);
    assert_eq!((before.files, after.files), (0, 0));
    assert!(after.kib < before.kib + 2048, "{} KiB before, {} after", before.kib, after.kib);
}

struct Usage {
    files: usize,
    kib: u64,
}

/// The files of this ledger that the process has open, and its memory, as Linux tells them.
fn usage(ledger: &Ledger) -> Usage {
    let open =
        std::fs::read_dir("/proc/self/fd").unwrap().filter_map(|link| link.unwrap().path().read_link().ok());
    let files = open.filter(|file| file.starts_with(ledger.machine.folder())).count();
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    Usage { files, kib: line.trim().trim_end_matches(" kB").parse().unwrap() }
}
