//! The shelf of an entry: its kind, and whether it is a favourite. Lists are filtered by it (pure; the codes are stored).

use super::model::{HistoryFilter, HistoryKind};
use crate::fields::Fields;
use crate::ids::RecordId;
use crate::records::Cursor;
use crate::records::shelves::Part;

/// Two for each kind: entries as they are, and favourites.
const VISIBLE: &[i64] = &[0, 1, 2, 3, 4, 5, 6, 7];
const FAVOURITES: &[i64] = &[1, 3, 5, 7];
const DELETED: i64 = 8;
const WITH_DELETED: &[i64] = &[0, 1, 2, 3, 4, 5, 6, 7, DELETED];

/// The shelf of a record.
pub(crate) fn of(body: &Fields, deleted: bool) -> i64 {
    if deleted {
        return DELETED;
    }
    let kind = match body.get("kind").as_str() {
        Some("scan") => 1,
        Some("meal") => 2,
        Some("search") => 3,
        _ => 0,
    };
    2 * kind + i64::from(body.get("favourite").as_bool().unwrap_or_default())
}

/// Every shelf.
pub(crate) fn all(include_deleted: bool) -> &'static [i64] {
    if include_deleted { WITH_DELETED } else { VISIBLE }
}

/// The shelf on which an entry with this content stands.
pub(crate) fn only(body: &Fields) -> &'static [i64] {
    let at = usize::try_from(of(body, false)).unwrap_or_default();
    VISIBLE.get(at..=at).unwrap_or(VISIBLE)
}

/// Both shelves of this one's kind.
pub(super) fn of_its_kind(shelf: i64) -> [i64; 2] {
    [shelf & !1, shelf | 1]
}

/// Whether a list has whole kinds, favourites or not.
pub(super) fn are_whole_kinds(shelves: &[i64]) -> bool {
    shelves.iter().all(|&shelf| of_its_kind(shelf).iter().all(|both| shelves.contains(both)))
}

/// The part of the history that a filter leaves, going on after a place.
pub(super) fn part(filter: &HistoryFilter, after: Option<Cursor>) -> Part {
    // Before every id of its time: `to` itself is left out.
    let end = filter.to.map(|to| Cursor { sort_key: to, id: RecordId::SINGLE });
    let before = match (after, end) {
        (Some(after), Some(end)) => Some(after.min(end)),
        (after, end) => after.or(end),
    };
    Part { shelves: shelves(filter), from: filter.from.unwrap_or(i64::MIN), before }
}

fn shelves(filter: &HistoryFilter) -> &'static [i64] {
    let first = match &filter.kind {
        None => return if filter.favourites { FAVOURITES } else { VISIBLE },
        Some(HistoryKind::Unrecognised(_)) => 0,
        Some(HistoryKind::Scan) => 2,
        Some(HistoryKind::Meal) => 4,
        Some(HistoryKind::Search) => 6,
    };
    &VISIBLE[first + usize::from(filter.favourites)..first + 2]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shelf(json: &str) -> i64 {
        of(&Fields::from_json(json).unwrap(), false)
    }

    #[test]
    fn an_entry_stands_on_the_shelves_of_the_filters_that_let_it_through() {
        let cases = [
            (r#"{"kind":"scan"}"#, HistoryKind::Scan, false),
            (r#"{"kind":"meal","favourite":false}"#, HistoryKind::Meal, false),
            (r#"{"kind":"search","favourite":true}"#, HistoryKind::Search, true),
            (r#"{"kind":"dream","favourite":true}"#, HistoryKind::Unrecognised("other".into()), true),
            (r#"{"favourite":1}"#, HistoryKind::Unrecognised(String::new()), false),
        ];
        for (json, kind, favourite) in &cases {
            let through = |kind: Option<&HistoryKind>, favourites| {
                let filter = HistoryFilter { kind: kind.cloned(), favourites, ..HistoryFilter::default() };
                shelves(&filter).contains(&shelf(json))
            };
            assert!(through(None, false), "{json}");
            assert_eq!(through(None, true), *favourite, "{json}");
            for (_, other, _) in &cases {
                let same = std::mem::discriminant(other) == std::mem::discriminant(kind);
                assert_eq!(through(Some(other), false), same, "{json} {other:?}");
                assert_eq!(through(Some(other), true), same && *favourite, "{json} {other:?}");
            }
        }
        assert!(!VISIBLE.contains(&of(&Fields::new(), true)));
        assert!(WITH_DELETED.contains(&of(&Fields::new(), true)));
    }
}
