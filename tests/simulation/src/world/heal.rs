//! The mirror end: all is made well, and then everything has to come to an end.

use super::act::Done;
use super::line::{LineState, lock};
use super::people::picked;
use super::questions::answer;
use super::{World, harness};
use crate::invariants::{self, Bounds, Broken, Check, Effort, broken};
use crate::plan::{Hook, QueueAct, Side, Step, Token};
use foodlens_core::{ErrorKind, NextStep, OperationState, QueueFilter, Session};
use std::time::Duration;

/// Every answer may raise another question on another device; more rounds than there are devices are a quarrel.
const ROUNDS: usize = 12;
/// Answers of one kind in a row; then a person takes the more cautious side.
const STUBBORN: usize = 8;
const MOST_ANSWERS: usize = 80;

impl World {
    /// Heals everything, lets everybody finish, and compares.
    ///
    /// # Errors
    /// I9, I10, or whatever breaks on the way.
    pub fn come_to_rest(&mut self) -> Check {
        self.heal()?;
        let files: Vec<_> = self
            .devices
            .iter()
            .enumerate()
            .flat_map(|(index, device)| device.files.keys().map(move |user| (index, *user)))
            .collect();
        // What one device sends last, the others have to hear of in a round of their own.
        let mut quiet_rounds = 0;
        for round in 0..ROUNDS {
            let mut quiet = true;
            for (index, user) in &files {
                self.devices[*index].user = *user;
                quiet &= self.until_the_end(*index)?;
                self.decide(*index, round)?;
            }
            quiet_rounds = if quiet { quiet_rounds + 1 } else { 0 };
            if quiet_rounds == 2 {
                break;
            }
        }
        if quiet_rounds < 2 {
            return Err(broken("I10", "devices and people do not come to rest"));
        }
        for (index, user) in files {
            self.devices[index].user = user;
            self.at_rest(index)?;
        }
        self.nothing_in_files_of_others()
    }

    fn heal(&mut self) -> Check {
        self.shared.backend().heal();
        for index in 0..self.devices.len() {
            let device = &mut self.devices[index];
            *lock(&device.line.state) = LineState::default();
            let _ = device.storage.disarm();
            {
                let mut app = lock(&device.side.state);
                (app.token, app.hook) = (Token::Good, Hook::Defers);
            }
            let users: Vec<_> = device.files.keys().copied().collect();
            for user in users {
                self.devices[index].user = user;
                self.step(&Step::Pause { device: index, paused: false })?;
                self.step(&Step::ManualMerge { device: index, on: true })?;
            }
        }
        Ok(())
    }

    /// Follows the reports of one file. Whether nothing waited.
    fn until_the_end(&mut self, index: usize) -> Result<bool, Broken> {
        let (mut effort, began) = (Effort::default(), self.shared.time.now_ms());
        let before = self.shared.backend().requests;
        let queued = self.devices[index].file().promises.len() as u64;
        let bounds = Bounds::with_queued(queued);
        loop {
            let next = self.one_run(index)?;
            effort.runs += 1;
            effort.requests = self.shared.backend().requests - before;
            effort.ms = self.shared.time.now_ms() - began;
            invariants::live(effort, bounds, next)?;
            match next {
                NextStep::Done => return Ok(true),
                NextStep::RetryAt(at) => {
                    use foodlens_core::Clock;
                    let left = at - self.devices[index].clock.now_ms();
                    self.shared.time.pass(left.max(1));
                }
                NextStep::MoreWork => {}
                _ => return Ok(false),
            }
        }
    }

    fn one_run(&mut self, index: usize) -> Result<NextStep, Broken> {
        let device = &mut self.devices[index];
        let failed = |error: foodlens_core::Error| {
            broken("I12", format!("all is well, and a call fails: {:?}", error.kind()))
        };
        let session = device.session().map_err(failed)?;
        let next = session.sync(Duration::from_secs(60)).map_err(failed)?.next;
        let done = Done { run_is_done: next == NextStep::Done, ..Done::default() };
        self.check(index, done, &Step::Sync { device: index, budget_ms: 60_000 })?;
        Ok(next)
    }

    /// A person answers everything, retries once what is parked, and then gives it up.
    fn decide(&mut self, index: usize, round: usize) -> Check {
        self.count_parked(index)?;
        for answers in 0.. {
            let device = &mut self.devices[index];
            let session = device.session().map_err(|error| harness(&error))?;
            let open = session.conflicts().map_err(|error| harness(&error))?;
            if picked(&open, 0).is_none() {
                break;
            }
            // Of three records about one allergen, whoever always says "the second" turns in a circle.
            let side = match answers {
                0..STUBBORN if round.is_multiple_of(2) => Side::Local,
                0..STUBBORN => Side::Remote,
                STUBBORN..MOST_ANSWERS => Side::Merged,
                _ => return Err(broken("I10", "questions do not come to an end")),
            };
            let done = Done::default();
            match answer(device, &session, 0, side, false)? {
                Ok(()) => {}
                Err(error) => return Err(broken("I10", format!("no answer is taken: {:?}", error.kind()))),
            }
            let step = Step::Answer { device: index, pick: 0, answer: side, as_looked_at: false };
            self.check(index, done, &step)?;
        }
        let device = &mut self.devices[index];
        let session = device.session().map_err(|error| harness(&error))?;
        let parked = session.queue().list(QueueFilter::Failed, 0, 500).map_err(|error| harness(&error))?;
        for operation in parked {
            let OperationState::Failed(_) = operation.state else { continue };
            let act = if round == 0 { QueueAct::Retry } else { QueueAct::Discard };
            let mut done = Done::default();
            let result = match act {
                QueueAct::Retry => {
                    done.why.edited.insert((operation.collection, operation.record_id));
                    session.queue().retry(operation.position, operation.id)
                }
                QueueAct::Discard => session.queue().discard(operation.position, operation.id).map(|gone| {
                    done.why.discarded.extend(gone.operations);
                }),
            };
            match result.as_ref().map_err(foodlens_core::Error::kind) {
                // An elder one's discard may have taken it along, and a retry may not be right for it.
                Ok(()) | Err(ErrorKind::NotFound { .. } | ErrorKind::WrongState { .. }) => {}
                Err(kind) => return Err(broken("I10", format!("a person cannot {act:?}: {kind:?}"))),
            }
            self.check(index, done, &Step::Queue { device: index, pick: 0, act })?;
        }
        Ok(())
    }

    /// One file, when nothing waits anywhere.
    fn at_rest(&mut self, index: usize) -> Check {
        let device = &mut self.devices[index];
        let user = device.user;
        let session = device.session().map_err(|error| harness(&error))?;
        invariants::bounded(receipts(&session).map_err(|error| harness(&error))?)?;
        let flaws = session.verify().map_err(|error| harness(&error))?.flaws;
        if let Some(flaw) = flaws.first() {
            return Err(broken("I2", format!("verify finds {flaw:?}")));
        }
        let backend = self.shared.backend();
        let server = backend.snapshot(user).map_err(|error| harness(&error))?;
        match &device.file().seen {
            Some(seen) => invariants::equal(seen, &server, &backend.ledger),
            None => Ok(()),
        }
    }

    /// I13 for what lies on the disks: each user's words are in their own files alone, tokens in none.
    fn nothing_in_files_of_others(&mut self) -> Check {
        let tokens: Vec<_> = {
            let backend = self.shared.backend();
            (0..super::USERS.len()).map(|user| backend.token(user).to_owned()).collect()
        };
        let tokens: Vec<_> = tokens.iter().map(String::as_str).collect();
        for device in &mut self.devices {
            device.end();
            let files = std::fs::read_dir(device.storage.folder()).map_err(|error| harness(&error))?;
            for file in files {
                let path = file.map_err(|error| harness(&error))?.path();
                let content = std::fs::read(&path).map_err(|error| harness(&error))?;
                invariants::silent("a device's file", &content, &tokens)?;
                let holds =
                    |who: usize| invariants::silent("", &content, &[&super::people::mine(who)]).is_err();
                if (0..super::USERS.len()).filter(|who| holds(*who)).count() > 1 {
                    return Err(broken("I13", "a file holds the words of two users"));
                }
            }
        }
        Ok(())
    }
}

/// How many acknowledged operations are still listed.
fn receipts(session: &Session) -> foodlens_core::Result<usize> {
    let (mut count, mut after) = (0, 0);
    loop {
        let page = session.queue().list(QueueFilter::Acknowledged, after, 500)?;
        let Some(last) = page.last() else { return Ok(count) };
        (count, after) = (count + page.len(), last.position);
    }
}
