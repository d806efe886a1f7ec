//! One import: the old data are stored in the snapshot, then taken over, step by step; a cancel.

use super::item::Item;
use super::preview::preview;
use super::report::{LegacyProgress, LegacyRecord, LegacyReport, Lines};
use super::source::{Given, Halt};
use super::store::{self, ImportRow, Source};
use super::take_over::take_over;
use crate::error::Result;
use crate::observe::{Origin, Topic};
use crate::session::{Session, UnreadableRecord, UnreadableSource, unreadable};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Records of one transaction: short enough for a reader to hardly wait.
const STEP: usize = 200;
/// Bytes of one transaction, about.
const STEP_BYTES: usize = 1 << 20;

/// An import of old data that can be watched, cancelled and run again: see [`Session::legacy_import`],
/// [`Session::resume_legacy_import`] and [`crate::FoodLens::adopt`]. Cloning gives another handle to the same import, for
/// the thread that cancels.
#[derive(Clone)]
pub struct LegacyImport {
    session: Session,
    given: Arc<Given<'static>>,
    stop: Arc<AtomicBool>,
}

impl LegacyImport {
    pub(super) fn new(session: &Session, given: Given<'static>) -> Self {
        Self { session: session.clone(), given: Arc::new(given), stop: Arc::default() }
    }

    /// Imports, on this thread, in steps of at most 200 records: each step is one transaction, and durable. `progress` is
    /// told after every step, with no lock and no transaction held; a panic in it ends the call and harms nothing. After
    /// a cancel, a kill or an error, running it again (or another import of the same data) does what is left, and its
    /// report is that of the whole. Repeatable: what was taken over once is not taken again, also when it was deleted
    /// since.
    ///
    /// # Errors
    /// [`crate::ErrorKind::LegacyFormat`] when the text as a whole is no export, or an import is to go on whose text was never
    /// stored to its end (nothing is imported); [`crate::ErrorKind::NotFound`] (`snapshot`) when there is none to go on with;
    /// [`crate::ErrorKind::NotAnonymous`]; storage errors (what was stored by then stays).
    pub fn run(&self, progress: impl FnMut(LegacyProgress)) -> Result<LegacyReport> {
        with_records(|lines| self.run_in_pages(progress, lines))
    }

    /// As [`Self::run`], for old data of any size: the lines of the report are handed to `lines` at the end, in order and at
    /// most 1,000 at a time, with no lock and no transaction held, and the report's `records` are empty. However many
    /// records there are, it takes no more memory (beside the text, where one was handed in). A panic in `lines` ends the
    /// call and harms nothing: another run hands all of them out.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub fn run_in_pages(
        &self,
        mut progress: impl FnMut(LegacyProgress),
        mut lines: impl FnMut(Vec<LegacyRecord>),
    ) -> Result<LegacyReport> {
        run(&self.session, &self.given, &self.stop, &mut progress, &mut lines)
    }

    /// What [`Self::run`] would report now. Stores nothing.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub fn preview(&self) -> Result<LegacyReport> {
        with_records(|lines| self.preview_in_pages(lines))
    }

    /// What [`Self::run_in_pages`] would report now, handed out as it is found: before an error, too. Stores nothing.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub fn preview_in_pages(&self, mut lines: impl FnMut(Vec<LegacyRecord>)) -> Result<LegacyReport> {
        preview(&self.session, &self.given, &mut lines)
    }

    /// Asks the run that is under way to stop after its step, or the next one to do nothing. Returns at once; from any
    /// thread. The run's report then says that it is not complete.
    pub fn cancel(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// A report that holds its lines.
pub(super) fn with_records(
    body: impl FnOnce(&mut dyn FnMut(Vec<LegacyRecord>)) -> Result<LegacyReport>,
) -> Result<LegacyReport> {
    let mut records = Vec::new();
    let report = body(&mut |page| records.extend(page))?;
    Ok(LegacyReport { records, ..report })
}

/// Runs an import to its end, or until `stop`; the word is used up by this.
pub(super) fn run(
    session: &Session,
    given: &Given<'_>,
    stop: &AtomicBool,
    progress: &mut dyn FnMut(LegacyProgress),
    lines: &mut dyn FnMut(Vec<LegacyRecord>),
) -> Result<LegacyReport> {
    let total = given.check(session)?;
    let mut import = Import { session, given, stop, progress, round: 0, so_far: LegacyProgress::default() };
    import.begin(total)?;
    let whole = import.store()? && import.settle()?;
    let report = report(session, given.source(), import.round, whole, lines)?;
    if whole {
        import.end()?;
    }
    stop.store(false, Ordering::Relaxed);
    Ok(report)
}

struct Import<'a> {
    session: &'a Session,
    given: &'a Given<'a>,
    stop: &'a AtomicBool,
    progress: &'a mut dyn FnMut(LegacyProgress),
    round: i64,
    so_far: LegacyProgress,
}

impl Import<'_> {
    /// Goes on with what was begun, or begins anew.
    fn begin(&mut self, total: u64) -> Result<()> {
        let (source, origin) = (self.given.source(), self.given.origin());
        let before = self.session.read(|conn| store::import(conn, source))?;
        if before.finished || before.origin != origin {
            remove_all(self.session, source)?;
        }
        self.round = self.session.edit(|writer| {
            let row = store::import(writer.tx, source)?;
            let anew = row.done || row.finished || row.round == 0 || row.origin != origin;
            if !anew {
                return Ok(row.round);
            }
            let round = row.round + 1;
            let stored = matches!(self.given, Given::Snapshot);
            let row = ImportRow { origin, round, stored, done: false, finished: false, ..row };
            store::put_import(writer.tx, source, &row)?;
            Ok(round)
        })?;
        let counts = self.session.read(|conn| store::counts(conn, source))?;
        self.so_far = LegacyProgress { total, stored: 0, settled: 0 };
        if matches!(self.given, Given::Snapshot) {
            self.so_far.stored = total;
            self.so_far.settled = counts.settled();
        }
        Ok(())
    }

    /// Puts the records into the snapshot. `false`: it was cancelled.
    fn store(&mut self) -> Result<bool> {
        let (source, round) = (self.given.source(), self.round);
        if matches!(self.given, Given::Snapshot) {
            return Ok(!self.stopped());
        }
        let (given, session) = (self.given, self.session);
        let (mut step, mut bytes) = (Vec::new(), 0);
        let walked = given.each(session, self.so_far.total, &mut |item| {
            bytes += item.raw.len();
            step.push(item);
            if step.len() < STEP && bytes < STEP_BYTES {
                return Ok(());
            }
            bytes = 0;
            self.store_step(&std::mem::take(&mut step))
        });
        match walked.and_then(|()| self.store_step(&step)) {
            Ok(()) => {}
            Err(Halt::Cancelled) => return Ok(false),
            Err(Halt::Failed(error)) => return Err(error),
        }
        self.session.edit(|writer| {
            let row = store::import(writer.tx, source)?;
            store::put_import(writer.tx, source, &ImportRow { round, stored: true, ..row })
        })?;
        let counts = self.session.read(|conn| store::counts(conn, source))?;
        self.so_far.total = counts.waiting + counts.settled();
        self.so_far.stored = self.so_far.total;
        self.so_far.settled = counts.settled();
        Ok(true)
    }

    fn store_step(&mut self, items: &[Item]) -> std::result::Result<(), Halt> {
        if self.stopped() {
            return Err(Halt::Cancelled);
        }
        let (source, round) = (self.given.source(), self.round);
        self.session.edit(|writer| {
            for item in items {
                if !store::put(writer.tx, source, round, item)? {
                    continue;
                }
                let entity = item.collection.name();
                match &item.read {
                    Err(reason) => {
                        let record = UnreadableRecord {
                            source: UnreadableSource::Legacy,
                            entity: entity.to_owned(),
                            record: item.legacy_id.clone(),
                            reason: reason.clone(),
                            raw: item.raw.clone(),
                        };
                        unreadable::keep(writer.tx, &record, writer.now)?;
                        writer.changes.topic(Topic::Records(item.collection), Origin::Local);
                    }
                    Ok(_) => {
                        let legacy = UnreadableSource::Legacy;
                        unreadable::forget(writer.tx, legacy, entity, &item.legacy_id)?;
                    }
                }
            }
            Ok(())
        })?;
        self.so_far.stored += items.len() as u64;
        (self.progress)(self.so_far);
        Ok(())
    }

    /// Takes over what waits. `false`: it was cancelled.
    fn settle(&mut self) -> Result<bool> {
        let (source, round) = (self.given.source(), self.round);
        loop {
            if self.stopped() {
                return Ok(false);
            }
            let settled = self.session.edit(|writer| {
                let step = store::waiting(writer.tx, source, STEP)?;
                for kept in &step {
                    let state = take_over(writer, kept)?;
                    store::settle(writer.tx, kept.position, state, round)?;
                }
                Ok(step.len())
            })?;
            if settled == 0 {
                return Ok(true);
            }
            self.so_far.settled += settled as u64;
            (self.progress)(self.so_far);
        }
    }

    /// All of it is settled. The other user's own store remains; what was noted of it here is not needed any more.
    fn end(&mut self) -> Result<()> {
        let source = self.given.source();
        self.session.edit(|writer| {
            let row = store::import(writer.tx, source)?;
            writer.changes.topic(Topic::Status, Origin::Local);
            store::put_import(writer.tx, source, &ImportRow { done: true, ..row })
        })?;
        if source == Source::Adoption { remove_all(self.session, source) } else { Ok(()) }
    }

    fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

/// Takes a snapshot away, step by step.
pub(super) fn remove_all(session: &Session, source: Source) -> Result<()> {
    while session.edit(|writer| store::remove_some(writer.tx, source))? {}
    Ok(())
}

fn report(
    session: &Session,
    source: Source,
    round: i64,
    complete: bool,
    lines: &mut dyn FnMut(Vec<LegacyRecord>),
) -> Result<LegacyReport> {
    let (mut lines, mut after) = (Lines::to(lines), 0);
    loop {
        let page = session.read(|conn| store::lines(conn, source, round, after, Lines::PAGE))?;
        let Some((last, _)) = page.last() else { return Ok(lines.end(complete)) };
        after = *last;
        page.into_iter().for_each(|(_, line)| lines.add(line));
    }
}
