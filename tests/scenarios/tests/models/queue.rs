//! One phone, one queue: what was written is shown, whatever becomes of it on the way; and what the server does not have
//! waits, in its order.

use super::network::Network;
use foodlens_core::*;
use foodlens_scenarios::{Backend, Phone, PhoneOptions, all_agree};
use proptest::prelude::*;
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest, prop_state_machine};
use std::collections::{BTreeMap, BTreeSet};
use tempfile::TempDir;

#[derive(Debug, Clone)]
enum Step {
    Add(u8),
    Edit(usize, u8),
    Delete(usize),
    Sync(Network),
    RetryAll,
    Pause(bool),
    /// The app ends, and starts again.
    Reopen,
}

/// What a person sees of each entry: its note, or that it is deleted.
#[derive(Debug, Clone, Default)]
struct Model(Vec<Option<u8>>);

impl ReferenceStateMachine for Model {
    type State = Self;
    type Transition = Step;

    fn init_state() -> BoxedStrategy<Self> {
        Just(Self::default()).boxed()
    }

    fn transitions(state: &Self) -> BoxedStrategy<Step> {
        let entries = 0..state.0.len().max(1);
        prop_oneof![
            2 => any::<u8>().prop_map(Step::Add),
            3 => (entries.clone(), any::<u8>()).prop_map(|(at, note)| Step::Edit(at, note)),
            1 => entries.prop_map(Step::Delete),
            4 => Network::any().prop_map(Step::Sync),
            1 => Just(Step::RetryAll),
            1 => any::<bool>().prop_map(Step::Pause),
            1 => Just(Step::Reopen),
        ]
        .boxed()
    }

    fn preconditions(state: &Self, step: &Step) -> bool {
        match step {
            Step::Edit(at, _) | Step::Delete(at) => state.0.get(*at).is_some_and(Option::is_some),
            _ => true,
        }
    }

    fn apply(mut state: Self, step: &Step) -> Self {
        match step {
            Step::Add(note) => state.0.push(Some(*note)),
            Step::Edit(at, note) => state.0[*at] = Some(*note),
            Step::Delete(at) => state.0[*at] = None,
            Step::Sync(_) | Step::RetryAll | Step::Pause(_) | Step::Reopen => {}
        }
        state
    }
}

struct App {
    backend: Backend,
    folder: TempDir,
    phone: Option<Phone>,
    entries: Vec<RecordId>,
}

impl App {
    fn open(&mut self) -> &Phone {
        let (folder, url) = (self.folder.path(), self.backend.url());
        self.phone.get_or_insert_with(|| {
            Phone::in_folder(folder, &url, "ana", PhoneOptions::with_real_ids()).unwrap()
        })
    }

    fn phone(&self) -> &Phone {
        self.phone.as_ref().unwrap()
    }

    fn waiting(&self) -> Vec<QueuedOperation> {
        self.phone().session.queue().list(QueueFilter::Unsent, 0, 500).unwrap()
    }

    fn retry_all(&self) {
        for parked in self.waiting() {
            if matches!(parked.state, OperationState::Failed(_)) {
                self.phone().session.queue().retry(parked.position, parked.id).unwrap();
            }
        }
    }
}

fn content(at: usize, note: u8) -> HistoryContent {
    HistoryContent { note: Some(note.to_string()), ..HistoryContent::new(HistoryKind::Meal, at as i64) }
}

impl StateMachineTest for App {
    type SystemUnderTest = Self;
    type Reference = Model;

    fn init_test(_: &Model) -> Self {
        let (backend, folder) = (Backend::start().unwrap(), tempfile::tempdir().unwrap());
        let mut app = Self { backend, folder, phone: None, entries: Vec::new() };
        app.open();
        app
    }

    fn apply(mut app: Self, _: &Model, step: Step) -> Self {
        let history = app.phone().session.history();
        match step {
            Step::Add(note) => {
                let id = history.add(&content(app.entries.len(), note)).unwrap();
                app.entries.push(id);
            }
            Step::Edit(at, note) => {
                let shown = history.get(app.entries[at]).unwrap();
                history.update(&shown, &content(at, note)).unwrap();
            }
            Step::Delete(at) => history.delete(app.entries[at]).unwrap(),
            Step::Sync(network) => {
                network.set(&app.backend);
                app.phone().clock.advance_ms(7_200_000);
                let _ = app.phone().sync();
            }
            Step::RetryAll => app.retry_all(),
            Step::Pause(on) => app.phone().session.set_paused(on).unwrap(),
            Step::Reopen => {
                app.phone = None;
                app.open();
            }
        }
        app
    }

    fn check_invariants(app: &Self, model: &Model) {
        let history = app.phone().session.history();
        let waiting = app.waiting();
        let server: BTreeMap<String, Option<String>> = app
            .backend
            .server
            .snapshot("ana")
            .unwrap()
            .into_iter()
            .map(|record| {
                let note = record.fields["note"].as_str().map(str::to_owned);
                (record.id, note.filter(|_| !record.deleted))
            })
            .collect();
        for (id, expected) in app.entries.iter().zip(&model.0) {
            let expected = expected.map(|note| note.to_string());
            let shown = history.get(*id).ok().and_then(|entry| entry.content.note);
            assert_eq!(shown, expected, "what was written is shown");
            let there = server.get(&id.to_string()).cloned().flatten();
            let waits = waiting.iter().any(|operation| operation.record_id == *id);
            assert!(there == expected || waits, "what the server does not have waits");
        }
        let heads: Vec<_> = waiting.iter().filter(|op| op.next_attempt_at.is_some()).collect();
        let lanes: BTreeSet<_> = heads.iter().map(|op| op.record_id).collect();
        assert_eq!(heads.len(), lanes.len(), "one of a record at a time");
        assert!(waiting.is_sorted_by_key(|op| op.position));
        let keys: BTreeSet<_> = waiting.iter().map(|op| op.id).collect();
        assert_eq!(keys.len(), waiting.len(), "no key twice");
        let counts = app.phone().session.queue().counts().unwrap();
        assert_eq!(counts.pending + counts.sending + counts.failed, waiting.len() as u64);
    }

    fn teardown(app: Self, model: Model) {
        Network::Fine.set(&app.backend);
        app.phone().session.set_paused(false).unwrap();
        for _ in 0..20 {
            app.retry_all();
            app.phone().clock.advance_ms(7_200_000);
            app.phone().settle();
            if app.waiting().is_empty() {
                break;
            }
        }
        Self::check_invariants(&app, &model);
        assert!(app.waiting().is_empty(), "everything goes up in the end: {:?}", app.waiting());
        all_agree(&[app.phone()], &app.backend);
    }
}

prop_state_machine! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_on_the_way_what_was_written_is_shown_and_waits(sequential 1..30 => App);
}
