//! People: each edit through the public API, read back at once, and what it means for the model.

use super::look::Place;
use crate::invariants::{Broken, broken};
use crate::plan::Edit;
use foodlens_core::{
    Allergen, Allergy, AllergyContent, Collection, Error, ErrorKind, EuAllergen, HistoryContent, HistoryKind,
    ProfileContent, RecordId, Session, SettingsContent, Severity,
};

/// A word that may appear in no log, no error and no other user's file.
pub const CANARY: &str = "qzx";

/// What an edit was to the allergies, for I4.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meant {
    Severity(u8),
    Allergen(String),
    Gone,
}

/// What an accepted edit did.
#[derive(Debug, Clone, Default)]
pub struct Made {
    /// The records that it touched.
    pub touched: Vec<Place>,
    /// What it means for allergies.
    pub meant: Vec<(RecordId, Meant)>,
    /// The severity that an entry was shown with before it was changed, or removed.
    pub shown: Option<u8>,
    /// Records of the history that it deleted.
    pub deleted: Vec<RecordId>,
}

/// How an edit ended.
pub enum Edited {
    /// There was nothing to edit, or nothing changed.
    Nothing,
    /// The library accepted it.
    Made(Made),
    /// The library refused it.
    Refused(Error),
    /// The library accepted it, and then could not read it back: what is known of it all the same.
    Unread(Error, Made),
}

type Outcome = Result<Edited, Broken>;

/// Does it. `who`: the user's number, in every text that they write.
///
/// # Errors
/// I11, when what was accepted is not read back.
pub fn edit(session: &Session, who: usize, edit: &Edit) -> Outcome {
    match edit {
        Edit::AddAllergy { allergen, severity } => add_allergy(session, who, *allergen, *severity),
        Edit::ChangeSeverity { pick, severity } => {
            change_allergy(session, *pick, |to| to.severity = severity_of(*severity))
        }
        Edit::ChangeAllergen { pick, allergen } => {
            change_allergy(session, *pick, |to| to.allergen = allergen_of(who, *allergen))
        }
        Edit::ChangeNotes { pick, text } => {
            change_allergy(session, *pick, |to| to.notes = Some(words(who, *text)))
        }
        Edit::RemoveAllergy { pick } => remove_allergy(session, *pick),
        Edit::ConfirmNone => single(session.allergies().confirm_none(), Collection::AllergyList),
        Edit::SetUnknown => single(session.allergies().set_unknown(), Collection::AllergyList),
        Edit::Profile { field, text } => profile(session, who, *field, *text),
        Edit::Settings { field, text } => settings(session, who, *field, *text),
        Edit::AddHistory { count, at, text } => add_history(session, who, *count, *at, *text),
        Edit::ChangeHistory { pick, text, favourite } => {
            change_history(session, *pick, &words(who, *text), *favourite)
        }
        Edit::DeleteHistory { pick } => delete_history(session, *pick),
        Edit::RestoreOverwritten { pick } => restore(session, *pick),
    }
}

/// Of a list, the one that is picked.
pub fn picked<T>(list: &[T], pick: u64) -> Option<&T> {
    usize::try_from(pick.checked_rem(list.len() as u64)?).ok().and_then(|index| list.get(index))
}

/// What all words of this user begin with.
#[must_use]
pub fn mine(who: usize) -> String {
    format!("{CANARY}-{who}-")
}

fn words(who: usize, text: u64) -> String {
    format!("{}{text}", mine(who))
}

/// The severity of this number; `None` above the last: not stated.
pub(super) fn severity_of(number: u64) -> Option<Severity> {
    let all = [Severity::Mild, Severity::Moderate, Severity::Severe, Severity::LifeThreatening];
    usize::try_from(number).ok().and_then(|index| all.get(index)).cloned()
}

/// The allergen of this number: one of the fourteen, or in this user's own words.
pub(super) fn allergen_of(who: usize, number: u64) -> Allergen {
    let coded = usize::try_from(number).ok().and_then(|index| EuAllergen::ALL.get(index));
    coded.map_or_else(|| Allergen::Custom(format!("{}nut-{number}", mine(who))), |code| Allergen::Eu(*code))
}

/// Two names of the same are one.
#[must_use]
pub fn allergen_name(allergen: &Allergen) -> String {
    match allergen {
        Allergen::Eu(code) => code.code().to_owned(),
        Allergen::Custom(name) | Allergen::Unrecognised(name) => name.clone(),
    }
}

fn unread(what: &str) -> Broken {
    broken("I11", format!("{what} is not read back as it was written"))
}

fn refused(error: Error) -> Outcome {
    Ok(Edited::Refused(error))
}

macro_rules! accepted {
    ($result:expr) => {
        match $result {
            Ok(value) => value,
            Err(error) => return refused(error),
        }
    };
}

/// As [`accepted`], for what is read after the edit was accepted.
macro_rules! read_back {
    ($result:expr) => {
        read_back!($result, Made::default())
    };
    ($result:expr, $made:expr) => {
        match $result {
            Ok(value) => value,
            Err(error) => return Ok(Edited::Unread(error, $made)),
        }
    };
}

fn add_allergy(session: &Session, who: usize, allergen: u64, severity: u64) -> Outcome {
    let content =
        AllergyContent { severity: severity_of(severity), ..AllergyContent::new(allergen_of(who, allergen)) };
    let id = accepted!(session.allergies().add(&content));
    let rank = |content: &AllergyContent| Severity::rank(content.severity.as_ref());
    let name = allergen_name(&content.allergen);
    let meant = vec![(id, Meant::Allergen(name)), (id, Meant::Severity(rank(&content)))];
    // It says that the list has some, too.
    let touched = vec![(Collection::Allergies, id), (Collection::AllergyList, RecordId::SINGLE)];
    let made = Made { touched, meant, ..Made::default() };
    let now = read_back!(session.allergies().get(id), made).content;
    // Where nobody is asked, an allergen that is there twice takes the higher severity at once.
    let is_raised = rank(&now) > rank(&content)
        && AllergyContent { severity: content.severity.clone(), ..now.clone() } == content;
    if now != content && !is_raised {
        return Err(unread("a new allergy"));
    }
    Ok(Edited::Made(made))
}

/// An entry stands for all these records.
fn all_of(shown: &Allergy) -> Vec<RecordId> {
    std::iter::once(shown.id).chain(shown.linked.iter().copied()).collect()
}

fn change_allergy(session: &Session, pick: u64, change: impl FnOnce(&mut AllergyContent)) -> Outcome {
    let list = accepted!(session.allergies().list());
    let Some(shown) = picked(&list.entries, pick) else { return Ok(Edited::Nothing) };
    let mut to = shown.content.clone();
    change(&mut to);
    if to == shown.content {
        return Ok(Edited::Nothing);
    }
    let shown_as = Some(Severity::rank(shown.content.severity.as_ref()));
    let (mut made, mut before) = (Made { shown: shown_as, ..Made::default() }, Vec::new());
    for id in all_of(shown) {
        // One of the linked ones may be gone from this device's own view.
        match session.allergies().get(id) {
            Ok(entry) => before.push(entry),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound { .. }) => {}
            Err(error) => return refused(error),
        }
    }
    accepted!(session.allergies().update(shown, &to));
    let severity = (to.severity != shown.content.severity).then(|| Severity::rank(to.severity.as_ref()));
    let allergen = (to.allergen != shown.content.allergen).then(|| allergen_name(&to.allergen));
    // Where a record is only the other side's to this entry, its allergen goes on.
    let renamed =
        |before: &Allergy| allergen.clone().filter(|_| before.content.allergen == shown.content.allergen);
    let meant = |before: &Allergy| {
        let (id, severity) = (before.id, severity.map(Meant::Severity).into_iter());
        severity.chain(renamed(before).map(Meant::Allergen)).map(move |meant| (id, meant))
    };
    for entry in &before {
        made.touched.push((Collection::Allergies, entry.id));
        let now = match session.allergies().get(entry.id) {
            Ok(now) => now.content,
            Err(error) => {
                made.meant = before.iter().flat_map(meant).collect();
                return Ok(Edited::Unread(error, made));
            }
        };
        made.meant.extend(meant(entry));
        if severity.is_some() && now.severity != to.severity {
            return Err(unread("a severity"));
        }
        if renamed(entry).is_some() && now.allergen != to.allergen {
            return Err(unread("an allergen"));
        }
        if to.notes != shown.content.notes && now.notes != to.notes {
            return Err(unread("notes"));
        }
    }
    Ok(Edited::Made(made))
}

fn remove_allergy(session: &Session, pick: u64) -> Outcome {
    let list = accepted!(session.allergies().list());
    let Some(shown) = picked(&list.entries, pick) else { return Ok(Edited::Nothing) };
    accepted!(session.allergies().remove(shown.id));
    if session.allergies().get(shown.id).is_ok() {
        return Err(unread("a removal"));
    }
    let ids = all_of(shown);
    let touched = ids.iter().map(|id| (Collection::Allergies, *id)).collect();
    let meant = ids.into_iter().map(|id| (id, Meant::Gone)).collect();
    let shown = Some(Severity::rank(shown.content.severity.as_ref()));
    Ok(Edited::Made(Made { touched, meant, shown, ..Made::default() }))
}

fn single(done: foodlens_core::Result<()>, collection: Collection) -> Outcome {
    accepted!(done);
    Ok(Edited::Made(Made { touched: vec![(collection, RecordId::SINGLE)], ..Made::default() }))
}

fn profile(session: &Session, who: usize, field: u64, text: u64) -> Outcome {
    let shown = accepted!(session.profile().get()).content;
    let mut to = shown.clone();
    match field {
        0 => to.display_name = Some(words(who, text)),
        1 => to.diets = vec![words(who, text)],
        2 => to.country = Some(["PT", "DE", "FR"][usize::try_from(text % 3).unwrap_or(0)].to_owned()),
        _ => drop(to.extras.insert("extra".to_owned(), words(who, text))),
    }
    accepted!(session.profile().update(&shown, &to));
    let now: ProfileContent = read_back!(session.profile().get()).content;
    if now != to { Err(unread("the profile")) } else { single(Ok(()), Collection::Profile) }
}

fn settings(session: &Session, who: usize, field: u64, text: u64) -> Outcome {
    let shown = accepted!(session.settings().get()).content;
    let mut to = shown.clone();
    match field {
        0 => to.theme = Some(words(who, text)),
        1 => to.notifications = Some(text.is_multiple_of(2)),
        2 => drop(to.consents.insert("consent".to_owned(), text.is_multiple_of(2))),
        _ => drop(to.app.insert("key".to_owned(), text.to_string())),
    }
    accepted!(session.settings().update(&shown, &to));
    let now: SettingsContent = read_back!(session.settings().get()).content;
    if now != to { Err(unread("the settings")) } else { single(Ok(()), Collection::Settings) }
}

fn add_history(session: &Session, who: usize, count: u64, at: u64, text: u64) -> Outcome {
    let content = |number: u64| HistoryContent {
        note: Some(words(who, text)),
        barcode: Some(format!("40{}", at % 7)),
        ..HistoryContent::new(HistoryKind::Scan, i64::try_from(at + number).unwrap_or(0))
    };
    let contents: Vec<_> = (0..count).map(content).collect();
    let ids = accepted!(session.history().add_all(&contents));
    for id in &ids {
        match session.history().get(*id) {
            Ok(_) => {}
            Err(error) if matches!(error.kind(), ErrorKind::NotFound { .. }) => {
                return Err(unread("a new history entry"));
            }
            Err(error) => return Ok(Edited::Unread(error, Made::default())),
        }
    }
    let touched = ids.into_iter().map(|id| (Collection::History, id)).collect();
    Ok(Edited::Made(Made { touched, ..Made::default() }))
}

fn change_history(session: &Session, pick: u64, note: &str, favourite: bool) -> Outcome {
    let page = accepted!(session.history().page(None, 20)).entries;
    let Some(shown) = picked(&page, pick) else { return Ok(Edited::Nothing) };
    let to = HistoryContent { note: Some(note.to_owned()), favourite, ..shown.content.clone() };
    accepted!(session.history().update(shown, &to));
    let now = read_back!(session.history().get(shown.id)).content;
    if (now.note.as_deref(), now.favourite) != (Some(note), favourite) {
        return Err(unread("a history entry"));
    }
    let ids = std::iter::once(shown.id).chain(shown.linked.iter().copied());
    Ok(Edited::Made(Made { touched: ids.map(|id| (Collection::History, id)).collect(), ..Made::default() }))
}

fn delete_history(session: &Session, pick: u64) -> Outcome {
    let page = accepted!(session.history().page(None, 20)).entries;
    let Some(shown) = picked(&page, pick) else { return Ok(Edited::Nothing) };
    accepted!(session.history().delete(shown.id));
    if session.history().get(shown.id).is_ok() {
        return Err(unread("a deletion"));
    }
    let deleted: Vec<_> = std::iter::once(shown.id).chain(shown.linked.iter().copied()).collect();
    let touched = deleted.iter().map(|id| (Collection::History, *id)).collect();
    Ok(Edited::Made(Made { touched, deleted, ..Made::default() }))
}

fn restore(session: &Session, pick: u64) -> Outcome {
    let log = accepted!(session.overwritten(None, 50));
    let Some(entry) = picked(&log, pick) else { return Ok(Edited::Nothing) };
    accepted!(session.restore_overwritten(entry.position));
    let mut made = Made { touched: vec![(entry.collection, entry.record_id)], ..Made::default() };
    if entry.collection == Collection::Allergies {
        let now = read_back!(session.allergies().get(entry.record_id)).content;
        match entry.field.as_str() {
            "severity" => {
                let rank = Severity::rank(now.severity.as_ref());
                made.meant.push((entry.record_id, Meant::Severity(rank)));
            }
            "allergen" => made.meant.push((entry.record_id, Meant::Allergen(allergen_name(&now.allergen)))),
            _ => {}
        }
    }
    Ok(Edited::Made(made))
}

/// Old data of an app before this one: so many allergies from the `first` on, which every device of the user has alike.
pub fn legacy(who: usize, first: u64, count: u64) -> String {
    let allergies: Vec<_> = (first..first + count)
        .map(|number| {
            let code = EuAllergen::ALL[usize::try_from(number % 14).unwrap_or(0)].code();
            serde_json::json!({"legacy_id": format!("a-{number}"), "allergen": {"code": code}, "severity": "moderate"})
        })
        .collect();
    let history: Vec<_> = (first..first + count)
        .map(|number| {
            serde_json::json!({"legacy_id": format!("h-{number}"), "kind": "scan", "note": words(who, number),
                               "occurred_at": number})
        })
        .collect();
    serde_json::json!({"format": "foodlens-legacy", "version": 1, "allergies": allergies, "history": history})
        .to_string()
}
