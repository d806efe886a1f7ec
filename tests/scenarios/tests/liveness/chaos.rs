//! What a bad day brings, drawn from a seed.

use crate::device::Device;
use crate::line::{Signed, Weather};
use foodlens_core::*;
use foodlens_scenarios::{Backend, SeededRandom};
use foodlens_server::{Endpoint, Fault, FaultKind};
use std::time::Duration;

const TEN_YEARS: i64 = 10 * 365 * 24 * 3_600_000;

pub struct Dice(SeededRandom);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(SeededRandom::new(seed))
    }

    pub fn below(&self, n: usize) -> usize {
        let mut bytes = [0; 8];
        Random::fill(&self.0, &mut bytes);
        (u64::from_le_bytes(bytes) % n as u64) as usize
    }

    pub fn pick<T: Clone>(&self, of: &[T]) -> T {
        of[self.below(of.len())].clone()
    }
}

/// An edit by the person.
pub fn edit(dice: &Dice, session: &Session) {
    let (history, allergies) = (session.history(), session.allergies());
    let word = format!("w{}", dice.below(99));
    let severity = Some(dice.pick(&[Severity::Mild, Severity::Severe, Severity::LifeThreatening]));
    let entries = history.page(None, 30).unwrap().entries;
    let shown = allergies.list().unwrap().entries;
    // What was just removed, or moved on since it was shown, is refused; that is tested elsewhere.
    match dice.below(7) {
        0 | 1 => drop(history.add(&HistoryContent::new(HistoryKind::Scan, 1)).unwrap()),
        2 if !entries.is_empty() => {
            let entry = dice.pick(&entries);
            let _ = history.update(&entry, &HistoryContent { note: Some(word), ..entry.content.clone() });
        }
        3 if !entries.is_empty() => drop(history.delete(dice.pick(&entries).id)),
        4 => {
            let allergen = Allergen::Eu(dice.pick(EuAllergen::ALL));
            allergies.add(&AllergyContent { severity, ..AllergyContent::new(allergen) }).unwrap();
        }
        5 if !shown.is_empty() => {
            let allergy = dice.pick(&shown);
            let to = AllergyContent { severity, notes: Some(word), ..allergy.content.clone() };
            let _ = allergies.update(&allergy, &to);
        }
        6 if !shown.is_empty() => drop(allergies.remove(dice.pick(&shown).id)),
        _ => {
            let shown = session.profile().get().unwrap().content;
            let to = ProfileContent { display_name: Some(word), ..shown.clone() };
            session.profile().update(&shown, &to).unwrap();
        }
    }
}

/// Something goes wrong at the server, for one request or for several.
pub fn trouble(dice: &Dice, backend: &Backend) {
    let waits = ["99999999999999999999", "-5", "0", "nonsense", "Fri, 31 Dec 9999 23:59:59 GMT", "120"];
    let refusal = |status: u16| FaultKind::Status {
        status,
        retry_after: None,
        body: Some(format!(r#"{{"status":{status},"code":"refused","title":"t"}}"#)),
        content_type: Some("application/problem+json".into()),
        headers: Default::default(),
    };
    let kind = match dice.below(16) {
        0 => FaultKind::CommitThenSilence { after: None },
        1 => FaultKind::CommitThenSilence { after: Some(dice.below(4)) },
        2 => FaultKind::DieAfterCommit { after: Some(dice.below(4)) },
        3 => FaultKind::DropBeforeCommit,
        4 => FaultKind::HangMs { ms: 1 },
        5 => FaultKind::DelayMs { ms: 1 },
        6 => FaultKind::Garbage,
        7 => FaultKind::Truncated,
        8 => FaultKind::WrongUser,
        9 => FaultKind::portal(),
        10 => FaultKind::redirect("http://127.0.0.1:9/login"),
        11 => FaultKind::retry_after(dice.pick(&[429, 503]), dice.pick(&waits)),
        12 => refusal(dice.pick(&[400, 403, 404, 405, 410, 413, 422])),
        13 => FaultKind::status(401),
        14 => FaultKind::status(dice.pick(&[408, 500, 502, 511])),
        _ => FaultKind::status(dice.pick(&[429, 503])),
    };
    let endpoint = dice.pick(&[Endpoint::Batch, Endpoint::Changes, Endpoint::Write, Endpoint::Any]);
    backend.server.faults().push(Fault::new(endpoint, kind).times(dice.pick(&[1, 1, 2, 12])));
}

/// Something happens to the server as a whole.
pub fn upheaval(dice: &Dice, backend: &Backend) {
    match dice.below(4) {
        0 => backend.server.expire_cursors().unwrap(),
        1 => drop(backend.server.new_epoch().unwrap()),
        2 => backend.server.set_paused(true),
        _ => backend.server.set_paused(false),
    }
}

/// Something happens to the phone, or to its app.
pub fn mishap(dice: &Dice, device: &mut Device) {
    match dice.below(9) {
        0 => device.restart(),
        1 => device.cancelled_sync(),
        2 => device.die_while_sending(),
        3 => drop(device.session().sync(Duration::ZERO).unwrap()),
        4 => device.session().set_paused(dice.pick(&[true, false])).unwrap(),
        5 => {
            let jump = dice.pick(&[TEN_YEARS, -TEN_YEARS]);
            device.set_clock(device.now() + jump);
            if dice.below(2) == 0 {
                let _ = device.sync();
                device.set_clock(device.now() - jump);
            }
        }
        6 => {
            let signed = [Signed::In, Signed::In, Signed::Out, Signed::Wrongly, Signed::AsAnother];
            *device.tokens.0.lock().unwrap() = dice.pick(&signed);
        }
        7 => device.line.set(dice.pick(&[Weather::Down, Weather::LostOnTheWay, Weather::AnswerLost])),
        _ => device.line.set(Weather::Good),
    }
}

/// A person looks at what is left: answers the questions, and gives up or retries what is parked.
pub fn decide(dice: &Dice, session: &Session) {
    for conflict in session.conflicts().unwrap() {
        let answer = dice.pick(&[MergeAnswer::KeepLocal, MergeAnswer::KeepRemote]);
        // An answer may move another question on, where two records are about one allergen.
        match session.answer(conflict.id, conflict.revision, &answer) {
            Ok(_) => {}
            Err(error) => assert_eq!(*error.kind(), ErrorKind::StaleAnswer),
        }
    }
    for op in session.queue().list(foodlens_core::QueueFilter::Unsent, 0, 500).unwrap() {
        match op.state {
            OperationState::Failed(FailureReason::Conflict) => {}
            // The decision about an elder may have taken it along.
            OperationState::Failed(FailureReason::Exhausted) => {
                let _ = session.queue().retry(op.position, op.id);
            }
            OperationState::Failed(_) => drop(session.queue().discard(op.position, op.id)),
            _ => {}
        }
    }
}
