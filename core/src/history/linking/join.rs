//! What an entry says that stands for two records. Pure.

use crate::history::model::{HistoryContent, HistoryEntry, HistoryVerdict, MATCHES};
use crate::skeleton::skeleton;

/// One entry of two. The first is the elder: it gives the id and speaks first, the other adds what it does not say; a mark
/// of either counts, and the more cautious verdict.
pub(super) fn join(first: HistoryEntry, other: HistoryEntry) -> HistoryEntry {
    let (one, two) = (first.content, other.content);
    let mut matched_allergens = one.matched_allergens;
    for matched in two.matched_allergens {
        // No more than one record may hold: what is shown must be fit to be handed in again.
        if (matched_allergens.len() as u64) < MATCHES
            && !matched_allergens.iter().any(|known| skeleton(known) == skeleton(&matched))
        {
            matched_allergens.push(matched);
        }
    }
    let content = HistoryContent {
        kind: one.kind,
        product_name: one.product_name.or(two.product_name),
        brand: one.brand.or(two.brand),
        barcode: one.barcode.or(two.barcode),
        ingredients_text: one.ingredients_text.or(two.ingredients_text),
        verdict: more_cautious(one.verdict, two.verdict),
        matched_allergens,
        occurred_at: one.occurred_at,
        note: one.note.or(two.note),
        favourite: one.favourite || two.favourite,
    };
    let mut linked = first.linked;
    linked.push(other.id);
    linked.extend(other.linked);
    HistoryEntry { id: first.id, content, linked, sync: first.sync.or_more_urgent(other.sync) }
}

fn more_cautious(one: Option<HistoryVerdict>, other: Option<HistoryVerdict>) -> Option<HistoryVerdict> {
    let rank = |verdict: &Option<HistoryVerdict>| match verdict {
        None => 0,
        Some(HistoryVerdict::Safe) => 1,
        Some(HistoryVerdict::Unknown) => 2,
        Some(HistoryVerdict::Warning) => 3,
        Some(HistoryVerdict::Danger) => 4,
        // It may mean anything.
        Some(HistoryVerdict::Unrecognised(_)) => 5,
    };
    if rank(&other) > rank(&one) { other } else { one }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::model::HistoryKind;
    use crate::records::{SyncInfo, SyncState};

    fn entry(id: u128, content: HistoryContent, state: SyncState) -> HistoryEntry {
        let sync = SyncInfo {
            state,
            pending_operation: None,
            last_error: None,
            version: None,
            server_id: None,
            created_at: 0,
            updated_at: id as i64,
        };
        HistoryEntry { id: uuid::Uuid::from_u128(id).into(), content, linked: Vec::new(), sync }
    }

    fn scan() -> HistoryContent {
        HistoryContent { barcode: Some("40123".into()), ..HistoryContent::new(HistoryKind::Scan, 7) }
    }

    #[test]
    fn the_elder_speaks_first_and_the_other_adds_what_it_does_not_say() {
        let some = |text: &str| Some(text.to_owned());
        let elder = HistoryContent {
            product_name: some("Oat"),
            matched_allergens: vec!["gluten".into(), "Kiwi".into()],
            ..scan()
        };
        let other = HistoryContent {
            product_name: some("Hafer"),
            brand: some("Mill"),
            barcode: some(" 40123"),
            ingredients_text: some("oats"),
            matched_allergens: vec!["kiwi".into(), "milk".into()],
            note: some("nice"),
            favourite: true,
            ..scan()
        };
        let third = HistoryContent { note: some("hidden"), ..scan() };
        let (elder, other, third) = (
            entry(1, elder, SyncState::Synced),
            entry(2, other, SyncState::Pending),
            entry(3, third, SyncState::Synced),
        );
        let joined = join(join(elder, other), third);
        let expected = HistoryContent {
            product_name: some("Oat"),
            brand: some("Mill"),
            barcode: some("40123"),
            ingredients_text: some("oats"),
            matched_allergens: vec!["gluten".into(), "Kiwi".into(), "milk".into()],
            note: some("nice"),
            favourite: true,
            ..scan()
        };
        assert_eq!((joined.id, joined.content), (uuid::Uuid::from_u128(1).into(), expected));
        assert_eq!(joined.linked, [2, 3].map(|id| uuid::Uuid::from_u128(id).into()));
        assert_eq!((joined.sync.state, joined.sync.updated_at), (SyncState::Pending, 2));
    }

    #[test]
    fn the_more_urgent_state_is_shown() {
        use SyncState::{Conflict, Failed, Pending, Sending, Synced};
        let rising = [Synced, Pending, Sending, Failed, Conflict];
        for (index, one) in rising.into_iter().enumerate() {
            for (other_index, other) in rising.into_iter().enumerate() {
                let joined = join(entry(1, scan(), one), entry(2, scan(), other));
                assert_eq!(joined.sync.state, rising[index.max(other_index)]);
                assert_eq!(joined.sync.updated_at, if other_index > index { 2 } else { 1 });
            }
        }
    }

    #[test]
    fn the_more_cautious_verdict_is_shown() {
        use HistoryVerdict::{Danger, Safe, Unknown, Unrecognised, Warning};
        let rising =
            [None, Some(Safe), Some(Unknown), Some(Warning), Some(Danger), Some(Unrecognised("x".into()))];
        for (index, one) in rising.iter().enumerate() {
            for (other_index, other) in rising.iter().enumerate() {
                assert_eq!(more_cautious(one.clone(), other.clone()), rising[index.max(other_index)]);
            }
        }
    }

    #[test]
    fn what_is_shown_can_be_handed_in_again() {
        let matched = |from: usize| (from..from + 70).map(|number| number.to_string()).collect();
        let one = HistoryContent { matched_allergens: matched(0), ..scan() };
        let other = HistoryContent { matched_allergens: matched(60), ..scan() };
        let joined = join(entry(1, one, SyncState::Synced), entry(2, other, SyncState::Synced));
        assert_eq!(joined.content.matched_allergens.len(), 100);
        assert!(joined.content.check().is_ok());
    }
}
