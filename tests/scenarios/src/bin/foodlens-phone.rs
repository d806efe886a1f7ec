//! A phone's app as a process of its own, to be killed at any moment or to be measured. What it has done it prints only
//! after the library has said that it is stored.
//!
//! `foodlens-phone FOLDER URL USER JOB`, where JOB is a number (so many rounds of writes and syncs) or one of:
//! - `open`: opens the user's data;
//! - `edits`: opens it, and makes one edit of each kind, and many at once;
//! - `wipe`: opens it, and deletes everything of the user's;
//! - `run`: opens it, and syncs once; questions are answered for this device;
//! - `import`: opens it, and takes old data over (or goes on with that);
//! - `peak`: opens it, syncs to the end, and says what was done and how much memory it took at most (on Linux);
//! - `recover`: opens it, sets it aside if it is damaged, and says how many operations were salvaged.
//!
//! All but a number and `peak` print `ready` and wait for a line before what is to be watched. What fails is told as
//! `failed` with its kind; the app then makes one more edit.

use foodlens_core::*;
use foodlens_scenarios::{Phone, PhoneOptions};
use std::io::{BufRead, Write, stdin, stdout};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Old data, of which some cannot be read.
const LEGACY: &str = include_str!("../../../fixtures/legacy/malformed.json");

type Done = std::result::Result<(), Box<dyn std::error::Error>>;

fn main() -> Done {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, url, user, job] = arguments.as_slice() else {
        return Err("foodlens-phone FOLDER URL USER JOB".into());
    };
    let options = PhoneOptions { merge: Some(Arc::new(ForThisDevice)), ..PhoneOptions::with_real_ids() };
    let open = || Phone::in_folder(Path::new(folder), url, user, options.clone());
    match job.as_str() {
        "open" => {
            ready()?;
            told(open().map(|_| ()).map_err(Into::into))?;
        }
        "edits" => {
            let phone = open()?;
            ready()?;
            if !told(edits(&phone.session))? {
                let more = phone.session.history().add(&HistoryContent::new(HistoryKind::Meal, 3));
                told(more.map_err(Into::into).and_then(|id| say(&format!("added {id}"))))?;
            }
        }
        "wipe" => {
            let phone = open()?;
            ready()?;
            let shown = phone.session.sign_out_preview()?;
            phone.session.sign_out(&SignOut::Wipe(shown))?;
        }
        "run" => {
            ready()?;
            let report = open().and_then(|phone| phone.session.sync(Duration::from_secs(60)));
            told(report.map_err(Into::into).and_then(|report| say(&format!("{:?}", report.next))))?;
        }
        "recover" => {
            ready()?;
            let recovered = Phone::recovered(Path::new(folder), url, user, options.clone());
            told(
                recovered
                    .map_err(Into::into)
                    .and_then(|(_, found)| say(&format!("salvaged {}", found.salvaged))),
            )?;
        }
        "import" => {
            let phone = open()?;
            ready()?;
            let report = phone.session.import_legacy(LEGACY)?;
            say(&format!("{} imported, {} unreadable", report.imported, report.unreadable))?;
        }
        "peak" => peak(&open()?)?,
        rounds => write_and_sync(&open()?, rounds.parse()?)?,
    }
    Ok(())
}

struct ForThisDevice;

impl MergeHook for ForThisDevice {
    fn resolve(&self, _: &Conflict) -> std::result::Result<MergeAnswer, HookError> {
        Ok(MergeAnswer::KeepLocal)
    }
}

/// Says what failed, if it is the library's word. `false`: something has.
fn told(done: Done) -> std::result::Result<bool, Box<dyn std::error::Error>> {
    let Err(error) = done else { return Ok(true) };
    let error = error.downcast::<Error>()?;
    say(&format!("failed {:?}", error.kind()))?;
    Ok(false)
}

fn say(line: &str) -> Done {
    let mut out = stdout().lock();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}

fn ready() -> Done {
    say("ready")?;
    stdin().lock().read_line(&mut String::new())?;
    Ok(())
}

fn write_and_sync(phone: &Phone, rounds: i64) -> Done {
    for round in 0..rounds {
        for n in 0..20 {
            let id = phone.session.history().add(&HistoryContent::new(HistoryKind::Scan, round * 100 + n))?;
            say(&id.to_string())?;
        }
        let report = phone.sync();
        say(&format!("# {:?} acknowledged {}", report.next, report.acknowledged))?;
        phone.clock.advance_ms(3_600_000);
    }
    Ok(())
}

/// One line: what is next, how many were acknowledged, how many pulled, and the peak in KiB.
fn peak(phone: &Phone) -> Done {
    let (mut acknowledged, mut pulled) = (0, 0);
    let next = loop {
        let report = phone.session.sync(Duration::from_secs(600))?;
        (acknowledged, pulled) = (acknowledged + report.acknowledged, pulled + report.pulled);
        if report.next != NextStep::MoreWork {
            break report.next;
        }
    };
    let status = std::fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    say(&format!("{next:?} {acknowledged} {pulled} {}", peak.trim().trim_end_matches(" kB")))
}

/// Each line: what was done, and to which record or with which value.
fn edits(session: &Session) -> Done {
    let (history, allergies) = (session.history(), session.allergies());
    let added = history.add(&HistoryContent::new(HistoryKind::Meal, 1))?;
    say(&format!("added {added}"))?;
    let shown = history.get(added)?;
    history.update(&shown, &HistoryContent { note: Some("noted".into()), ..shown.content.clone() })?;
    say(&format!("noted {added}"))?;
    for spare in
        history.page(None, 100)?.entries.iter().filter(|e| e.content.brand.as_deref() == Some("spare"))
    {
        history.delete(spare.id)?;
        say(&format!("deleted {}", spare.id))?;
    }
    let fish = AllergyContent {
        severity: Some(Severity::Moderate),
        ..AllergyContent::new(Allergen::Eu(EuAllergen::Fish))
    };
    let id = allergies.add(&fish)?;
    say(&format!("moderate {id}"))?;
    let worse = AllergyContent { severity: Some(Severity::LifeThreatening), ..fish };
    allergies.update(&allergies.get(id)?, &worse)?;
    say(&format!("life-threatening {id}"))?;
    let regretted = allergies.add(&AllergyContent::new(Allergen::Custom("kiwi".into())))?;
    allergies.remove(regretted)?;
    say(&format!("removed {regretted}"))?;
    let shown = session.profile().get()?.content;
    session.profile().update(&shown, &ProfileContent { country: Some("PT".into()), ..shown.clone() })?;
    say("country PT")?;
    let shown = session.settings().get()?.content;
    session.settings().update(&shown, &SettingsContent { language: Some("pt".into()), ..shown.clone() })?;
    say("language pt")?;
    for parked in session.queue().list(foodlens_core::QueueFilter::Unsent, 0, 500)? {
        if matches!(parked.state, OperationState::Failed(_)) {
            session.queue().discard(parked.position, parked.id)?;
            say(&format!("discarded {}", parked.id))?;
        }
    }
    let many = HistoryContent { brand: Some("many".into()), ..HistoryContent::new(HistoryKind::Scan, 2) };
    for id in history.add_all(&vec![many; 50])? {
        say(&format!("added {id}"))?;
    }
    Ok(())
}
