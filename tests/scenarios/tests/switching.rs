//! The app switches users at every step of a run, with a token of whoever is signed in at that moment.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so")]

use foodlens_core::*;
use foodlens_scenarios::{Backend, Keys, Phone, SECRET, differences};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// An app that knows one token: that of the user who is signed in now. It says so, or it does not know better.
struct App {
    signed_in: Mutex<&'static str>,
    /// The token provider says whose token it gives.
    honest: bool,
    calls: AtomicU32,
    switch_at: u32,
    switched: AtomicBool,
    library: Mutex<Option<(Arc<FoodLens>, Session)>>,
    to: HttpTransport,
}

impl App {
    /// The step at which the user changes: Ana signs out, Ben signs in and syncs.
    fn step(&self) {
        if self.calls.fetch_add(1, Ordering::SeqCst) + 1 != self.switch_at {
            return;
        }
        let Some((library, anas)) = self.library.lock().unwrap().take() else { return };
        *self.signed_in.lock().unwrap() = "ben";
        anas.sign_out(&SignOut::KeepSealed).unwrap();
        let ben = library.session(&UserId::new("ben").unwrap()).unwrap();
        ben.history().add(&named("ben's")).unwrap();
        ben.sync(Duration::from_secs(60)).unwrap();
        self.switched.store(true, Ordering::SeqCst);
    }
}

impl TokenProvider for App {
    fn token(&self, user: &UserId, _: bool) -> std::result::Result<AccessToken, HookError> {
        self.step();
        let signed_in = *self.signed_in.lock().unwrap();
        let value = foodlens_server::mint_token(SECRET, signed_in, 3_600).unwrap();
        let user_id = if self.honest { signed_in } else { user.as_str() };
        Ok(AccessToken { user_id: user_id.to_owned(), value })
    }
}

impl Transport for App {
    fn execute(&self, request: &Request) -> Outcome {
        self.step();
        let outcome = self.to.execute(request);
        self.step();
        outcome
    }
}

impl MergeHook for App {
    fn resolve(&self, _: &Conflict) -> std::result::Result<MergeAnswer, HookError> {
        self.step();
        Ok(MergeAnswer::KeepLocal)
    }
}

fn named(name: &str) -> HistoryContent {
    HistoryContent { product_name: Some(name.into()), ..HistoryContent::new(HistoryKind::Scan, 1) }
}

fn milk(severity: Severity) -> AllergyContent {
    AllergyContent { severity: Some(severity), ..AllergyContent::new(Allergen::Eu(EuAllergen::Milk)) }
}

/// Ana's day, with the switch at this step. `false`: the day has fewer steps.
fn day(switch_at: u32, honest: bool) -> bool {
    let backend = Backend::start().unwrap();
    let http = HttpOptions { allow_loopback_http: true, ..HttpOptions::default() };
    let other = Phone::new(&backend.url(), "ana");
    let id = other.session.allergies().add(&milk(Severity::Mild)).unwrap();
    other.settle();
    let phone = Phone::new(&backend.url(), "ana");
    phone.settle();
    let raise = |phone: &Phone, severity| {
        let shown = phone.session.allergies().get(id).unwrap();
        phone.session.allergies().update(&shown, &milk(severity)).unwrap();
    };
    raise(&other, Severity::Severe);
    other.settle();
    raise(&phone, Severity::Moderate);
    phone.session.history().add(&named("ana's")).unwrap();
    phone.session.close();

    let app = Arc::new(App {
        signed_in: Mutex::new("ana"),
        honest,
        calls: AtomicU32::new(0),
        switch_at,
        switched: AtomicBool::new(false),
        library: Mutex::new(None),
        to: HttpTransport::new(&backend.url(), &http).unwrap(),
    });
    let keys = Keys::AsBuilt.provider();
    let hooks = Hooks { merge: Some(app.clone()), keys, ..Hooks::new(app.clone()) };
    let config = Config { http, ..Config::new(phone.folder(), backend.url()) };
    let library = Arc::new(FoodLens::with_parts(config, hooks, app.clone(), Environment::system()));
    let ana = library.session(&UserId::new("ana").unwrap()).unwrap();
    *app.library.lock().unwrap() = Some((Arc::clone(&library), ana.clone()));
    // It may end well, or because she has signed out meanwhile.
    let _ = ana.sync(Duration::from_secs(60));
    assert!(ana.quiesce(Duration::from_secs(60)), "a switch goes on in a request's thread");
    let steps = app.calls.load(Ordering::SeqCst);
    let switched = app.switched.load(Ordering::SeqCst);
    assert_eq!(switched, steps >= switch_at, "step {switch_at}");

    let of_ben = backend.server.snapshot("ben").unwrap();
    assert_eq!(of_ben.len(), usize::from(switched), "step {switch_at}: only what is Ben's is under his name");
    let ben = library.session(&UserId::new("ben").unwrap()).unwrap();
    assert_eq!(ben.history().count().unwrap(), u64::from(switched), "step {switch_at}: and on his screen");
    assert!(ben.allergies().list().unwrap().entries.is_empty(), "step {switch_at}");

    // Ana signs in again: what waited goes, once.
    app.library.lock().unwrap().take();
    *app.signed_in.lock().unwrap() = "ana";
    let again = library.session(&UserId::new("ana").unwrap()).unwrap();
    for _ in 0..5 {
        again.sync(Duration::from_secs(60)).unwrap();
    }
    assert_eq!(again.queue().counts().unwrap(), QueueCounts::default(), "step {switch_at}");
    let snapshot = backend.server.snapshot("ana").unwrap();
    assert_eq!(
        differences(&again.export_json().unwrap(), &snapshot),
        Vec::<String>::new(),
        "step {switch_at}"
    );
    let names = again.history().page(None, 10).unwrap().entries;
    assert_eq!(names.len(), 1, "step {switch_at}");
    assert_eq!(again.verify().unwrap().flaws, [], "step {switch_at}");
    switched
}

#[test]
fn nothing_of_one_user_is_sent_or_stored_under_another_at_whatever_step_they_change() {
    for honest in [true, false] {
        let mut steps = 0;
        while day(steps + 1, honest) {
            steps += 1;
        }
        assert!(steps > 10, "so few steps cannot be all: {steps}");
    }
}
