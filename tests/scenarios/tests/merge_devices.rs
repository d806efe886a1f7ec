//! The layers of a record while its edit goes its way and other devices write: the base moves on, the edit stays.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so")]

use foodlens_core::*;
use foodlens_scenarios::{Backend, Phone, PhoneOptions, differences};
use foodlens_server::{Endpoint, Fault, FaultKind};
use std::sync::{Arc, Mutex, OnceLock};

fn entry(note: Option<&str>, brand: Option<&str>) -> HistoryContent {
    HistoryContent {
        note: note.map(Into::into),
        brand: brand.map(Into::into),
        ..HistoryContent::new(HistoryKind::Scan, 1)
    }
}

fn set(phone: &Phone, id: RecordId, change: impl FnOnce(&mut HistoryContent)) {
    let shown = phone.session.history().get(id).unwrap();
    let mut to = shown.content.clone();
    change(&mut to);
    phone.session.history().update(&shown, &to).unwrap();
}

fn layers(session: &Session, id: RecordId) -> Layers {
    session.layers(Collection::History, id).unwrap()
}

/// Note and brand of a layer; `None`: there is no such layer.
fn told(layer: &Option<RecordContent>) -> Option<(Option<&str>, Option<&str>)> {
    match layer.as_ref()? {
        RecordContent::History(content) => Some((content.note.as_deref(), content.brand.as_deref())),
        other => panic!("{other:?}"),
    }
}

/// The built-in transport, through which the layers are looked at while a write is under way.
struct Looking {
    inner: HttpTransport,
    at: OnceLock<(Session, RecordId)>,
    seen: Mutex<Vec<Layers>>,
}

impl Transport for Looking {
    fn execute(&self, request: &Request) -> Outcome {
        if request.method == Method::Post
            && let Some((session, id)) = self.at.get()
        {
            self.seen.lock().unwrap().push(layers(session, *id));
        }
        self.inner.execute(request)
    }
}

#[test]
fn the_base_stays_until_the_acknowledgement_and_a_pull_never_hides_an_edit() {
    let backend = Backend::start().unwrap();
    let http = HttpOptions { allow_loopback_http: true, ..HttpOptions::default() };
    let inner = HttpTransport::new(&backend.url(), &http).unwrap();
    let looking = Arc::new(Looking { inner, at: OnceLock::new(), seen: Mutex::default() });
    let options = PhoneOptions { transport: Some(Arc::clone(&looking) as _), ..PhoneOptions::default() };
    let phone = Phone::with_options(&backend.url(), "ana", options);
    let other = Phone::new(&backend.url(), "ana");
    let look = |id| layers(&phone.session, id);

    // Made here: no base. Acknowledged: the base is what is shown.
    let id = phone.session.history().add(&entry(Some("n0"), None)).unwrap();
    let made = look(id);
    assert_eq!((told(&made.base), told(&made.shown)), (None, Some((Some("n0"), None))));
    assert_eq!((made.version, made.in_state, made.pending.len()), (None, SyncState::Pending, 1));
    phone.settle();
    let at_rest = look(id);
    assert_eq!(told(&at_rest.base), Some((Some("n0"), None)));
    assert_eq!((&at_rest.base, at_rest.in_state), (&at_rest.shown, SyncState::Synced));
    assert!(at_rest.pending.is_empty() && at_rest.version.is_some());

    // Pending: the edit shows, the base stays.
    set(&phone, id, |c| c.note = Some("n1".into()));
    let pending = look(id);
    assert_eq!((&pending.base, pending.version), (&at_rest.base, at_rest.version));
    assert_eq!((told(&pending.shown), pending.in_state), (Some((Some("n1"), None)), SyncState::Pending));
    assert_eq!(pending.pending[0].fields, ["note"]);

    // A pull below an edit that waits: the batch goes unanswered, the other device's brand comes.
    other.settle();
    set(&other, id, |c| c.brand = Some("b1".into()));
    other.settle();
    looking.at.set((phone.session.clone(), id)).ok().unwrap();
    backend.server.faults().push(Fault::new(Endpoint::Batch, FaultKind::status(422)).times(50));
    assert_eq!(phone.settle().next, NextStep::NeedsPerson);
    backend.server.faults().clear();

    // Sending: as it was looked at from within the request.
    let sending = looking.seen.lock().unwrap().remove(0);
    assert_eq!((&sending.base, &sending.shown), (&pending.base, &pending.shown));
    assert_eq!(sending.in_state, SyncState::Sending);
    assert_eq!(sending.pending[0].state, OperationState::Sending);

    // Failed, and the pull of the same run moved the base on.
    let failed = look(id);
    assert_eq!(failed.in_state, SyncState::Failed);
    assert_eq!(told(&failed.base), Some((Some("n0"), Some("b1"))));
    assert_eq!(told(&failed.shown), Some((Some("n1"), Some("b1"))), "both are to be seen");
    assert!(failed.version > pending.version);

    // A pull of another note below the failed one: the own one stays to be seen.
    set(&other, id, |c| c.note = Some("theirs".into()));
    other.settle();
    phone.settle();
    let overtaken = look(id);
    assert_eq!(told(&overtaken.base), Some((Some("theirs"), Some("b1"))));
    assert_eq!(told(&overtaken.shown), Some((Some("n1"), Some("b1"))));
    assert_eq!(overtaken.in_state, SyncState::Failed);

    // Sent again, and acknowledged.
    let parked = overtaken.pending[0].clone();
    phone.session.queue().retry(parked.position, parked.id).unwrap();
    assert_eq!(look(id).in_state, SyncState::Pending);
    assert_eq!(look(id).base, overtaken.base);
    phone.settle();
    let done = look(id);
    assert_eq!((&done.base, done.in_state), (&done.shown, SyncState::Synced));
    assert_eq!(told(&done.shown), Some((Some("n1"), Some("b1"))));
    other.settle();
    for phone in [&phone, &other] {
        let snapshot = backend.server.snapshot("ana").unwrap();
        assert_eq!(differences(&phone.session.export_json().unwrap(), &snapshot), Vec::<String>::new());
        assert_eq!(phone.session.verify().unwrap().flaws, []);
    }
}

#[test]
fn a_deletion_on_either_side_leaves_both_layers_to_be_seen() {
    let backend = Backend::start().unwrap();
    let (phone, other) = (Phone::new(&backend.url(), "ana"), Phone::new(&backend.url(), "ana"));
    let eggs = AllergyContent::new(Allergen::Eu(EuAllergen::Eggs));
    let id = phone.session.allergies().add(&eggs).unwrap();
    phone.settle();
    other.settle();
    let layers = |phone: &Phone| phone.session.layers(Collection::Allergies, id);

    // Deleted there while it is edited here.
    other.session.allergies().remove(id).unwrap();
    let deleted = layers(&other).unwrap();
    assert_eq!((deleted.base, deleted.shown), (Some(RecordContent::Allergy(eggs.clone())), None));
    assert!(!deleted.deleted_at_server);
    other.settle();
    assert!(matches!(layers(&other).unwrap_err().kind(), ErrorKind::NotFound { what: "record" }));
    let shown = phone.session.allergies().get(id).unwrap();
    let worse = AllergyContent { severity: Some(Severity::Severe), ..eggs.clone() };
    phone.session.allergies().update(&shown, &worse).unwrap();
    assert_eq!(phone.settle().next, NextStep::NeedsPerson);
    let asked = layers(&phone).unwrap();
    assert!(asked.deleted_at_server);
    assert_eq!(asked.in_state, SyncState::Conflict);
    assert_eq!(asked.base, Some(RecordContent::Allergy(eggs)), "what it was before");
    assert_eq!(asked.shown, Some(RecordContent::Allergy(worse)));
    assert_eq!(phone.session.verify().unwrap().flaws, []);
}
