//! The app's process is killed while it sends. Both sides of it: the process that is killed, and the one that opens the
//! phone's folder afterwards.

use super::offline::{TODAY, eaten};
use super::{JOLANA, World};
use crate::Result;
use crate::phone::Phone;
use foodlens_core::{Notice, Observer, OperationState, Session, Topic};
use serde_json::json;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Instant;

const SIGKILL: i32 = 9;
/// A batch is a hundred operations: the first one gets through, the second one is under way when the process dies.
const MEALS: i64 = 120;

/// The process that will be killed: writes, says what was stored, and sends.
pub fn child(folder: &Path, url: &str) -> Result<()> {
    let phone = Phone::open("Phone A", folder, url, JOLANA)?;
    let meals: Vec<_> =
        (0..MEALS).map(|n| eaten(&format!("Diary, meal {}", n + 1), TODAY + 100_000 + n)).collect();
    for id in phone.session.history().add_all(&meals)? {
        writeln!(std::io::stdout(), "stored {id}")?;
    }
    let _subscription =
        phone.session.observe(Some(Topic::Queue), Arc::new(QueueOnStdout(phone.session.clone())));
    phone.sync()?;
    Err("the process was not killed".into())
}

/// Tells the parent how the queue stands, from the inside: only one process has the phone's files open.
struct QueueOnStdout(Session);

impl Observer for QueueOnStdout {
    fn on_change(&self, _notice: &Notice) {
        if let Ok(counts) = self.0.queue().counts() {
            let _ = writeln!(std::io::stdout(), "queue {} {}", counts.pending, counts.sending);
        }
    }
}

/// Ends the process also when the story breaks off.
struct Guard(Child);

impl Drop for Guard {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Kill, reopen, sync.
pub fn tell(world: &mut World) -> Result<()> {
    world.tell.step("The app is killed while it sends")?;
    let before = world.a.session.export_json()?;
    let folder = world.a.folder().to_owned();
    world.a.session.close();
    world.tell.say(&format!(
        "Phone A's app now runs in a process of its own. It stores {MEALS} meals and syncs;"
    ))?;
    world.tell.say("the backend takes the first hundred and hangs on the rest.")?;
    let pass_then_hang = json!([
        {"endpoint": "batch", "fault": "delay_ms", "ms": 0},
        {"endpoint": "batch", "fault": "hang_ms", "ms": 60_000},
    ]);
    world.client.set_faults(&pass_then_hang)?;
    let (stored, signal) = run_until_it_sends(&folder, &world.backend.url())?;
    world.client.clear_faults()?;
    let killed = signal == Some(SIGKILL) && stored.len() == usize::try_from(MEALS)?;
    world.tell.check(killed, "killed with SIGKILL in the middle of the second batch")?;

    world.a = Phone::open("Phone A", &folder, &world.backend.url(), JOLANA)?;
    let after = world.a.session.export_json()?;
    world.books.expected.learn(&before, &after);
    let all_there = stored.iter().all(|id| after.contains(id));
    world.tell.say("Phone A is opened again on the files as the dead process left them.")?;
    world
        .tell
        .check(all_there, &format!("every one of the {} meals that it had stored is there", stored.len()))?;
    let queue = world.a.queue(true)?;
    let diary: Vec<_> = queue.into_iter().filter(|op| stored.contains(&op.record_id.to_string())).collect();
    world.tell.queue("The diary in A's queue", &diary)?;
    let receipts = diary.iter().filter(|op| op.state == OperationState::Synced).count();
    world.books.acknowledged_elsewhere(receipts as u64);
    let in_flight = diary.iter().filter(|op| op.state == OperationState::Sending).count();
    let began = Instant::now();
    let (report, _) = world.books.settle(&world.a)?;
    world.tell.sync(&world.a, &report, began)?;
    let rest = in_flight > 0 && report.acknowledged == in_flight as u64;
    world
        .tell
        .check(rest, &format!("the {in_flight} that were under way went again, and nothing else did"))?;
    let began = Instant::now();
    let (report, _) = world.books.settle(&world.b)?;
    world.tell.sync(&world.b, &report, began)?;
    world.check_both_equal_server()
}

/// Runs the other process until all that is left in its queue is being sent, then kills it. The ids that it stored,
/// and the signal that ended it.
fn run_until_it_sends(folder: &Path, url: &str) -> Result<(Vec<String>, Option<i32>)> {
    let process = Command::new(std::env::current_exe()?)
        .arg("--child")
        .arg(folder)
        .args(["--url", url])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut process = Guard(process);
    let output = process.0.stdout.take().ok_or("the other process has no output")?;
    let mut stored = Vec::new();
    // Bounded: a request that hangs ends with the transport's time limit, and then the process ends.
    for line in BufReader::new(output).lines() {
        let line = line?;
        if let Some(id) = line.strip_prefix("stored ") {
            stored.push(id.to_owned());
        }
        if line.strip_prefix("queue 0 ").is_some_and(|sending| sending != "0") {
            process.0.kill()?;
            return Ok((stored, process.0.wait()?.signal()));
        }
    }
    Err("the other process ended before it was killed".into())
}
