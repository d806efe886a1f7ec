//! How much memory a process takes at most for a job, with ten times as many records beside: it should not tell. Each job
//! is done by a process of its own, since the system counts the peak for the life of one.

use crate::restore::{self, RECORDS};
use crate::server::{Feed, Server};
use crate::table::Table;
use crate::{phone, records};
use std::fmt::Write;
use std::path::Path;
use std::process::Command;

/// Set for such a process: the job, the backend, the folder and the number of records, a line each.
const JOB: &str = "FOODLENS_BENCH_JOB";

/// A job, and what it is called in the table.
const JOBS: [(&str, &str); 2] = [
    ("restore", "peak memory of a restore of 1,000,000 (100,000)"),
    ("import", "peak memory of a legacy import of 100,000 (10,000)"),
];

/// Does the job that this process was started for, and ends it.
pub fn if_asked() {
    let Ok(job) = std::env::var(JOB) else { return };
    let [job, url, folder, count] = job.lines().collect::<Vec<_>>()[..] else { panic!("{job}") };
    let (folder, count) = (Path::new(folder), count.parse().unwrap());
    let before = match job {
        "restore" => {
            restore::ours_at(url, folder, count);
            0
        }
        _ => import(folder, count),
    };
    println!("{}", peak_kib() - before);
    std::process::exit(0);
}

pub fn peaks(table: &mut Table, wanted: impl Fn(&str) -> bool) {
    if !cfg!(target_os = "linux") {
        return println!("peak memory: not measured, only Linux tells it");
    }
    for (job, called) in JOBS.into_iter().filter(|(job, _)| wanted(job)) {
        let [few, many] = [1, 10].map(|times| match job {
            "restore" => peak_of(job, Server::start(Feed::of(times * RECORDS)).base_url(), times * RECORDS),
            _ => peak_of(job, "http://127.0.0.1:9", times * RECORDS / 10),
        });
        table.add_peaks(called, many, few);
    }
}

fn peak_of(job: &str, url: &str, count: usize) -> u64 {
    let folder = phone::folder();
    let asked = format!("{job}\n{url}\n{}\n{count}", folder.path().display());
    let done = Command::new(std::env::current_exe().unwrap()).env(JOB, asked).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap().trim().parse().unwrap()
}

/// What the text takes that the app hands in.
fn import(folder: &Path, count: usize) -> u64 {
    let head = r#"{"format":"foodlens-legacy","version":1,"history":["#;
    let mut text = String::with_capacity(head.len() + 300 * count);
    text.push_str(head);
    for index in 0..count {
        let comma = if index == 0 { "" } else { "," };
        write!(text, r#"{comma}{{"legacy_id":"{index}",{}"#, &records::json(index)[1..]).unwrap();
    }
    text.push_str("]}");
    let session = phone::open(folder, "http://127.0.0.1:9");
    let before = peak_kib();
    assert_eq!(session.import_legacy(&text).unwrap().imported, count as u64);
    before
}

fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    peak.trim().trim_end_matches(" kB").parse().unwrap()
}
