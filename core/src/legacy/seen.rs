//! Which ids an import has met. Few are kept in memory; many in a file that has no name (nothing is left of it, even after a
//! kill), so that the number of records costs no memory. Ids are hashes: nothing of the data is in that file.

use crate::error::Result;
use crate::ids::RecordId;
use std::collections::HashSet;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

/// Up to so many records, no file is made.
const FEW: u64 = 1_000;
/// Bytes of an id.
const SLOT: usize = 16;
/// No id is this: those of an import are UUIDv5.
const FREE: [u8; SLOT] = [0; SLOT];

pub(super) enum Seen {
    Few(HashSet<RecordId>),
    Many(Table),
}

impl Seen {
    /// For so many ids at most. `folder`: where a file may be.
    ///
    /// # Errors
    /// Storage errors, of many.
    pub fn of(most: u64, folder: &Path) -> Result<Self> {
        Ok(if most <= FEW { Self::Few(HashSet::new()) } else { Self::Many(Table::of(most, folder)?) })
    }

    /// Whether it is met for the first time.
    ///
    /// # Errors
    /// Storage errors, of many.
    pub fn insert(&mut self, id: RecordId) -> Result<bool> {
        match self {
            Self::Few(ids) => Ok(ids.insert(id)),
            Self::Many(table) => table.insert(id),
        }
    }
}

/// Twice as many slots as ids. An id stands in the first free one from its own place on, which is as good as random.
pub(super) struct Table {
    file: File,
    slots: u64,
}

impl Table {
    fn of(most: u64, folder: &Path) -> Result<Self> {
        let (file, slots) = (tempfile::tempfile_in(folder)?, 2 * most);
        file.set_len(slots * SLOT as u64)?;
        Ok(Self { file, slots })
    }

    fn insert(&mut self, id: RecordId) -> Result<bool> {
        let id = id.as_uuid().into_bytes();
        let (mut at, mut there) = (u128::from_be_bytes(id) as u64 % self.slots, FREE);
        loop {
            let place = SeekFrom::Start(at * SLOT as u64);
            self.file.seek(place)?;
            self.file.read_exact(&mut there)?;
            if there == id {
                return Ok(false);
            }
            if there == FREE {
                self.file.seek(place)?;
                self.file.write_all(&id)?;
                return Ok(true);
            }
            at = (at + 1) % self.slots;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn an_id_is_met_for_the_first_time_once_however_many_there_are_and_no_file_is_left() {
        let folder = tempfile::tempdir().unwrap();
        for most in [0, 1, FEW, FEW + 1, 5_000] {
            let mut seen = Seen::of(most, folder.path()).unwrap();
            assert_eq!(matches!(seen, Seen::Many(_)), most > FEW);
            let id = |number: u64| Uuid::new_v5(&Uuid::NAMESPACE_OID, &number.to_le_bytes()).into();
            for again in [false, true] {
                for number in 0..most {
                    assert_eq!(seen.insert(id(number)).unwrap(), !again, "{number} of {most}");
                }
            }
            assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        }
    }

    #[test]
    fn ids_of_one_place_stand_side_by_side_and_go_round_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let mut table = Table::of(4, folder.path()).unwrap();
        let at_the_end = |number: u128| RecordId::from(Uuid::from_u128((number << 64) + 7));
        for again in [false, true] {
            for number in 1..=4 {
                assert_eq!(table.insert(at_the_end(number)).unwrap(), !again, "{number}");
            }
        }
    }
}
