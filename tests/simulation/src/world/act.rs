//! Doing a step.

use super::device::Device;
use super::line::lock;
use super::look::Place;
use super::people::{self, Edited, Made, edit, picked};
use super::questions::answer;
use super::storage::{copy_files, remove_files};
use super::{World, harness, is_storage};
use crate::invariants::{self, Broken, Check, OF_COPIES, Why, broken};
use crate::plan::{QueueAct, SignOut, Step};
use crate::report;
use foodlens_core::{
    Clock, Collection, Error, ErrorKind, HistoryContent, HistoryKind, NextStep, OperationState, QueueFilter,
    RecordId, Session, SignOut as HowToSignOut,
};
use std::collections::BTreeSet;
use std::time::Duration;

/// What a step did, for the checks after it.
#[derive(Default)]
pub(super) struct Done {
    pub made: Made,
    pub why: Why,
    /// A run went to its end and says that nothing is left.
    pub run_is_done: bool,
    /// What a run says is next.
    pub next: Option<NextStep>,
    /// The library gave an error: then nothing was stored.
    pub failed: bool,
    /// The file was exchanged: what was promised before is the model's of that file.
    pub exchanged: bool,
    /// The file's deletion was confirmed, and then the storage failed: all is there still, or nothing.
    pub half_wiped: bool,
}

impl World {
    /// Does a step and checks every invariant.
    ///
    /// # Errors
    /// The invariant that does not hold any more.
    pub fn step(&mut self, step: &Step) -> Check {
        self.shared.tally().step(step);
        self.trace.note(report::name(step).as_bytes());
        match step {
            Step::Pass { ms } => {
                self.shared.time.pass(*ms);
                return Ok(());
            }
            Step::Backend(what) => {
                return self.shared.backend().act(*what).map_err(|error| harness(&error));
            }
            Step::Elsewhere { user, allergen, severity } => {
                return self.made_elsewhere(*user, *allergen, *severity);
            }
            _ => {}
        }
        let index = self.of_device(device_of(step));
        match step {
            Step::Follow { ms, .. } => return self.follow(index, *ms),
            Step::Insist { every_ms, times, .. } => return self.insist(index, *every_ms, *times),
            _ => {}
        }
        let done = self.on_device(index, step)?;
        if let Some(done) = done { self.check(index, done, step) } else { Ok(()) }
    }

    /// None: there is nothing to look at.
    pub(super) fn on_device(&mut self, index: usize, step: &Step) -> Result<Option<Done>, Broken> {
        let users = self.people.len();
        let device = &mut self.devices[index];
        match step {
            Step::Line { after, trouble, .. } => {
                lock(&device.line.state).troubles.push((*after, *trouble));
                Ok(None)
            }
            Step::Network { network, .. } => {
                lock(&device.line.state).network = *network;
                Ok(None)
            }
            Step::Token { token, .. } => {
                lock(&device.side.state).token = *token;
                Ok(None)
            }
            Step::Hook { hook, .. } => {
                lock(&device.side.state).hook = *hook;
                Ok(None)
            }
            Step::Disk { after, fault, .. } => {
                device.storage.arm(*after, *fault);
                Ok(None)
            }
            Step::SetClock { off_by_ms, .. } => {
                device.clock.set_off_by_ms(*off_by_ms);
                Ok(None)
            }
            Step::Update { .. } => {
                device.end();
                device.version += 1;
                Ok(None)
            }
            Step::Restart { killed, .. } => {
                if *killed {
                    device.die().map_err(|error| harness(&error))?;
                } else {
                    device.end();
                }
                self.open(index).map(Some)
            }
            Step::SwitchUser { user, .. } => {
                device.user = user % users;
                self.open(index).map(Some)
            }
            Step::Reinstall { .. } => {
                device.reinstall().map_err(|error| harness(&error))?;
                Ok(Some(Done { exchanged: true, ..Done::default() }))
            }
            Step::BackUp { .. } => {
                device.back_up().map_err(|error| harness(&error))?;
                Ok(None)
            }
            Step::PutBack { .. } => {
                let Some((folder, files)) =
                    device.backup.as_ref().map(|b| (b.folder.clone(), b.files.clone()))
                else {
                    return Ok(None);
                };
                device.take_files(&folder, files).map_err(|error| harness(&error))?;
                self.note_copy(index);
                Ok(Some(Done { exchanged: true, ..Done::default() }))
            }
            Step::CloneTo { to, .. } => self.clone_to(index, self.of_device(*to)),
            _ => self.in_session(index, step).map(Some),
        }
    }

    fn clone_to(&mut self, from: usize, to: usize) -> Result<Option<Done>, Broken> {
        if from == to {
            return Ok(None);
        }
        let source = &mut self.devices[from];
        source.end();
        let unsent = source.files.values().flat_map(|file| file.promises.values());
        self.copied.extend(unsent.map(|promise| (from, promise.place.1)));
        let (folder, files) = (source.storage.folder().to_owned(), source.files.clone());
        let beside = source.aside("clone");
        remove_files(&beside).and_then(|()| copy_files(&folder, &beside)).map_err(|error| harness(&error))?;
        self.devices[to].take_files(&beside, files).map_err(|error| harness(&error))?;
        self.note_copy(to);
        self.check(to, Done { exchanged: true, ..Done::default() }, &Step::CloneTo { from, to })?;
        Ok(Some(Done::default()))
    }

    /// What waits in this device's files waits elsewhere, too, or did: no device's own order binds it any more.
    fn note_copy(&mut self, index: usize) {
        self.copies += 1;
        self.homes[index] += self.devices.len();
        for (key, promise) in self.devices[index].files.values().flat_map(|file| &file.promises) {
            self.copied_records.insert(promise.place.1);
            if let Some((device, _)) = self.births.get_mut(&key.as_uuid()) {
                *device = OF_COPIES + self.copies;
            }
        }
    }

    /// The app opens the user's file.
    fn open(&mut self, index: usize) -> Result<Done, Broken> {
        match self.devices[index].session() {
            // The mark remembers a file that is gone: the look after the step sees to that.
            Err(error) if *error.kind() != ErrorKind::StoreMissing => self.after_error(index, error),
            _ => Ok(Done::default()),
        }
    }

    fn in_session(&mut self, index: usize, step: &Step) -> Result<Done, Broken> {
        let device = &mut self.devices[index];
        let session = match device.session() {
            Ok(session) => session,
            Err(error) => return self.after_error(index, error),
        };
        let (mut done, mut refused) = (Done::default(), false);
        let result = match step {
            Step::Edit { edit: what, .. } => match edit(&session, device.user, what)? {
                Edited::Nothing => Ok(()),
                Edited::Made(made) => {
                    done.why.edited = made.touched.iter().copied().collect();
                    done.made = made;
                    Ok(())
                }
                Edited::Refused(error) => {
                    refused = true;
                    // Died while it was stored, it may have been: of what, is not known.
                    if device.storage.is_dead() {
                        done.why.edited = every_place(device);
                    }
                    Err(error)
                }
                Edited::Unread(error, made) => {
                    done.made = made;
                    // Which records it has touched is not known.
                    done.why.edited = every_place(device);
                    Err(error)
                }
            },
            Step::Sync { budget_ms, .. } => {
                sync(device, &session, Duration::from_millis(*budget_ms)).map(|next| {
                    self.trace.note(format!("{next:?}").as_bytes());
                    done.run_is_done = next == NextStep::Done;
                    done.next = Some(next);
                })
            }
            Step::LateWorker { .. } => late_worker(device, &session)?,
            Step::FetchOlder { .. } => {
                lock(&device.line.state).session = Some(session.clone());
                session.history().fetch_older(50, Duration::from_secs(60)).map(drop)
            }
            Step::LookAtQuestions { .. } => session.conflicts().map(|open| device.looked_at = open),
            Step::Answer { pick, answer: side, as_looked_at, .. } => {
                answer(device, &session, *pick, *side, *as_looked_at)?
            }
            Step::Queue { pick, act, .. } => on_queue(&session, *pick, *act, &mut done),
            Step::Pause { paused, .. } => session.set_paused(*paused),
            Step::ManualMerge { on, .. } => {
                done.why.safe_merge = !on;
                session.set_manual_merge(*on).map(|()| device.file().safe_merge = !on)
            }
            Step::SignOut { how, .. } => sign_out(device, &session, *how, &mut done),
            Step::Recover { .. } => device.recover().map(drop),
            Step::Rescue { reinstall, .. } => rescue(device, &session, *reinstall, &mut done)?,
            Step::Import { first, count, .. } => {
                let text = people::legacy(device.user, *first, *count);
                // An allergy among them says that there are some.
                done.why.edited.insert((Collection::AllergyList, RecordId::SINGLE));
                session.import_legacy(&text).map(drop)
            }
            _ => Ok(()),
        };
        lock(&self.devices[index].line.state).session = None;
        if let Some(NextStep::RetryAt(at)) = done.next {
            invariants::soon(at - self.devices[index].clock.now_ms())?;
        }
        match result {
            Ok(()) => Ok(done),
            // A run stores what it does step by step.
            Err(error) => self.after_error(index, error).map(|_| Done { failed: refused, ..done }),
        }
    }

    /// Which errors a person may meet, and when.
    fn after_error(&mut self, index: usize, error: Error) -> Result<Done, Broken> {
        self.silent("an error", format!("{error} {error:?}").as_bytes())?;
        self.trace.note(format!("{:?}", error.kind()).as_bytes());
        let device = &mut self.devices[index];
        let signed_out = std::mem::take(&mut lock(&device.line.state).signed_out);
        let expected = match error.kind() {
            ErrorKind::Invalid { .. }
            | ErrorKind::NotFound { .. }
            | ErrorKind::StaleEdit
            | ErrorKind::StaleAnswer
            | ErrorKind::WrongState { .. }
            | ErrorKind::LegacyInUse { .. }
            | ErrorKind::UnsentWork => true,
            ErrorKind::SignedOut | ErrorKind::Closed => signed_out,
            _ => is_storage(&error) && device.storage.has_failed(),
        };
        if signed_out {
            device.forget_session();
        }
        if expected {
            return Ok(Done { failed: true, ..Done::default() });
        }
        Err(broken("I12", format!("a call failed though nothing was wrong: {:?}", error.kind())))
    }
}

fn every_place(device: &mut Device) -> BTreeSet<Place> {
    device.file().promises.values().map(|promise| promise.place).collect()
}

fn sync(device: &mut Device, session: &Session, budget: Duration) -> foodlens_core::Result<NextStep> {
    {
        let mut state = lock(&device.line.state);
        state.session = Some(session.clone());
        state.requests = 0;
    }
    session.sync(budget).map(|report| report.next)
}

/// The user signs out and in again; what another process of the app still has of the former session must be of no use.
fn late_worker(device: &mut Device, session: &Session) -> Result<foodlens_core::Result<()>, Broken> {
    let worker = match device.another_process() {
        Ok(worker) => worker,
        Err(error) => return Ok(Err(error)),
    };
    let out = session.sign_out(&HowToSignOut::KeepSealed);
    device.forget_session();
    if let Err(error) = out.and_then(|_| device.session()) {
        return Ok(Err(error));
    }
    let entry = HistoryContent::new(HistoryKind::Meal, device.clock.now_ms());
    let wrote = worker.history().add(&entry).is_ok();
    let read = worker.allergies().list().is_ok();
    worker.close();
    if wrote || read {
        return Err(broken("I6", "a worker of a former session could still read or write"));
    }
    Ok(Ok(()))
}

fn on_queue(session: &Session, pick: u64, act: QueueAct, done: &mut Done) -> foodlens_core::Result<()> {
    let unsent = session.queue().list(QueueFilter::Unsent, 0, 100)?;
    // What is parked comes first: that is what a person looks at.
    let parked: Vec<_> = unsent.iter().filter(|op| matches!(op.state, OperationState::Failed(_))).collect();
    let from = if parked.is_empty() { unsent.iter().collect() } else { parked };
    let Some(operation) = picked(&from, pick) else { return Ok(()) };
    match act {
        QueueAct::Retry => {
            session.queue().retry(operation.position, operation.id)?;
            done.why.edited.insert((operation.collection, operation.record_id));
            Ok(())
        }
        QueueAct::Discard => {
            let gone = session.queue().preview_discard(operation.position, operation.id)?.operations;
            let discarded = session.queue().discard(operation.position, operation.id);
            // Cut short by the storage, it may have been stored.
            if discarded.as_ref().map_or_else(is_storage, |_| true) {
                done.why.discarded.extend(gone);
            }
            discarded.map(drop)
        }
    }
}

fn sign_out(
    device: &mut Device,
    session: &Session,
    how: SignOut,
    done: &mut Done,
) -> foodlens_core::Result<()> {
    let how = match how {
        SignOut::Keep => HowToSignOut::KeepSealed,
        SignOut::Flush => HowToSignOut::Flush(Duration::from_secs(60)),
        SignOut::Wipe => HowToSignOut::Wipe(session.sign_out_preview()?),
    };
    lock(&device.line.state).session = Some(session.clone());
    let wiped = matches!(how, HowToSignOut::Wipe(_));
    let out = session.sign_out(&how);
    done.half_wiped = wiped && out.as_ref().is_err_and(is_storage);
    out?;
    device.forget_session();
    if wiped {
        done.exchanged = true;
        *device.file() = crate::model::FileModel::default();
    }
    Ok(())
}

/// The unsent work is written down, and read back where the app may be a new one.
fn rescue(
    device: &mut Device,
    session: &Session,
    reinstall: bool,
    done: &mut Done,
) -> Result<foodlens_core::Result<()>, Broken> {
    let text = match session.rescue_export() {
        Ok(text) => text,
        Err(error) => return Ok(Err(error)),
    };
    if reinstall {
        let promises = device.file().promises.clone();
        device.reinstall().map_err(|error| harness(&error))?;
        device.file().promises = promises;
        done.exchanged = true;
    }
    let imported = device.session().and_then(|session| session.rescue_import(&text).map(drop));
    if imported.is_err() && reinstall {
        // The text still has it all; this file has nothing.
        device.file().promises.clear();
    }
    Ok(imported)
}

fn device_of(step: &Step) -> usize {
    match step {
        Step::Edit { device, .. }
        | Step::Sync { device, .. }
        | Step::Follow { device, .. }
        | Step::Insist { device, .. }
        | Step::LateWorker { device }
        | Step::FetchOlder { device }
        | Step::Line { device, .. }
        | Step::Network { device, .. }
        | Step::Token { device, .. }
        | Step::Hook { device, .. }
        | Step::Disk { device, .. }
        | Step::LookAtQuestions { device }
        | Step::Answer { device, .. }
        | Step::Queue { device, .. }
        | Step::Pause { device, .. }
        | Step::ManualMerge { device, .. }
        | Step::SwitchUser { device, .. }
        | Step::SignOut { device, .. }
        | Step::Restart { device, .. }
        | Step::Reinstall { device }
        | Step::BackUp { device }
        | Step::PutBack { device }
        | Step::CloneTo { from: device, .. }
        | Step::Recover { device }
        | Step::Rescue { device, .. }
        | Step::Update { device }
        | Step::Import { device, .. }
        | Step::SetClock { device, .. } => *device,
        Step::Pass { .. } | Step::Backend(_) | Step::Elsewhere { .. } => 0,
    }
}
