//! Where old data come from: the text of an export, the snapshot itself, or another user of this device.

use super::adopt;
use super::export::{self, Place};
use super::item::{Item, Reader};
use super::store::{self, Source};
use crate::error::{Error, ErrorKind, Result};
use crate::session::Session;
use std::borrow::Cow;

/// Records of the snapshot that are read at once.
const PAGE: u32 = 200;

/// What an import is given.
pub(super) enum Given<'a> {
    /// The text of an export.
    Text(Cow<'a, str>),
    /// Nothing: what is in the snapshot.
    Snapshot,
    /// The session of the user whose data become this one's.
    User(Session),
}

/// Why no further record is taken.
pub(super) enum Halt {
    Cancelled,
    Failed(Error),
}

impl From<Error> for Halt {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

type Take<'t> = dyn FnMut(Item) -> std::result::Result<(), Halt> + 't;

impl Given<'_> {
    pub fn source(&self) -> Source {
        if matches!(self, Self::User(_)) { Source::Adoption } else { Source::Export }
    }

    /// Whose data these are; of an export: nobody's.
    pub fn origin(&self) -> String {
        match self {
            Self::User(session) => adopt::origin(session.user()),
            Self::Text(_) | Self::Snapshot => String::new(),
        }
    }

    /// Refuses what is none, before anything is stored. How many records there are.
    pub fn check(&self, session: &Session) -> Result<u64> {
        match self {
            Self::Text(text) => export::check(text),
            Self::User(from) => adopt::check(from),
            Self::Snapshot => session.read(|conn| {
                let row = store::import(conn, Source::Export)?;
                if row.round == 0 || row.finished {
                    return Err(Error::not_found("snapshot"));
                }
                if !row.stored {
                    let rule = "the text once more: it was not stored to its end";
                    return Err(ErrorKind::LegacyFormat { rule }.into());
                }
                let counts = store::counts(conn, Source::Export)?;
                Ok(counts.waiting + counts.settled())
            }),
        }
    }

    /// Gives every record to `take`, with the ids that they have under the user of `into`, which holds the snapshot; there
    /// are `total` of them.
    pub fn each(&self, into: &Session, total: u64, take: &mut Take<'_>) -> std::result::Result<(), Halt> {
        match self {
            Self::Text(text) => each_of_text(into, text, total, take),
            Self::User(from) => adopt::each(from, into.user(), take),
            Self::Snapshot => {
                let mut after = 0;
                loop {
                    let page = into.read(|conn| store::items(conn, Source::Export, after, PAGE))?;
                    let Some((last, _)) = page.last() else { return Ok(()) };
                    after = *last;
                    page.into_iter().try_for_each(|(_, item)| take(item))?;
                }
            }
        }
    }
}

fn each_of_text(
    into: &Session,
    text: &str,
    total: u64,
    take: &mut Take<'_>,
) -> std::result::Result<(), Halt> {
    let mut reader = Reader::new(into.user(), total, &into.inner.db.place().folder)?;
    let mut halted = Ok(());
    export::each(text, &mut |collection, place, raw| {
        let item = match place {
            Place::Single => Ok(reader.single(collection, raw)),
            Place::At(index) => reader.listed(collection, index, raw),
        };
        halted = item.map_err(Halt::from).and_then(&mut *take);
        halted.is_ok()
    });
    halted
}
