//! The look after a step: every invariant, and what the model learns.

use super::act::Done;
use super::ledger::{Ledger, Verdict};
use super::line::lock;
use super::look::{Seen, SeenOperation};
use super::people::{CANARY, Meant, allergen_name};
use super::questions::{as_well, before_it_was_moot, is_moot, meant, places};
use super::{World, harness, is_storage};
use crate::invariants::{self, Broken, Check, broken};
use crate::model::{Event, EventId, Events, FileModel, Promise};
use crate::plan::Step;
use foodlens_core::{
    Collection, ErrorKind, MergeAnswer, OperationId, OperationState, QueueFilter, RecordId, Severity,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

impl World {
    /// Looks at the file of the user in front.
    pub(super) fn check(&mut self, index: usize, mut done: Done, step: &Step) -> Check {
        let device = &mut self.devices[index];
        if let Some(fault) = device.storage.disarm() {
            self.shared.tally().on_the_disk(fault, doing(step));
        }
        let died = device.storage.is_dead();
        if died {
            // What was under way may have been stored: nobody was told.
            done.failed = false;
            device.die().map_err(|error| harness(&error))?;
        }
        if std::mem::take(&mut lock(&device.line.state).signed_out) {
            device.forget_session();
        }
        let seen = self.look(index)?;
        if done.half_wiped && seen.records.is_empty() && seen.operations.is_empty() {
            *self.devices[index].file() = FileModel::default();
        }
        self.trace.note(&seen.text);
        super::tell(|| format!("device {index}, {step:?}\n{}", String::from_utf8_lossy(&seen.text)));
        self.count(&seen);
        let said = crate::logs::take() + &std::mem::take(&mut lock(&self.devices[index].side.state).events);
        self.silent("a log or telemetry", said.as_bytes())?;
        if died && matches!(step, Step::Edit { .. }) && done.made.meant.is_empty() {
            done.made.meant = stored_unheard(&seen, &self.devices[index].file().promises);
        }
        self.hear_the_answers(index, &seen, &mut done);
        self.judge(index, &seen, &mut done)?;
        if let Step::Import { .. } = step {
            let promises = &self.devices[index].file().promises;
            let new = seen.operations.iter().filter(|(_, operation)| !promises.contains_key(&operation.key));
            self.imported.extend(new.map(|(_, operation)| operation.key.as_uuid()));
        }
        self.learn(index, &seen, &done)
    }

    /// The file opens, and can be read.
    fn look(&mut self, index: usize) -> Result<Arc<Seen>, Broken> {
        let device = &mut self.devices[index];
        let mut opened = device.session();
        let is_new = device.file().seen.is_none();
        if opened.as_ref().is_err_and(|error| *error.kind() == ErrorKind::StoreMissing) && is_new {
            // Other files were put in the place of what was here; the mark remembers that there were some.
            opened = device.recover();
        }
        let session =
            opened.map_err(|error| broken("I12", format!("the file does not open: {:?}", error.kind())))?;
        device.look(&session).map_err(|error| {
            let why = if is_storage(&error) { "I12" } else { "I11" };
            broken(why, format!("the data cannot be read: {:?}", error.kind()))
        })
    }

    /// What a person has answered meanwhile, or the hook for them.
    fn hear_the_answers(&mut self, index: usize, seen: &Seen, done: &mut Done) {
        let device = &mut self.devices[index];
        done.why.safe_merge |= device.file().safe_merge;
        for answered in std::mem::take(&mut lock(&device.side.state).answered) {
            let (conflict, answer) = (&answered.conflict, &answered.answer);
            if is_moot(conflict, seen) {
                done.made.meant.extend(before_it_was_moot(conflict, answer, seen));
                continue;
            }
            let as_well = as_well(conflict, seen);
            if answered.answer != MergeAnswer::Defer {
                done.why.answered.extend(places(conflict));
                done.why.answered.extend(as_well.iter().map(|id| (Collection::Allergies, *id)));
            }
            done.made.meant.extend(meant(conflict, answer, &as_well));
        }
    }

    fn judge(&mut self, index: usize, seen: &Seen, done: &mut Done) -> Check {
        let from = std::mem::replace(&mut self.checked, self.shared.backend().ledger.arrivals().len());
        done.why.on_the_way = self.meet_made_on_the_way(index, from);
        let device = &mut self.devices[index];
        let asked = device.file().seen.iter().flat_map(|seen| seen.questions.iter().flat_map(places));
        done.why.asked = asked.collect();
        let user = device.user;
        // A copy that lags knows less than what it is asked about.
        let server = if done.run_is_done && !self.shared.backend().lags() {
            Some(self.shared.backend().snapshot(user).map_err(|error| harness(&error))?)
        } else {
            None
        };
        let file = device.file();
        if done.failed && file.seen.as_ref().is_some_and(|before| !same_edits(before, seen)) {
            return Err(broken("I2", "a call failed and changed something all the same"));
        }
        file.deleted.extend(done.made.deleted.iter().filter(|id| !self.copied.contains(&(index, **id))));
        for promise in done.why.discarded.iter().filter_map(|key| file.promises.get(key)) {
            file.deleted.remove(&promise.place.1);
        }
        let backend = self.shared.backend();
        let ledger = &backend.ledger;
        // What is new at the server first: the deeper cause of what is seen here.
        invariants::owned(Some(seen), user, &self.owners, ledger, from)?;
        invariants::once(ledger, &self.births, &self.copied_records, from)?;
        invariants::in_order(ledger, &self.births, from)?;
        invariants::stays_deleted_there(ledger, from)?;
        invariants::imports_yield(ledger, &self.imported, from)?;
        if done.next.is_some() {
            invariants::not_revived(&file.promises, seen, &done.why.on_the_way, ledger)?;
        }
        invariants::together(seen)?;
        invariants::accounted(&file.promises, seen, ledger, &done.why)?;
        invariants::tried_enough(seen, ledger)?;
        invariants::shown(seen)?;
        invariants::stays_deleted(seen, &file.deleted, ledger)?;
        server.map_or(Ok(()), |server| invariants::up_to_date(seen, &server))
    }

    /// Operations that were made and sent within one run: a merge that asked nobody. They carry what the record's former
    /// ones did.
    fn meet_made_on_the_way(&mut self, index: usize, from: usize) -> Vec<(RecordId, OperationId)> {
        let mut met = Vec::new();
        let user = self.devices[index].user;
        let backend = self.shared.backend();
        for arrival in &backend.ledger.arrivals()[from..] {
            if arrival.user != user || self.births.contains_key(&arrival.key) {
                continue;
            }
            self.births.insert(arrival.key, (self.homes[index], (self.births.len() as u64 + 1) << 20));
            self.owners.operations.insert(arrival.key, user);
            let place = super::look::collection(&arrival.entity).zip(RecordId::parse(&arrival.id).ok());
            met.extend(place.map(|place| (place.1, arrival.key.into())));
            let promises = &self.devices[index].files.entry(user).or_default().promises;
            for (key, _) in promises.iter().filter(|(_, promise)| Some(promise.place) == place) {
                if backend.ledger.effect(key.as_uuid()).is_none() {
                    self.people[user].carry_on(*key, arrival.key.into());
                }
            }
            let (people, file) = (&mut self.people[user], self.devices[index].file());
            let of_allergy =
                place.filter(|place| place.0 == Collection::Allergies && arrival.kind != "delete");
            for id in of_allergy
                .iter()
                .flat_map(|place| lost(people, file, place.1, &backend.ledger))
                .collect::<Vec<_>>()
            {
                if says(&people.get(id).meant, |field| arrival.fields.iter().any(|one| one == field)) {
                    people.carry(id, arrival.key.into());
                }
            }
        }
        let arrivals = backend.ledger.arrivals()[from..].iter();
        for arrival in arrivals.filter(|arrival| arrival.deleted && arrival.verdict == Verdict::Applied) {
            // The server cannot know that it has done it before, and that somebody has decided otherwise since.
            let forgotten =
                |key: OperationId| backend.ledger.of_key(key.as_uuid()).any(|elder| elder.forgotten);
            let Ok(record) = RecordId::parse(&arrival.id) else { continue };
            for removal in self.people[user].removals(record, forgotten) {
                self.people[user].add(Event { keys: vec![arrival.key.into()], ..removal });
            }
        }
        met
    }

    /// What the model knows from now on; I4 holds for that.
    fn learn(&mut self, index: usize, seen: &Arc<Seen>, done: &Done) -> Check {
        let user = self.devices[index].user;
        // A retry under another key keeps its turn: it is as old as what stands behind it for the same record, and a little.
        let mut behind = BTreeMap::new();
        for (place, operation) in seen.operations.iter().rev() {
            let (key, newest) = (operation.key.as_uuid(), (self.births.len() as u64 + 1) << 20);
            let born = behind.get(place).map_or(newest, |next: &u64| newest.min(next - 1));
            let (_, born) = *self.births.entry(key).or_insert((self.homes[index], born));
            behind.insert(*place, born);
        }
        for (place, operation) in seen.operations.iter() {
            let key = operation.key.as_uuid();
            self.owners.operations.entry(key).or_insert(user);
            if operation.kind == "create" {
                self.owners.records.entry(*place).or_insert_with(|| BTreeSet::from([user]));
            }
        }
        let (people, file) = (&mut self.people[user], self.devices[index].file());
        people.may_be_raised |= file.safe_merge;
        let backend = self.shared.backend();
        let last = |record: RecordId| seen.waiting((Collection::Allergies, record)).last().map(|op| op.key);
        let queued: BTreeSet<_> = seen.operations.iter().map(|(_, operation)| operation.key).collect();
        for (key, promise) in file.promises.iter().filter(|(key, _)| !queued.contains(key)) {
            if done.why.discarded.contains(key) {
                // It was never said, as far as this file goes.
                if let Some(known) = file.known.get_mut(&promise.place.1) {
                    known.retain(|id| !people.get(*id).keys.contains(key));
                }
                continue;
            }
            if backend.ledger.effect(key.as_uuid()).is_some() {
                continue;
            }
            // The same under another key, or else what it was folded into.
            let new = || seen.waiting(promise.place).filter(|op| !file.promises.contains_key(&op.key));
            let same =
                new().find(|op| promise.payload.as_ref().is_some_and(|payload| *payload == op.payload));
            let next = same.or_else(|| new().next()).map(|op| op.key).or_else(|| last(promise.place.1));
            if let Some(next) = next {
                people.carry_on(*key, next);
            }
        }
        // What a server has lost is said again, by an operation of its own.
        for (place, operation) in seen.operations.iter() {
            let new = !file.promises.contains_key(&operation.key);
            if new && place.0 == Collection::Allergies && operation.kind != "delete" {
                for id in lost(people, file, place.1, &backend.ledger) {
                    if says(&people.get(id).meant, |field| operation.payload.contains_key(field)) {
                        people.carry(id, operation.key);
                    }
                }
            }
        }
        let records: Vec<_> = people.records().collect();
        for record in records {
            let has_heard = file.known.get(&record).is_some_and(|known| !known.is_empty());
            let version = heard_until(seen, record, has_heard, &backend.ledger);
            let heard: Vec<_> = people
                .about(record)
                .iter()
                .copied()
                .filter(|id| {
                    people.get(*id).keys.iter().any(|key| {
                        queued.contains(key)
                            || backend.ledger.effect(key.as_uuid()).is_some_and(|at| at <= version)
                    })
                })
                .collect();
            if !heard.is_empty() {
                file.known.entry(record).or_default().extend(heard);
            }
        }
        // One act may wait in several operations (a severity that follows from an allergen, say).
        let carrier = |record: RecordId, meant: &Meant| {
            let says = |operation: &&SeenOperation| match meant {
                Meant::Gone => operation.kind == "delete",
                meant => says(meant, |field| operation.payload.contains_key(field)),
            };
            // What was sent before carries nothing that is said now.
            let sent = |operation: &&SeenOperation| {
                file.promises.get(&operation.key).is_some_and(|promise| promise.attempted)
            };
            let waiting = || seen.waiting((Collection::Allergies, record));
            let said = waiting().filter(|operation| says(operation) && !sent(operation)).last();
            let unsent = || waiting().last().filter(|operation| operation.first_attempt_at.is_none());
            said.or_else(unsent).map(|operation| operation.key)
        };
        // What an act says, it says knowing what it has said before: a hook may answer several questions in one run.
        for (record, meant) in &done.made.meant {
            let sent = done.why.on_the_way.iter().filter(|(of, _)| of == record).map(|(_, key)| *key);
            let keys: Vec<_> = carrier(*record, meant).into_iter().chain(sent).collect();
            let mut saw = file.known.get(record).cloned().unwrap_or_default();
            if keys.is_empty() {
                // What changes nothing is no answer to a removal that nobody was asked about.
                saw.retain(|id| people.get(*id).meant != Meant::Gone);
            }
            let of_record = |seen: &Arc<Seen>| seen.severity((Collection::Allergies, *record));
            let shown = done.made.shown.into_iter();
            let shown = shown.flat_map(|rank| [Some(rank), file.seen.as_ref().and_then(of_record)]);
            let id = people.add(Event {
                record: *record,
                meant: meant.clone(),
                saw,
                shown: shown.flatten().collect(),
                called: seen.allergen((Collection::Allergies, *record)),
                is_void: keys.is_empty() && self.copied_records.contains(record),
                keys,
            });
            file.known.entry(*record).or_default().insert(id);
        }
        file.promises = seen
            .operations
            .iter()
            .enumerate()
            .map(|(turn, (place, operation))| {
                let payload = (operation.kind != "delete").then(|| operation.payload.clone());
                let parked = seen.parked.contains(&operation.key);
                let promise = Promise {
                    place: *place,
                    turn,
                    parked,
                    attempted: operation.first_attempt_at.is_some(),
                    creates: operation.kind == "create",
                    yields: operation.yields,
                    payload,
                };
                (operation.key, promise)
            })
            .collect::<BTreeMap<_, _>>();
        drop(backend);
        invariants::cautious(seen, people, &file.known)?;
        file.seen = Some(Arc::clone(seen));
        Ok(())
    }

    /// I13 for a text.
    pub(super) fn silent(&self, what: &str, text: &[u8]) -> Check {
        let backend = self.shared.backend();
        let mut words = vec![CANARY];
        words.extend((0..super::USERS.len()).map(|user| backend.token(user)));
        invariants::silent(what, text, &words)
    }

    fn count(&self, seen: &Seen) {
        let mut tally = self.shared.tally();
        let mut one = |state: &str| *tally.queue.entry(state.to_owned()).or_default() += 1;
        let counts = seen.counts;
        for (count, state) in
            [(counts.pending, "pending"), (counts.sending, "sending"), (counts.failed, "failed")]
        {
            if count > 0 {
                one(state);
            }
        }
        if seen.operations.is_empty() {
            one("empty");
        }
        for question in &seen.questions {
            let side = |content: &Option<foodlens_core::RecordContent>| {
                if content.is_some() { "changed" } else { "deleted" }
            };
            let kind = match question.other_record {
                Some(_) => "two records about one allergen".to_owned(),
                None => format!("{} here, {} there", side(&question.local), side(&question.remote)),
            };
            let collection =
                places(question).first().map(|place| format!("{:?}", place.0)).unwrap_or_default();
            *tally.questions.entry(format!("{collection}: {kind}")).or_default() += 1;
        }
    }

    /// States of parked operations, for the report; asked only where there are some.
    pub(super) fn count_parked(&mut self, index: usize) -> Check {
        let Ok(session) = self.devices[index].session() else { return Ok(()) };
        let parked = session.queue().list(QueueFilter::Failed, 0, 100).map_err(|error| harness(&error))?;
        let mut tally = self.shared.tally();
        for operation in parked {
            if let OperationState::Failed(reason) = operation.state {
                *tally.queue.entry(format!("failed: {}", reason.code())).or_default() += 1;
            }
        }
        Ok(())
    }
}

/// What an edit meant that was stored while the process died, by the writes that are new.
fn stored_unheard(seen: &Seen, promises: &BTreeMap<OperationId, Promise>) -> Vec<(RecordId, Meant)> {
    let new = seen.operations.iter().filter(|(_, operation)| !promises.contains_key(&operation.key));
    let of_allergies = new.filter(|(place, _)| place.0 == Collection::Allergies);
    let said = of_allergies.flat_map(|((_, record), operation)| {
        let entry =
            seen.list.entries.iter().find(|entry| entry.id == *record || entry.linked.contains(record));
        let content = entry.map(|entry| &entry.content);
        let writes = |field: &str| operation.payload.contains_key(field);
        let gone = (operation.kind == "delete").then_some(Meant::Gone);
        let severity = content.filter(|_| writes("severity"));
        let severity = severity.map(|content| Meant::Severity(Severity::rank(content.severity.as_ref())));
        let allergen = content.filter(|_| writes("allergen"));
        let allergen = allergen.map(|content| Meant::Allergen(allergen_name(&content.allergen)));
        [gone, severity, allergen].into_iter().flatten().map(|meant| (*record, meant)).collect::<Vec<_>>()
    });
    said.collect()
}

/// Whether a write of these fields says this.
fn says(meant: &Meant, writes: impl Fn(&str) -> bool) -> bool {
    match meant {
        Meant::Gone => false,
        Meant::Severity(_) => writes("severity"),
        Meant::Allergen(_) => writes("allergen"),
    }
}

/// What a file has heard of a record, and the server did once and has lost.
fn lost(people: &Events, file: &FileModel, record: RecordId, ledger: &Ledger) -> Vec<EventId> {
    let known = file.known.get(&record).into_iter().flatten().copied();
    let is_lost = |id: &EventId| {
        let keys = &people.get(*id).keys;
        keys.iter().all(|key| ledger.effect(key.as_uuid()).is_none())
            && keys.iter().any(|key| ledger.of_key(key.as_uuid()).any(|arrival| arrival.lost))
    };
    known.filter(is_lost).collect()
}

/// Until which of the server's versions a file has heard of a record.
fn heard_until(seen: &Seen, record: RecordId, has_heard: bool, ledger: &Ledger) -> i64 {
    let place = (Collection::Allergies, record);
    match seen.records.get(&place) {
        Some(here) => here.version.unwrap_or(0),
        None if has_heard => {
            let id = record.to_string();
            let gone = ledger.arrivals().iter().filter(|one| one.id == id && one.deleted && !one.lost);
            gone.filter_map(|arrival| arrival.version).max().unwrap_or(0)
        }
        None => 0,
    }
}

/// Nobody wrote between these two looks.
fn same_edits(before: &Seen, after: &Seen) -> bool {
    let keys = |seen: &Seen| seen.operations.iter().map(|(_, operation)| operation.key).collect::<Vec<_>>();
    keys(before) == keys(after)
}

/// What was under way, for the report.
fn doing(step: &Step) -> &'static str {
    match step {
        Step::Edit { .. } => "edit",
        Step::Sync { .. } | Step::FetchOlder { .. } => "sync",
        Step::Answer { .. } | Step::LookAtQuestions { .. } => "answer",
        Step::Queue { .. } => "queue",
        Step::SignOut { .. } => "sign-out",
        Step::Recover { .. } | Step::Rescue { .. } => "recovery",
        Step::Import { .. } => "import",
        _ => "open",
    }
}
