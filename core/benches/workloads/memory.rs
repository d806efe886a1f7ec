//! W8: how much memory a process takes at most for a job, with ten times as many records beside: it should not tell; and what
//! the limit takes. Each job is done by a process of its own, since the system counts the peak for the life of one.

use crate::answers::Feed;
use crate::phone::AtRest;
use crate::restore::{self, RECORDS};
use crate::server::Server;
use crate::table::Table;
use crate::{bulk, phone, records, search};
use foodlens_core::NextStep;
use std::fmt::Write;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// Set for such a process: the job, how its data lie, the backend, the folder and the number of records, a line each.
const JOB: &str = "FOODLENS_BENCH_JOB";
const NOBODY: &str = "http://127.0.0.1:9";

/// A job, what it is called in the table, and the fewer records of the two.
const JOBS: [(&str, &str, usize); 4] = [
    ("restore", "W8 peak memory, restore of 1,000,000 (100,000)", RECORDS),
    ("drain", "W8 peak memory, drain of 1,000,000 (100,000)", RECORDS),
    ("search", "W8 peak memory, search in 1,000,000 (100,000)", RECORDS),
    ("import", "W8 peak memory, legacy import of 100,000 (10,000)", RECORDS / 10),
];
/// The limit's side of the first.
const LIMIT: &str = "restore-limit";

/// Does the job that this process was started for, and ends it.
pub fn if_asked() {
    let Ok(asked) = std::env::var(JOB) else { return };
    let [job, at_rest, url, folder, count] = asked.lines().collect::<Vec<_>>()[..] else { panic!("{asked}") };
    let (folder, count) = (Path::new(folder), count.parse().unwrap());
    let at_rest = if at_rest == "plain" { AtRest::Plain } else { AtRest::Encrypted };
    let mut before = 0;
    match job {
        "restore" => drop(restore::ours_at(url, folder, count, at_rest)),
        "drain" => drain(url, folder, count, at_rest),
        "search" => find(url, folder, count, at_rest),
        "import" => before = import(folder, count, at_rest),
        _ => drop(restore::limit_at(url, folder, count)),
    }
    println!("{}", peak_kib() - before);
    std::process::exit(0);
}

pub fn peaks(table: &mut Table, wanted: impl Fn(&str) -> bool) {
    if !cfg!(target_os = "linux") {
        return println!("peak memory: not measured, only Linux tells it");
    }
    for at_rest in AtRest::all() {
        for (job, called, few) in JOBS {
            let (id, called) = at_rest.label(&format!("memory-{job}"), called);
            if !wanted(&id) {
                continue;
            }
            let [few, many] = [few, 10 * few].map(|count| peak_of(job, at_rest, count));
            table.add_peaks(&called, many, few);
            if job == "restore" && at_rest == AtRest::Plain {
                let limit = peak_of(LIMIT, at_rest, RECORDS);
                table.add_peaks("W8 the same of 100,000 (limit: its own)", few, limit);
            }
        }
    }
}

/// Of a process that does this job alone.
fn peak_of(job: &str, at_rest: AtRest, count: usize) -> u64 {
    let folder = phone::folder();
    let restored = matches!(job, "restore" | "search" | LIMIT);
    let server = Server::start(Feed::of(if restored { count } else { 0 }));
    match job {
        "drain" => {
            let session = phone::open(folder.path(), server.base_url(), at_rest);
            bulk::write(&session, count);
            session.close();
        }
        "search" => {
            run("restore", at_rest, server.base_url(), folder.path(), count);
        }
        _ => {}
    }
    run(job, at_rest, server.base_url(), folder.path(), count)
}

fn run(job: &str, at_rest: AtRest, url: &str, folder: &Path, count: usize) -> u64 {
    let at_rest = if at_rest == AtRest::Plain { "plain" } else { "encrypted" };
    let asked = format!("{job}\n{at_rest}\n{url}\n{}\n{count}", folder.display());
    let done = Command::new(std::env::current_exe().unwrap()).env(JOB, asked).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap().trim().parse().unwrap()
}

fn drain(url: &str, folder: &Path, count: usize, at_rest: AtRest) {
    let session = phone::open(folder, url, at_rest);
    let report = session.sync(Duration::from_secs(3_600)).unwrap();
    assert_eq!((report.next, report.acknowledged), (NextStep::Done, count as u64));
}

fn find(url: &str, folder: &Path, count: usize, at_rest: AtRest) {
    let session = phone::open(folder, url, at_rest);
    (0..200).for_each(|index| search::ours(&session, &search::typed(index, count)));
}

/// Gives what the text takes that the app hands in.
fn import(folder: &Path, count: usize, at_rest: AtRest) -> u64 {
    let head = r#"{"format":"foodlens-legacy","version":1,"history":["#;
    let mut text = String::with_capacity(head.len() + 300 * count);
    text.push_str(head);
    for index in 0..count {
        let comma = if index == 0 { "" } else { "," };
        write!(text, r#"{comma}{{"legacy_id":"{index}",{}"#, &records::json(index)[1..]).unwrap();
    }
    text.push_str("]}");
    let session = phone::open(folder, NOBODY, at_rest);
    let import = session.legacy_import(text);
    let (before, mut lines) = (peak_kib(), 0);
    let report = import.run_in_pages(|_| {}, |page| lines += page.len()).unwrap();
    assert_eq!((report.imported, lines), (count as u64, count));
    before
}

fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    peak.trim().trim_end_matches(" kB").parse().unwrap()
}
