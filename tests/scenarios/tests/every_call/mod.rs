//! One kill a call, until there are no more calls to be killed before; and storage that fails at many of them.

mod check;
mod edits;
mod faults;
mod import;
mod inject;
#[path = "../ladder/mod.rs"]
mod ladder;
mod open;
mod prepared;
mod recover;
mod run;
mod tracer;
mod upgrade;
mod wipe;

use nix::errno::Errno;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::Command;
use tracer::Ended;

/// More calls than anything here makes.
const MANY: usize = 5_000;

/// The app in a folder; see `foodlens-phone`.
fn app(folder: &Path, url: &str, job: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_foodlens-phone"));
    command.arg(folder).args([url, "ana", job]);
    command
}

/// Runs `life` with a kill before its first call, its second, and so on, until one goes to its end; each is given to
/// `after` with a name for it.
fn before_each_call<T>(
    what: &str,
    mut life: impl FnMut(usize) -> (nix::Result<Ended>, T),
    mut after: impl FnMut(&str, &Ended, T),
) {
    let mut kinds: BTreeMap<&str, u32> = BTreeMap::new();
    for n in 1..MANY {
        let (ended, left) = life(n);
        let ended = match ended {
            Ok(ended) => ended,
            Err(error) => return cannot_run(error),
        };
        let name = format!("{what}, killed before call {n}, {}", ended.killed_before.unwrap_or("the end"));
        after(&name, &ended, left);
        let Some(call) = ended.killed_before else {
            let kinds: Vec<_> = kinds.iter().map(|(call, times)| format!("{call} {times}")).collect();
            tell(&format!("{what}: killed at {} points ({})", n - 1, kinds.join(", ")));
            assert!(n > 20, "{what}: so few calls cannot be all");
            return;
        };
        *kinds.entry(call).or_default() += 1;
    }
    panic!("{what} never ends");
}

/// Past the test runner, which shows only what failing tests print.
fn tell(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "\n{line}").unwrap();
}

fn cannot_run(error: Errno) {
    // Forbidden by the machine, or not known to its kernel.
    assert!([Errno::EPERM, Errno::ENOSYS, Errno::EIO].contains(&error), "{error}");
    let ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
    assert!(!ci, "this machine forbids to trace a process ({error}): a kill at every call cannot be tested");
    tell(&format!(
        "SKIPPED: this machine forbids to trace a process ({error})\n  \
        where it is allowed: cargo test -p foodlens-scenarios --test every_call"
    ));
}
