//! The opaque cursor of the feed: what it says, and when it has become too old.

use crate::model::Entity;
use crate::problem::Code;
use crate::seal;

/// Where a device is in the feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cursor {
    /// Everything up to this version was handed out.
    pub position: i64,
    /// The user's purge mark when the cursor was issued, see [`Feed::purged`].
    pub purged: i64,
    /// See [`Feed::generation`].
    pub generation: i64,
    /// The entities that were asked for, as bits: another choice would skip what this one left out.
    pub entities: u8,
    /// The life of the database.
    pub epoch: String,
}

/// The state of a user's feed, as far as a cursor depends on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Feed {
    /// The user's last sequence number.
    pub head: i64,
    /// The highest version of a tombstone that is no longer kept.
    pub purged: i64,
    /// Grows when all cursors are to be forgotten.
    pub generation: i64,
    /// The life of the database.
    pub epoch: String,
}

impl Cursor {
    /// The text that a device gets. The seal covers the user, so a cursor is worth nothing to another.
    pub fn seal(&self, user: &str, key: &[u8]) -> String {
        let payload =
            format!("{}.{}.{}.{}.{}", self.position, self.purged, self.generation, self.entities, self.epoch);
        seal::close(&payload, user, key)
    }

    /// None for any text that [`Cursor::seal`] did not make for this user.
    pub fn open(text: &str, user: &str, key: &[u8]) -> Option<Self> {
        let payload = seal::open(text, user, key)?;
        let mut parts = payload.splitn(5, '.');
        Some(Self {
            position: parts.next()?.parse().ok()?,
            purged: parts.next()?.parse().ok()?,
            generation: parts.next()?.parse().ok()?,
            entities: parts.next()?.parse().ok()?,
            epoch: parts.next()?.to_owned(),
        })
    }

    /// Whether the feed can go on from here without hiding a deletion.
    ///
    /// A tombstone that was purged behind the cursor does no harm, nor does one that was gone before the walk
    /// began: the device never got the record. The second case matters, or a restore of many pages could never end
    /// once anything was purged.
    pub fn check(&self, feed: &Feed, entities: u8) -> Result<(), Code> {
        let saw_every_purged = self.position >= feed.purged || self.purged == feed.purged;
        let is_of_this_life = self.epoch == feed.epoch && self.generation == feed.generation;
        if !is_of_this_life || !saw_every_purged || self.position > feed.head {
            Err(Code::CursorExpired)
        } else if self.entities != entities {
            Err(Code::BadCursor)
        } else {
            Ok(())
        }
    }
}

/// A choice of entities as bits.
pub(crate) fn bits_of(entities: &[Entity]) -> u8 {
    Entity::ALL
        .iter()
        .enumerate()
        .filter(|(_, entity)| entities.contains(entity))
        .map(|(place, _)| 1 << place)
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cursor(position: i64, purged: i64) -> Cursor {
        Cursor { position, purged, generation: 1, entities: 31, epoch: "e.1".into() }
    }

    fn feed(head: i64, purged: i64) -> Feed {
        Feed { head, purged, generation: 1, epoch: "e.1".into() }
    }

    #[test]
    fn a_sealed_cursor_opens_for_its_user_only() {
        let text = cursor(7, 2).seal("anna", b"k");
        assert_eq!(Cursor::open(&text, "anna", b"k"), Some(cursor(7, 2)));
        assert_eq!(Cursor::open(&text, "ann", b"k"), None, "another user");
        assert_eq!(Cursor::open(&text, "anna", b"x"), None, "another key");
        assert_eq!(Cursor::open(&text[1..], "anna", b"k"), None, "cut");
        assert_eq!(Cursor::open("", "anna", b"k"), None, "empty");
    }

    #[test]
    fn when_a_cursor_is_too_old() {
        let other_epoch = Cursor { epoch: "e.2".into(), ..cursor(7, 0) };
        let other_generation = Cursor { generation: 0, ..cursor(7, 0) };
        let cases = [
            ("nothing was purged", cursor(7, 0), feed(9, 0), Ok(())),
            ("the head itself", cursor(9, 0), feed(9, 0), Ok(())),
            ("a tombstone behind the cursor was purged since", cursor(7, 0), feed(9, 7), Ok(())),
            (
                "a tombstone ahead of the cursor was purged since",
                cursor(7, 0),
                feed(9, 8),
                Err(Code::CursorExpired),
            ),
            ("it was purged before the walk began", cursor(3, 8), feed(9, 8), Ok(())),
            ("another epoch", other_epoch, feed(9, 0), Err(Code::CursorExpired)),
            ("all cursors were forgotten", other_generation, feed(9, 0), Err(Code::CursorExpired)),
            ("ahead of the data", cursor(10, 0), feed(9, 0), Err(Code::CursorExpired)),
        ];
        for (case, cursor, feed, expected) in cases {
            assert_eq!(cursor.check(&feed, 31), expected, "{case}");
        }
        assert_eq!(cursor(7, 0).check(&feed(9, 0), 1), Err(Code::BadCursor), "issued for other entities");
    }

    #[test]
    fn each_choice_of_entities_has_its_own_bits() {
        assert_eq!(bits_of(&Entity::ALL), 31);
        assert_eq!(bits_of(&[Entity::History, Entity::Profile, Entity::Profile]), 17);
    }
}
