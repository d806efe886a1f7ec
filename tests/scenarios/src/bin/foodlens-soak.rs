//! A soak: three phones of one person as processes of their own, the real server as another, real HTTP; all of them killed
//! at any moment, and requests that go wrong in every way, until the time is up. Then all get well, and what must hold is
//! checked. `make soak MINUTES=10`

use clap::Parser;
use foodlens_core::{Random, RecordId, SyncState};
use foodlens_scenarios::{Phone, PhoneOptions, SECRET, SeededRandom, differences, settle_all};
use foodlens_server::{Record, Service};
use std::collections::BTreeSet;
use std::error::Error;
use std::io::{BufRead, BufReader, Lines};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

type Done<T = ()> = Result<T, Box<dyn Error>>;

#[derive(Parser)]
#[command(
    about = "Real processes, real HTTP, real kills, for some minutes; exit code 1 when anything is lost, doubled or different"
)]
struct Arguments {
    /// How long it goes on.
    #[arg(long, default_value_t = 1.0)]
    minutes: f64,
    /// Decides what is killed and what goes wrong; the moments are the machine's.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// What goes wrong with requests, each a few times.
const FAULTS: [&str; 8] = [
    r#"{"endpoint":"any","fault":"commit_then_silence","times":2}"#,
    r#"{"endpoint":"batch","fault":"die_after_commit","after":3}"#,
    r#"{"endpoint":"any","fault":"drop_before_commit","times":3}"#,
    r#"{"endpoint":"any","fault":"delay_ms","ms":40,"times":10}"#,
    r#"{"endpoint":"any","fault":"status","status":503,"retry_after":"1","times":2}"#,
    r#"{"endpoint":"any","fault":"garbage"}"#,
    r#"{"endpoint":"changes","fault":"truncated","times":2}"#,
    r#"{"endpoint":"any","fault":"wrong_user"}"#,
];

/// A process that ends with this one.
struct Process(Child, Lines<BufReader<ChildStdout>>);

impl Process {
    fn start(command: &mut Command) -> Done<Self> {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let out = child.stdout.take().ok_or("no output")?;
        Ok(Self(child, BufReader::new(out).lines()))
    }

    fn kill(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }

    fn has_ended(&mut self) -> bool {
        matches!(self.0.try_wait(), Ok(Some(_)))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

struct Soak {
    arguments: Arguments,
    /// Of the programs foodlens-server and foodlens-phone: they are built beside this one.
    programs: PathBuf,
    folder: PathBuf,
    dice: SeededRandom,
    server: Process,
    url: String,
    stored: BTreeSet<RecordId>,
    kills: [u64; 2],
}

impl Soak {
    fn below(&self, n: u64) -> u64 {
        let mut bytes = [0; 8];
        self.dice.fill(&mut bytes);
        u64::from_le_bytes(bytes) % n
    }

    fn database(&self) -> PathBuf {
        self.folder.join("server.db")
    }

    /// The server again, at the address that the phones know.
    fn restart(&mut self) -> Done {
        self.kills[0] += 1;
        self.server.kill();
        let address = self.url.trim_start_matches("http://").to_owned();
        (self.server, _) = serve(&self.programs, &self.database(), &address)?;
        Ok(())
    }

    /// One phone's life: it writes and syncs, says what is stored, and is killed at some moment or ends by itself.
    fn live(&mut self, phone: u64) -> Done {
        let folder = self.folder.join(format!("phone-{phone}"));
        let mut command = Command::new(self.programs.join("foodlens-phone"));
        let mut process = Process::start(command.arg(&folder).args([&self.url, "ana", "4"]))?;
        let lines_to_live = self.below(100);
        for _ in 0..lines_to_live {
            let Some(line) = process.1.next() else { break };
            self.note(&line?);
        }
        if !process.has_ended() {
            self.kills[1] += 1;
            process.kill();
        }
        while let Some(Ok(line)) = process.1.next() {
            self.note(&line);
        }
        Ok(())
    }

    fn note(&mut self, line: &str) {
        self.stored.extend(RecordId::parse(line).ok());
    }

    fn trouble(&mut self) -> Done {
        if self.server.has_ended() || self.below(6) == 0 {
            self.restart()?;
        }
        let fault = FAULTS[self.below(FAULTS.len() as u64) as usize];
        // The server may be dead already, by the fault before.
        let _ = ureq::post(format!("{}/test/faults", self.url)).content_type("application/json").send(fault);
        Ok(())
    }

    /// All get well; then every phone has what it said to be stored, all have what the server has, and no write was
    /// applied twice.
    fn end(&mut self) -> Done<usize> {
        self.restart()?;
        let phones = (0..3).map(|phone| {
            let folder = self.folder.join(format!("phone-{phone}"));
            Phone::in_folder(&folder, &self.url, "ana", PhoneOptions::with_real_ids())
        });
        let phones = phones.collect::<Result<Vec<_>, _>>()?;
        settle_all(&phones.iter().collect::<Vec<_>>());
        self.server.kill();
        let snapshot = Service::open(&self.database(), Default::default())?.snapshot("ana")?;
        let mut wrong = Vec::new();
        for phone in &phones {
            wrong.extend(differences(&phone.session.export_json()?, &snapshot));
            let lost = self.stored.iter().filter(|id| match phone.session.history().get(**id) {
                Ok(entry) => entry.sync.state != SyncState::Synced,
                Err(_) => true,
            });
            wrong.extend(lost.map(|id| format!("{id} was said to be stored")));
            wrong.extend(phone.session.verify()?.flaws.iter().map(|flaw| format!("{flaw:?}")));
        }
        wrong.extend(applied_twice(&snapshot));
        if wrong.is_empty() { Ok(snapshot.len()) } else { Err(wrong.join("\n").into()) }
    }
}

/// Each record here is written once: a number that is missing was given to a second effect.
fn applied_twice(snapshot: &[Record]) -> Option<String> {
    let last = snapshot.last().map_or(0, |record| record.version);
    let missing = last - snapshot.len() as i64;
    (missing != 0).then(|| format!("{missing} writes took effect twice"))
}

fn serve(programs: &Path, database: &Path, bind: &str) -> Done<(Process, String)> {
    let mut command = Command::new(programs.join("foodlens-server"));
    command
        .args(["--secret", SECRET, "--test-faults", "--user-rate", "off", "--bind", bind, "--database"])
        .arg(database);
    let mut process = Process::start(&mut command)?;
    let line = process.1.next().ok_or("the server does not start")??;
    let url = line.strip_prefix("listening on ").ok_or("the server says something else")?.to_owned();
    Ok((process, url))
}

fn main() -> Done {
    let arguments = Arguments::parse();
    let programs = std::env::current_exe()?.parent().ok_or("no folder")?.to_owned();
    let temporary = tempfile::tempdir()?;
    let folder = temporary.path().to_owned();
    let (server, url) = serve(&programs, &folder.join("server.db"), "127.0.0.1:0")?;
    let end = Instant::now() + Duration::from_secs_f64(arguments.minutes * 60.0);
    let dice = SeededRandom::new(arguments.seed);
    let mut soak =
        Soak { arguments, programs, folder, dice, server, url, stored: BTreeSet::new(), kills: [0, 0] };
    while Instant::now() < end {
        soak.trouble()?;
        let phone = soak.below(3);
        soak.live(phone)?;
    }
    let records = soak.end()?;
    println!(
        "soak: seed {}, {} writes said to be stored, {records} at the server, phones killed {} times, the server {} times: \
         nothing lost, nothing doubled, all equal",
        soak.arguments.seed,
        soak.stored.len(),
        soak.kills[1],
        soak.kills[0],
    );
    Ok(())
}
