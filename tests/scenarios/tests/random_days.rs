//! Three phones of one person, random edits, random faults, random moments: at the end all agree with the server, every
//! allergy that no person removed is still there, and nothing took effect twice.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so")]

use foodlens_core::*;
use foodlens_scenarios::{Backend, Phone, PhoneOptions, SeededRandom, differences};
use foodlens_server::{Endpoint, Fault, FaultKind};
use std::collections::BTreeSet;

struct Dice(SeededRandom);
impl Dice {
    fn below(&self, n: u64) -> u64 {
        let mut bytes = [0; 8];
        Random::fill(&self.0, &mut bytes);
        u64::from_le_bytes(bytes) % n
    }
    fn pick<'a, T>(&self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len() as u64) as usize]
    }
}

const SEVERITIES: [Severity; 4] =
    [Severity::Mild, Severity::Moderate, Severity::Severe, Severity::LifeThreatening];

fn act(dice: &Dice, phone: &Phone, made: &mut BTreeSet<RecordId>, removed: &mut BTreeSet<RecordId>) {
    let session = &phone.session;
    match dice.below(9) {
        0 => {
            let content = AllergyContent {
                severity: Some(dice.pick(&SEVERITIES).clone()),
                ..AllergyContent::new(Allergen::Eu(*dice.pick(EuAllergen::ALL)))
            };
            made.insert(session.allergies().add(&content).unwrap());
        }
        1 | 2 => {
            let list = session.allergies().list().unwrap().entries;
            if let Some(shown) = list.get(dice.below(5) as usize) {
                let severity = Some(dice.pick(&SEVERITIES).clone());
                let notes = Some(format!("n{}", dice.below(9)));
                let to = AllergyContent { severity, notes, ..shown.content.clone() };
                match session.allergies().update(shown, &to) {
                    Ok(()) => {}
                    Err(e) => {
                        assert!(matches!(e.kind(), ErrorKind::NotFound { .. } | ErrorKind::StaleEdit), "{e}")
                    }
                }
            }
        }
        3 => {
            let list = session.allergies().list().unwrap().entries;
            if let Some(shown) = list.get(dice.below(8) as usize)
                && session.allergies().remove(shown.id).is_ok()
            {
                // A person removes what the entry stands for.
                removed.insert(shown.id);
                removed.extend(&shown.linked);
            }
        }
        4 | 5 => {
            session.history().add(&HistoryContent::new(HistoryKind::Scan, dice.below(1_000) as i64)).unwrap();
        }
        6 => {
            let page = session.history().page(None, 20).unwrap().entries;
            if let Some(shown) = page.get(dice.below(20) as usize) {
                let to =
                    HistoryContent { note: Some(format!("{}", dice.below(99))), ..shown.content.clone() };
                session.history().update(shown, &to).unwrap();
            }
        }
        7 => {
            let page = session.history().page(None, 20).unwrap().entries;
            if let Some(shown) = page.get(dice.below(40) as usize) {
                session.history().delete(shown.id).unwrap();
            }
        }
        _ => {
            let shown = session.profile().get().unwrap().content;
            let to = ProfileContent { display_name: Some(format!("p{}", dice.below(99))), ..shown.clone() };
            session.profile().update(&shown, &to).unwrap();
        }
    }
}

fn fault(dice: &Dice) -> FaultKind {
    match dice.below(7) {
        0 => FaultKind::CommitThenSilence { after: None },
        1 => FaultKind::CommitThenSilence { after: Some(dice.below(4) as usize) },
        2 => FaultKind::DropBeforeCommit,
        3 => FaultKind::status(500),
        4 => FaultKind::Garbage,
        5 => FaultKind::Truncated,
        _ => FaultKind::portal(),
    }
}

/// A person answers everything and gives up what the server refused.
fn decide(dice: &Dice, phone: &Phone) {
    for conflict in phone.session.conflicts().unwrap() {
        let answer = dice.pick(&[MergeAnswer::KeepLocal, MergeAnswer::KeepRemote]).clone();
        match phone.session.answer(conflict.id, conflict.revision, &answer) {
            Ok(_) => {}
            // Where two records are about one allergen, an answer moves another question on.
            Err(error) => assert_eq!(*error.kind(), ErrorKind::StaleAnswer),
        }
    }
    for op in phone.session.queue().list(QueueFilter::Unsent, 0, 500).unwrap() {
        if let OperationState::Failed(reason) = op.state
            && reason != FailureReason::Conflict
        {
            // An elder's discard may have taken it along.
            let _ = phone.session.queue().discard(op.position, op.id);
        }
    }
}

fn day(seed: u64) {
    let dice = Dice(SeededRandom::new(seed));
    let backend = Backend::start().unwrap();
    let folders: Vec<_> = (0..3).map(|_| tempfile::tempdir().unwrap()).collect();
    let open = |n: usize| {
        Phone::in_folder(folders[n].path(), &backend.url(), "ana", PhoneOptions::default()).unwrap()
    };
    let mut phones: Vec<_> = (0..3).map(open).collect();
    let (mut made, mut removed) = (BTreeSet::new(), BTreeSet::new());
    // What a "keep this side" took away is a person's decision as well.
    let mut asked: BTreeSet<RecordId> = BTreeSet::new();
    for _ in 0..120 {
        let n = dice.below(3) as usize;
        match dice.below(10) {
            0..6 => act(&dice, &phones[n], &mut made, &mut removed),
            6 => backend.server.faults().push(Fault::new(Endpoint::Any, fault(&dice))),
            7 => {
                phones[n].clock.advance_ms(dice.below(600_000) as i64);
                let _ = phones[n].sync();
            }
            8 => {
                asked.extend(phones[n].session.conflicts().unwrap().iter().map(|c| c.record_id));
                decide(&dice, &phones[n]);
            }
            _ => {
                // The app is closed and opened again.
                phones.remove(n);
                phones.insert(n, open(n));
            }
        }
        let report = phones[n].session.verify().unwrap();
        assert!(report.is_sound(), "seed {seed}: {report:?}");
        // What is in question is never shown weaker than the worse side.
        let list = phones[n].session.allergies().list().unwrap();
        for conflict in phones[n].session.conflicts().unwrap() {
            let worst = [&conflict.local, &conflict.remote].into_iter().flatten().map(|side| match side {
                RecordContent::Allergy(content) => Severity::rank(content.severity.as_ref()),
                _ => 0,
            });
            let worst = worst.max().unwrap_or(0);
            let shown = list
                .entries
                .iter()
                .filter(|e| e.id == conflict.record_id || e.linked.contains(&conflict.record_id));
            let shown = shown.map(|e| Severity::rank(e.content.severity.as_ref())).max().unwrap_or(0);
            assert!(shown >= worst, "seed {seed}: {conflict:?} shown as {shown}");
        }
    }
    backend.server.faults().clear();
    // Two rounds would do without questions; every answer may raise another one elsewhere.
    for _ in 0..8 {
        for phone in &phones {
            phone.settle();
            let open = phone.session.conflicts().unwrap();
            asked.extend(open.iter().flat_map(|c| [Some(c.record_id), c.other_record]).flatten());
            decide(&dice, phone);
            phone.settle();
        }
    }
    let snapshot = backend.server.snapshot("ana").unwrap();
    for (n, phone) in phones.iter().enumerate() {
        assert_eq!(phone.sync().next, NextStep::Done, "seed {seed}, phone {n}");
        let export = phone.session.export_json().unwrap();
        assert_eq!(differences(&export, &snapshot), Vec::<String>::new(), "seed {seed}, phone {n}");
        assert_eq!(
            phone.session.queue().list(QueueFilter::Unsent, 0, 1).unwrap().len(),
            0,
            "seed {seed}, phone {n}"
        );
    }
    let list = phones[0].session.allergies().list().unwrap().entries;
    let there: BTreeSet<_> =
        list.iter().flat_map(|entry| entry.linked.iter().chain([&entry.id])).copied().collect();
    for id in &made {
        let decided = removed.contains(id) || asked.contains(id);
        assert!(there.contains(id) || decided, "seed {seed}: {id} vanished without anybody's decision");
    }
}

#[test]
fn random_days_end_with_everything_in_its_place() {
    // One day by number (`ONLY=24`), or more days (`SEEDS=1000`).
    let number = |name: &str| std::env::var(name).ok().and_then(|n| n.parse().ok());
    let days = match number("ONLY") {
        Some(seed) => seed..=seed,
        None => 1..=number("SEEDS").unwrap_or(30),
    };
    for seed in days {
        day(seed);
    }
}
