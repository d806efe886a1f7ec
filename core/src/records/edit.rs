//! The one way in which a person's edit is stored: the record and its operation, in one transaction.

use super::row::{Base, Row, shown};
use super::store;
use crate::clock::Environment;
use crate::collection::{Collection, FieldPolicy, Spec, Specs};
use crate::db::Transaction;
use crate::error::{Error, ErrorKind, Result};
use crate::fields::Fields;
use crate::ids::{RecordId, UserId};
use crate::merge;
use crate::observe::{Changes, Origin, Topic};
use crate::outbox::store::{self as outbox, Acknowledged, NewOperation};
use crate::outbox::{EditKind, Enqueue, FailureReason, Kind, Operation, Queued, State, enqueue};

/// What a person does to a record.
pub(crate) enum Edit {
    /// Makes it, with all its fields.
    Create(Fields),
    /// Changes fields of it. `seen`: the values that were shown when the person decided.
    Update { seen: Fields, patch: Fields },
    /// Deletes it.
    Delete,
}

/// A write transaction with what every edit needs.
pub(crate) struct Writer<'a> {
    pub tx: &'a Transaction<'a>,
    pub changes: &'a mut Changes,
    pub env: &'a Environment,
    pub user: &'a UserId,
    /// The collections as the app has configured them.
    pub specs: &'a Specs,
    pub now: i64,
    /// The next operation gives way to what the server knows: see [`Self::import`].
    pub yields: bool,
    /// What it has acknowledged: counted at its end.
    pub acknowledged: Acknowledged,
}

impl<'a> Writer<'a> {
    /// A collection as the app has configured it.
    pub fn spec(&self, collection: Collection) -> &'a Spec {
        self.specs.of(collection)
    }

    /// Makes a record under a new id. The id is fresh: nothing can be stored or waiting under it, so nothing is looked
    /// up (two statements, as few as the job can do with).
    pub fn create_new(&mut self, spec: &Spec, fields: Fields) -> Result<RecordId> {
        let id: RecordId = self.env.new_uuid().into();
        self.create(spec, id, None, fields, true)?;
        Ok(id)
    }

    /// Stores an edit of the record with this id.
    ///
    /// # Errors
    /// `NotFound` and `AlreadyExists` as the edit demands; `StaleEdit` when a field that asks a person has changed
    /// since it was shown.
    pub fn edit(&mut self, spec: &Spec, id: RecordId, edit: Edit) -> Result<()> {
        let spec = self.spec(spec.collection);
        let row = store::get(self.tx, spec, id)?;
        let waiting = outbox::waiting(self.tx, spec.collection, id)?;
        match (edit, row) {
            (Edit::Create(fields), None) => self.create(spec, id, None, fields, waiting.is_empty()),
            (Edit::Create(fields), Some(row)) if row.deleted => {
                self.create(spec, id, Some(row), fields, waiting.is_empty())
            }
            (Edit::Create(_), Some(_)) => Err(ErrorKind::AlreadyExists.into()),
            (Edit::Update { seen, patch }, Some(row)) if !row.deleted => {
                self.update(spec, row, &waiting, seen, patch)
            }
            (Edit::Delete, Some(row)) if !row.deleted => self.delete(spec, row, &waiting),
            (Edit::Update { .. } | Edit::Delete, _) => Err(Error::not_found("record")),
        }
    }

    /// Writes fields of the one record of a collection that holds one, making it when it is not there.
    pub fn put_single(&mut self, spec: &Spec, seen: Fields, patch: Fields) -> Result<()> {
        let exists = store::single(self.tx, spec)?.is_some_and(|row| !row.deleted);
        if patch.is_empty() {
            return Ok(());
        }
        let edit = if exists { Edit::Update { seen, patch } } else { Edit::Create(patch) };
        self.edit(spec, RecordId::SINGLE, edit)
    }

    /// Stores what an import brings: a new record, or more fields of one that is there. It is queued like an edit, and
    /// gives way to what the server turns out to know of the record (see `merge/yielding.rs`).
    pub fn import(&mut self, spec: &Spec, id: RecordId, fields: Fields) -> Result<()> {
        let row = store::get(self.tx, spec, id)?;
        let edit = match row.filter(|row| !row.deleted) {
            Some(row) => Edit::Update { seen: row.body.touched_by(&fields), patch: fields },
            None => Edit::Create(fields),
        };
        self.yields = !sabotaged!(ImportInsists);
        let stored = self.edit(spec, id, edit);
        self.yields = false;
        stored
    }

    /// Takes out of a waiting operation what the server's copy (its version is in `row`) has made needless; `payload`:
    /// what is left of it, which now changes what is there.
    pub fn reduce(&mut self, spec: &Spec, row: &Row, operation: &Operation, payload: &Fields) -> Result<()> {
        if payload.is_empty() {
            return outbox::remove(self.tx, std::slice::from_ref(operation));
        }
        let new = self.new_operation(spec, row, Kind::Update, payload, &operation.seen_before, false);
        outbox::replace(self.tx, operation.seq, &new)
    }

    fn create(
        &mut self,
        spec: &Spec,
        id: RecordId,
        deleted: Option<Row>,
        fields: Fields,
        is_head: bool,
    ) -> Result<()> {
        let is_new = deleted.is_none();
        let row = deleted.unwrap_or_else(|| Row::blank(id, self.now));
        let fields = fields.without_nulls();
        // Made once: it is what is sent, and what is shown.
        let json = fields.to_checked_json()?;
        if sabotaged!(ContentLogged) {
            log::warn!("foodlens: stored {}", serde_json::to_string(&fields).unwrap_or_default());
        }
        let (yields, seen_before) = (std::mem::take(&mut self.yields), Fields::new());
        let new = self.new_operation(spec, &row, Kind::Create, &fields, &seen_before, is_head);
        self.queue(NewOperation { yields, ..new }, &json)?;
        let created_at = fields.get("created_at").as_i64().unwrap_or(row.created_at);
        let base = match row.base {
            Base::Body => Base::Fields(row.body),
            other => other,
        };
        let row = Row { body: fields, base, deleted: false, created_at, updated_at: self.now, ..row };
        if is_new {
            store::insert(self.tx, spec, &row, &json)?
        } else {
            store::put(self.tx, spec, &row)?
        }
        self.told(spec, row.id);
        Ok(())
    }

    fn update(
        &mut self,
        spec: &Spec,
        row: Row,
        waiting: &[Operation],
        seen: Fields,
        patch: Fields,
    ) -> Result<()> {
        let open_question =
            waiting.first().is_some_and(|head| head.state == State::Failed(FailureReason::Conflict));
        // What is a question already stays one: the person will be asked with this edit in it.
        if !open_question {
            refuse_stale(spec, &row.body, &seen, &patch)?;
        }
        let patch = drop_unchanged(&row.body, &patch);
        if patch.is_empty() {
            return Ok(());
        }
        row.body.patched(&patch).check_size()?;
        let seen = row.body.touched_by(&patch);
        self.revive_exhausted(waiting)?;
        match (enqueue(&queued(waiting), EditKind::Update, spec.coalesces), waiting.last()) {
            _ if self.yields => {
                self.append(spec, &row, Kind::Update, &patch, &seen, waiting.is_empty())?;
            }
            (Enqueue::Supersede, _) => {
                let (desired, row) = (row.body.patched(&patch), Row { updated_at: self.now, ..row });
                return merge::supersede(self, spec, row, waiting, Some(desired));
            }
            // A person's edit never gives way, so it does not join what does.
            (Enqueue::FoldIntoLast, Some(last)) if !last.yields => {
                // The earlier sight of a field stays: it is what the first of the folded edits stood on.
                let (payload, seen) = (last.payload.overlaid(&patch), seen.overlaid(&last.seen_before));
                let mut new = self.new_operation(spec, &row, Kind::Update, &payload, &seen, false);
                new.base_version = last.base_version;
                outbox::replace(self.tx, last.seq, &new)?;
            }
            _ => self.append(spec, &row, Kind::Update, &patch, &seen, waiting.is_empty())?,
        }
        self.after_edit(spec, row)
    }

    fn delete(&mut self, spec: &Spec, row: Row, waiting: &[Operation]) -> Result<()> {
        self.revive_exhausted(waiting)?;
        match enqueue(&queued(waiting), EditKind::Delete, spec.coalesces) {
            // Of what was imported the server may have a copy.
            Enqueue::CancelOut
                if row.server_copy().is_none() && !waiting.iter().any(|operation| operation.yields) =>
            {
                outbox::remove(self.tx, waiting)?
            }
            // Refused once, and there all the same: what waits under a new key was never sent, but the record was.
            Enqueue::CancelOut if row.server_copy().is_some() => {
                return merge::supersede(self, spec, row, waiting, None);
            }
            Enqueue::Supersede => return merge::supersede(self, spec, row, waiting, None),
            _ => self.append(spec, &row, Kind::Delete, &Fields::new(), &row.body, waiting.is_empty())?,
        }
        self.after_edit(spec, row)
    }

    /// A person who edits a record wants it sent: what was tried too often goes again, under its key.
    fn revive_exhausted(&mut self, waiting: &[Operation]) -> Result<()> {
        match waiting.first() {
            Some(head) if head.state == State::Failed(FailureReason::Exhausted) => {
                outbox::mark_pending(self.tx, head.seq, 0, 0)
            }
            _ => Ok(()),
        }
    }

    /// Makes the view anew, and the question, if one is open about the record.
    fn after_edit(&mut self, spec: &Spec, row: Row) -> Result<()> {
        let id = row.id;
        let waiting = outbox::waiting(self.tx, spec.collection, id)?;
        let server = row.server_copy().cloned();
        let row = Row { updated_at: self.now, ..row };
        match refresh(self.tx, spec, row, server, &waiting)? {
            Some(row)
                if waiting
                    .first()
                    .is_some_and(|head| head.state == State::Failed(FailureReason::Conflict)) =>
            {
                merge::raise(self, spec, &row, &waiting)?;
            }
            Some(row) => merge::move_on(self, spec, &row)?,
            None => merge::dissolve(self, spec, id)?,
        }
        self.told(spec, id);
        Ok(())
    }

    /// Queues an operation on the record.
    pub fn append(
        &mut self,
        spec: &Spec,
        row: &Row,
        kind: Kind,
        payload: &Fields,
        seen_before: &Fields,
        is_head: bool,
    ) -> Result<()> {
        let yields = std::mem::take(&mut self.yields);
        let new = self.new_operation(spec, row, kind, payload, seen_before, is_head);
        self.queue(NewOperation { yields, ..new }, &payload.to_json())
    }

    fn queue(&self, new: NewOperation<'_>, payload: &str) -> Result<()> {
        if sabotaged!(EditUnqueued) {
            return Ok(());
        }
        let is_head = new.is_head || sabotaged!(LaneLeftEarly);
        outbox::append_written(self.tx, &NewOperation { is_head, ..new }, payload)
    }

    fn new_operation<'b>(
        &'b self,
        spec: &Spec,
        row: &Row,
        kind: Kind,
        payload: &'b Fields,
        seen_before: &'b Fields,
        is_head: bool,
    ) -> NewOperation<'b> {
        NewOperation {
            key: self.env.new_uuid().into(),
            user: self.user,
            collection: spec.collection,
            record_id: row.id,
            kind,
            payload,
            seen_before,
            base_version: row.base_version(),
            created_at: self.now,
            first_attempt_at: None,
            is_head,
            yields: false,
        }
    }

    fn told(&mut self, spec: &Spec, id: RecordId) {
        self.changes.record(spec.collection, id, Origin::Local);
        self.changes.topic(Topic::Queue, Origin::Local);
    }
}

/// Makes a record's view anew from the server's copy and what waits, and stores it; a record of which neither is left
/// is removed (`None`).
pub(crate) fn refresh(
    tx: &Transaction<'_>,
    spec: &Spec,
    row: Row,
    server: Option<Fields>,
    waiting: &[Operation],
) -> Result<Option<Row>> {
    let (body, base, deleted) = match (server, waiting) {
        (None, []) => {
            store::remove(tx, spec, row.id)?;
            return Ok(None);
        }
        (Some(fields), []) => (fields, Base::Body, false),
        (server, waiting) => {
            let before = row.last_server_copy();
            let (body, deleted) = shown(&row, server.as_ref(), waiting);
            let base = match (server, before) {
                (Some(fields), _) => Base::Fields(fields),
                (None, Some(before)) => Base::Deleted(before.clone()),
                (None, None) => Base::Absent,
            };
            (body, base, deleted)
        }
    };
    let as_before = body == row.body && deleted == row.deleted;
    let row = Row { body, base, deleted, ..row };
    if !as_before || !store::put_beside_body(tx, spec, &row)? {
        store::put(tx, spec, &row)?;
    }
    Ok(Some(row))
}

/// A form that was filled in while another device changed the same sensitive field must not undo that change unseen.
pub(crate) fn refuse_stale(spec: &Spec, body: &Fields, seen: &Fields, patch: &Fields) -> Result<()> {
    let stale = patch.iter().any(|(name, wanted)| {
        spec.policy_of(name) == FieldPolicy::Manual
            && body.get(name) != seen.get(name)
            && body.get(name) != wanted
    });
    if stale { Err(ErrorKind::StaleEdit.into()) } else { Ok(()) }
}

fn drop_unchanged(body: &Fields, patch: &Fields) -> Fields {
    let mut out = Fields::new();
    for (name, value) in patch.iter().filter(|(name, value)| body.get(name) != *value) {
        out.set(name, value.clone());
    }
    out
}

fn queued(waiting: &[Operation]) -> Vec<Queued> {
    waiting
        .iter()
        .map(|operation| Queued {
            kind: operation.kind,
            attempted: operation.attempted(),
            state: operation.state.clone(),
        })
        .collect()
}
