//! Another life of the backend: it was restored from a backup, and may have lost what it had acknowledged.
//!
//! What this device knows of the account is said again, as old data are: where the server says the same, nothing is sent;
//! what it has lost, it gets back; where it says something else of an allergy, a person is asked, and the more cautious side is
//! shown until then. In the other collections its word stays, and what it replaces is in the log of overwritten values. The
//! history is not said again: a deletion that the server has forgotten by now must not come undone. What it lost of it stays
//! on this device alone.

use crate::allergies::{self, after_allergies};
use crate::collection::{Collection, Spec};
use crate::error::Result;
use crate::merge;
use crate::records::{self, Writer};
use crate::session::state;

/// Records that are read at once.
const PAGE: u32 = 200;

/// Notes the epoch that an answer names. `true`: it is another life of the server than the one that was known, so that it has
/// to be heard before anything more is sent.
pub(super) fn meet(writer: &mut Writer<'_>, epoch: &str) -> Result<bool> {
    if !state::meet_epoch(writer.tx, epoch)? {
        return Ok(false);
    }
    if sabotaged!(LossBelieved) {
        return Ok(true);
    }
    for collection in Collection::ALL.into_iter().filter(|one| *one != Collection::History) {
        say_again(writer, writer.spec(collection))?;
    }
    if !allergies::any(writer.tx)? {
        after_allergies(writer)?;
    }
    Ok(true)
}

fn say_again(writer: &mut Writer<'_>, spec: &Spec) -> Result<()> {
    let mut after = None;
    loop {
        let (page, _) = records::list(writer.tx, spec, after, PAGE, false)?;
        let Some((_, last)) = page.last() else { return Ok(()) };
        after = Some(*last);
        for (row, _) in page {
            merge::say_record(writer, spec, row)?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{RecordId, Version};
    use crate::outbox::{Kind, lanes, store as outbox};
    use crate::records::Edit;
    use crate::sync::apply::tests::{edit, fields, id, milk, pull, scan, waiting, write};
    use serde_json::json;

    /// What waits for the milk that the server has as mild, made by `before`, and what waits once another life was met.
    fn said(before: impl FnOnce(&mut Writer<'_>) -> Result<()>) -> (usize, usize) {
        let mut counts = (0, 0);
        write(|writer| {
            let milks = Collection::Allergies;
            assert!(!meet(writer, "one")?, "the first that is heard of");
            pull(writer, milks, 1, &milk("mild"))?;
            before(writer)?;
            assert!(!meet(writer, "one")?);
            counts.0 = waiting(writer, milks)?.len();
            assert!(meet(writer, "another")?);
            counts.1 = waiting(writer, milks)?.len();
            Ok(())
        });
        counts
    }

    #[test]
    fn what_is_known_is_said_again_unless_what_waits_says_it() {
        let milks = Collection::Allergies;
        let import =
            |writer: &mut Writer<'_>| writer.import(milks.spec(), id(), fields(json!({"notes": "old"})));
        assert_eq!(said(|_| Ok(())), (0, 1), "nothing waits");
        assert_eq!(said(|writer| edit(writer, milks, &json!({"notes": "n"}))), (1, 2), "an edit waits");
        assert_eq!(said(import), (1, 1), "it was said in the life before");
        let sent = said(|writer| {
            import(writer)?;
            let queued = waiting(writer, milks)?;
            outbox::mark_sending(writer.tx, &queued, "r", writer.now)?;
            outbox::mark_pending(writer.tx, queued[0].seq, 0, 1)
        });
        assert_eq!(sent, (1, 2), "it may have been said to the life before");
        let anew = said(|writer| {
            writer.edit(milks.spec(), id(), Edit::Delete)?;
            writer.edit(milks.spec(), id(), Edit::Create(fields(milk("severe"))))
        });
        assert_eq!(anew, (2, 2), "it is made anew, with all that it has");
    }

    #[test]
    fn what_is_said_again_is_whole_but_for_what_an_edit_says_that_the_server_checks() {
        let kinds = |collection: Collection, before: serde_json::Value, change: Option<serde_json::Value>| {
            let mut kinds = Vec::new();
            write(|writer| {
                meet(writer, "one")?;
                pull(writer, collection, 1, &before)?;
                if let Some(change) = &change {
                    edit(writer, collection, change)?;
                }
                meet(writer, "another")?;
                merge::say_if_unheard(writer, collection.spec(), id())?;
                let waiting = waiting(writer, collection)?;
                assert!(waiting.iter().all(|one| one.base_version.is_none() || !one.yields));
                kinds.extend(waiting.iter().map(|one| (one.kind, one.yields)));
                Ok(())
            });
            kinds
        };
        let noted = || Some(json!({"notes": "n"}));
        assert_eq!(kinds(Collection::Allergies, milk("mild"), None), [(Kind::Create, true)]);
        let edited = kinds(Collection::Allergies, milk("mild"), noted());
        assert_eq!(edited, [(Kind::Update, false), (Kind::Update, true)]);
        assert_eq!(kinds(Collection::History, scan(), None), [], "its deletion may be what is forgotten");
    }

    #[test]
    fn none_said_again_waits_for_the_removal_that_waits() {
        for (removed, held) in [(true, 1), (false, 0)] {
            write(|writer| {
                let none = fields(json!({"state": "confirmed_none"}));
                let list = Collection::AllergyList;
                meet(writer, "one")?;
                pull(writer, Collection::Allergies, 1, &milk("mild"))?;
                records::insert_from_server(
                    writer.tx,
                    list.spec(),
                    RecordId::SINGLE,
                    Version(2),
                    &none,
                    None,
                    writer.now,
                )?;
                if removed {
                    writer.edit(Collection::Allergies.spec(), id(), Edit::Delete)?;
                } else {
                    edit(writer, Collection::Allergies, &json!({"notes": "n"}))?;
                }
                meet(writer, "another")?;
                let said = outbox::waiting(writer.tx, list, RecordId::SINGLE)?;
                assert_eq!((said.len(), said[0].yields), (1, true));
                assert_eq!(lanes::waits_for(writer.tx, said[0].seq)?.len(), held, "removed: {removed}");
                Ok(())
            });
        }
    }
}
