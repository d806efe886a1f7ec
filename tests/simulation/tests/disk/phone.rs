//! The core on this disk, as it is: it knows nothing of it.

use crate::ledger::{chance, ram_disk};
use foodlens_core::{
    AccessToken, Config, Environment, FoodLens, HistoryContent, HistoryKind, HookError, Hooks, Outcome,
    Request, Result, Session, TokenProvider, Transport, UserId,
};
use foodlens_simulation::disk::{Failure, Fault, Machine, Position};
use std::path::Path;
use std::sync::Arc;

struct NoNetwork;

impl Transport for NoNetwork {
    fn execute(&self, _: &Request) -> Outcome {
        Outcome::NotSent("offline")
    }
}

impl TokenProvider for NoNetwork {
    fn token(&self, _: &UserId, _: bool) -> Result<AccessToken, HookError> {
        Err(HookError)
    }
}

fn session(folder: &Path) -> Result<Session> {
    let config = Config::new(folder, "https://api.example.com");
    let library = FoodLens::with_parts(
        config,
        Hooks::new(Arc::new(NoNetwork)),
        Arc::new(NoNetwork),
        Environment::system(),
    );
    library.session(&UserId::new("somebody")?)
}

/// Many nights: the power goes while the app is opened, while it writes, or while nothing happens.
#[test]
fn what_the_core_called_stored_is_there_after_every_crash() {
    let folder = tempfile::tempdir_in(ram_disk()).unwrap();
    let machine = Machine::new(folder.path()).unwrap();
    let mut draw = chance(1);
    let (mut stored, mut in_doubt, mut in_calls) = (Vec::new(), 0, 0);
    for night in 0..300 {
        if !draw().is_multiple_of(4) {
            let nth = draw() % 80 + 1;
            let at = if draw().is_multiple_of(3) { Position::Sync(nth / 8) } else { Position::Write(nth) };
            machine.fail(Fault { at, error: Failure::PowerLoss, times: 1 });
        }
        let opened = session(&machine.folder());
        if let Ok(session) = &opened {
            for _ in 0..draw() % 10 {
                match session.history().add(&HistoryContent::new(HistoryKind::Scan, night)) {
                    Ok(id) => stored.push(id),
                    Err(_) => break,
                }
            }
        }
        assert!(opened.is_ok() || machine.is_down(), "night {night}: {:?}", opened.err());
        in_calls += i32::from(machine.is_down());
        machine.heal();
        machine.crash(&mut draw).unwrap();
        drop(opened);
        machine.restart().unwrap();

        let session = session(&machine.folder()).unwrap();
        for id in &stored {
            session.history().get(*id).unwrap();
        }
        let count = session.history().count().unwrap();
        let unheard = count - stored.len() as u64;
        assert!(unheard <= in_doubt + 1, "night {night}");
        in_doubt = unheard;
        assert_eq!(session.queue().counts().unwrap().pending, count, "each with its operation");
        let flaws = session.verify().unwrap().flaws;
        assert!(flaws.is_empty(), "night {night}: {flaws:?}");
    }
    assert!(in_calls > 100 && stored.len() > 500, "{in_calls} in calls, {} stored", stored.len());
}

/// A dead app, when it is dropped, would say in its mark that it had closed the file well.
#[test]
fn the_mark_is_as_the_death_left_it() {
    let folder = tempfile::tempdir_in(ram_disk()).unwrap();
    let machine = Machine::new(folder.path()).unwrap();
    let opened = session(&machine.folder()).unwrap();
    let mark = || {
        let mut files = std::fs::read_dir(machine.folder()).unwrap().map(|file| file.unwrap().path());
        std::fs::read_to_string(files.find(|file| file.extension().is_some_and(|end| end == "mark")).unwrap())
            .unwrap()
    };
    assert!(mark().contains("\"in_use\":true"));
    machine.crash(&mut chance(2)).unwrap();
    drop(opened);
    assert!(mark().contains("\"in_use\":false"));
    machine.restart().unwrap();
    assert!(mark().contains("\"in_use\":true"));
}
