//! Everything that is exported, called from many threads at once, while hooks call back in, users sign out and sessions
//! end: no call waits for ever, none panics, and nothing is lost. With the feature `lock-order`, the core's locks also tell
//! when two of them are ever taken in both orders.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so")]

use foodlens_core::{Allergen, AllergyContent, EuAllergen, HistoryKind, Notice, QueueFilter, Severity};
use foodlens_ffi::*;
use foodlens_server::{Options, Server, mint_token};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, RwLock, mpsc};
use std::time::{Duration, SystemTime};

const SECRET: &str = "a secret for tests only";
const USER: &str = "ana";
/// Far more than a slow machine needs.
const PATIENCE: Duration = Duration::from_secs(240);
const ROUNDS: u64 = 25;
const TRIES: u64 = 20;

/// A host whose every hook calls the library.
#[derive(Default)]
struct Host {
    core: OnceLock<Arc<Core>>,
    calls: AtomicU64,
    /// Held by whoever suspends the session, or signs its user out.
    awake: RwLock<()>,
}

impl Host {
    fn look(&self) {
        self.calls.fetch_add(1, Ordering::SeqCst);
        let Some(core) = self.core.get() else { return };
        if let Ok(session) = core.signed_in_session(USER.into()) {
            let _ = fine(session.allergies());
            let _ = fine(session.status());
            let _ = fine(session.conflicts());
        }
    }
}

impl TokenCallback for Host {
    fn token(&self, user_id: String, _refused: bool) -> Result<CoreAccessToken, HookError> {
        self.look();
        let value = mint_token(SECRET, &user_id, 600).map_err(|_| HookError::Failed)?;
        Ok(CoreAccessToken { user_id, value })
    }
}

impl MergeCallback for Host {
    fn resolve(&self, _: Conflict) -> Result<MergeAnswer, HookError> {
        self.look();
        Ok(MergeAnswer::KeepLocal)
    }
}

impl ObserverCallback for Host {
    fn on_change(&self, _: Notice) -> Result<(), HookError> {
        self.look();
        Err(HookError::Failed)
    }
}

impl TelemetryCallback for Host {
    fn on_event(&self, _: CoreTelemetryEvent) -> Result<(), HookError> {
        self.look();
        Ok(())
    }
}

/// Any error but the one that a panic becomes.
fn fine<T>(result: Result<T, CoreError>) -> Option<T> {
    match result {
        Ok(value) => Some(value),
        Err(CoreError::Internal { reason }) => panic!("{reason}"),
        Err(_) => None,
    }
}

fn allergy(n: u64) -> AllergyContent {
    let allergens = EuAllergen::ALL;
    AllergyContent {
        allergen: Allergen::Eu(allergens[n as usize % allergens.len()]),
        severity: Some(if n.is_multiple_of(2) { Severity::Severe } else { Severity::Mild }),
        reactions: Vec::new(),
        diagnosed_on: None,
        source: None,
        notes: Some(format!("{n}")),
    }
}

fn meal(n: u64) -> HistoryContent {
    HistoryContent {
        kind: HistoryKind::Meal,
        product_name: Some(format!("soup {n}")),
        brand: None,
        barcode: None,
        ingredients_text: None,
        verdict: None,
        matched_allergens: Vec::new(),
        occurred_at: SystemTime::UNIX_EPOCH + Duration::from_secs(n),
        note: None,
        favourite: false,
    }
}

/// One round of one thread. `None`: the session has ended meanwhile.
fn work(core: &Core, host: &Arc<Host>, thread: u64, n: u64) -> Option<()> {
    let session = fine(core.session(USER.into()))?;
    match thread {
        0 | 1 => {
            for k in 0..4 {
                fine(session.add_history(meal(thread << 32 | n << 4 | k)))?;
            }
            let entry = fine(session.history(None, 1))?.entries.into_iter().next()?;
            fine(session.update_history(
                entry.clone(),
                HistoryContent { note: Some(format!("{n}")), ..entry.content.clone() },
            ));
        }
        2 => {
            let id = fine(session.add_allergy(allergy(n)))?;
            let shown = fine(session.allergy(id))?;
            fine(session.update_allergy(shown, allergy(n + 14)));
            if n.is_multiple_of(3) {
                fine(session.remove_allergy(id));
            }
        }
        3 | 4 => {
            let run = fine(session.sync_run())?;
            fine(run.start(Duration::from_secs(20)))?;
        }
        5 => {
            fine(session.search_history("sou".into(), 20))?;
            fine(session.export_json())?;
            fine(session.verify())?;
            fine(session.queue(QueueFilter::Unsent, 0, 50))?;
            fine(session.queue_counts())?;
        }
        6 => {
            let profile = fine(session.profile())?.content;
            let to = ProfileContent { display_name: Some(format!("{n}")), ..profile.clone() };
            fine(session.update_profile(profile, to));
            let held = fine(session.observe(None, host.clone()))?;
            fine(session.add_history(meal(6 << 32 | n)))?;
            drop(held);
        }
        7 => {
            fine(session.set_paused(true))?;
            fine(session.cancel_sync())?;
            fine(session.quiesce(Duration::from_secs(5)))?;
            fine(session.set_paused(false))?;
        }
        8 if n.is_multiple_of(3) => {
            let _asleep = host.awake.write().unwrap();
            fine(session.suspend(Duration::from_secs(5)))?;
            fine(session.resume())?;
        }
        8 if n.is_multiple_of(5) => {
            let _away = host.awake.write().unwrap();
            fine(session.sign_out(CoreSignOut::KeepSealed))?;
        }
        8 if n % 5 == 3 => fine(session.end())?,
        _ => {
            fine(session.rescue_export())?;
            for question in fine(session.conflicts())? {
                fine(session.answer(question.id, question.revision, MergeAnswer::KeepRemote));
            }
        }
    }
    Some(())
}

#[test]
fn everything_at_once_from_many_threads_ends_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(Options::new(folder.path().join("server.db"), SECRET)).unwrap();
    let host = Arc::new(Host::default());
    let config = Config {
        data_dir: folder.path().join("phone").to_str().unwrap().to_owned(),
        mark_dir: None,
        base_url: server.base_url(),
        http: Some(HttpOptions { allow_loopback_http: true, ..HttpOptions::default() }),
        app_version: None,
        stale_after: None,
        history_window: None,
        ask_about: Vec::new(),
    };
    let core = Core::open(config, host.clone(), Some(host.clone()), Some(host.clone()), None, None).unwrap();
    assert!(host.core.set(core.clone()).is_ok());

    let (ended, all_ended) = mpsc::channel();
    let threads: Vec<_> = (0..10)
        .map(|thread| {
            let (core, host, ended) = (core.clone(), host.clone(), ended.clone());
            std::thread::spawn(move || {
                // Whom another thread's end or suspension has interrupted tries again once that is over.
                let round = |n| {
                    (0..TRIES).find_map(|_| {
                        let done = work(&core, &host, thread, n);
                        if done.is_none() {
                            drop(host.awake.read().unwrap());
                        }
                        done
                    })
                };
                let done: u64 = (0..ROUNDS).filter_map(round).map(|()| 1).sum();
                ended.send((thread, done)).unwrap();
            })
        })
        .collect();
    drop(ended);
    // A thread that panicked has dropped its end; one that waits for ever has not.
    for _ in &threads {
        match all_ended.recv_timeout(PATIENCE) {
            Ok((thread, done)) => assert!(done > 0, "thread {thread} never had a session"),
            Err(mpsc::RecvTimeoutError::Timeout) => panic!("a call waits for ever"),
            Err(mpsc::RecvTimeoutError::Disconnected) => break,
        }
    }
    for thread in threads {
        thread.join().unwrap();
    }
    assert!(host.calls.load(Ordering::SeqCst) > 0);

    let session = core.session(USER.into()).unwrap();
    session.set_paused(false).unwrap();
    let mut report = session.sync_run().unwrap().start(Duration::from_secs(60)).unwrap();
    for _ in 0..20 {
        if report.next == NextStep::Done {
            break;
        }
        report = session.sync_run().unwrap().start(Duration::from_secs(60)).unwrap();
    }
    assert_eq!(report.next, NextStep::Done);
    assert_eq!(session.verify().unwrap().flaws, []);
    let counts = session.queue_counts().unwrap();
    assert_eq!((counts.pending, counts.sending, counts.failed), (0, 0, 0));
    let server_has =
        server.snapshot(USER).unwrap().iter().filter(|r| r.entity == "history" && !r.deleted).count();
    assert_eq!(session.history_count().unwrap(), server_has as i64);
}
