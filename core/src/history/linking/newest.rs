//! Entries put in order while their records are found. Pure.

use super::Group;
use crate::records::Cursor;
use std::cmp::Reverse;

/// Entries as they are found, newest first, each once.
#[derive(Debug, Default)]
pub(in crate::history) struct Newest(Vec<Group>);

impl Newest {
    pub fn add(&mut self, group: Group) {
        let place = |group: &Group| Reverse(group.eldest.cursor);
        if let Err(index) = self.0.binary_search_by_key(&place(&group), place) {
            self.0.insert(index, group);
        }
    }

    /// Whether the newest `limit` are known to one who has looked at every record as far as here: what is found further
    /// on stands further on.
    pub fn are_known(&self, limit: usize, looked_to: Cursor) -> bool {
        self.0.get(limit - 1).is_some_and(|last| last.eldest.cursor >= looked_to)
    }

    pub fn into_groups(self) -> Vec<Group> {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::shelves::Place;

    fn cursor(sort_key: i64, id: u128) -> Cursor {
        Cursor { sort_key, id: uuid::Uuid::from_u128(id).into() }
    }

    fn group(sort_key: i64, id: u128) -> Group {
        Group::alone(Place { cursor: cursor(sort_key, id), shelf: 2, rowid: id as i64 })
    }

    #[test]
    fn entries_stand_newest_first_and_once_however_they_are_found() {
        let mut found = Newest::default();
        for (sort_key, id) in [(5, 9), (5, 2), (5, 7), (4, 1), (5, 2), (9, 3)] {
            found.add(group(sort_key, id));
        }
        let expected = [(9, 3), (5, 9), (5, 7), (5, 2), (4, 1)].map(|(sort_key, id)| group(sort_key, id));
        assert_eq!(found.into_groups(), expected);
    }

    #[test]
    fn the_newest_are_known_when_nothing_further_on_can_come_between() {
        let mut found = Newest::default();
        assert!(!found.are_known(1, cursor(5, 9)));
        // Found by a younger record at (5, 9), with the eldest further on.
        found.add(group(5, 2));
        assert!(!found.are_known(1, cursor(5, 9)), "another entry may stand between");
        assert!(found.are_known(1, cursor(5, 2)));
        assert!(found.are_known(1, cursor(4, 8)));
        assert!(!found.are_known(2, cursor(4, 8)));
    }
}
