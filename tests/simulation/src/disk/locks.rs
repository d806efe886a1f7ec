//! Who holds which lock on a file, and on the slots of its log's index. Pure.
//!
//! The rules are those that SQLite writes down for `xLock` and `xShmLock`, and the system's own VFS keeps between threads.

/// A handle's name for itself.
pub(super) type Holder = u64;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    None,
    Shared,
    Reserved,
    Pending,
    Exclusive,
}

/// Somebody else has it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Busy;

#[derive(Debug, Default)]
pub(super) struct FileLocks(Vec<(Holder, Level)>);

impl FileLocks {
    pub fn level(&self, holder: Holder) -> Level {
        self.0.iter().find(|(other, _)| *other == holder).map_or(Level::None, |(_, level)| *level)
    }

    /// Takes a lock. An exclusive one that has to wait for readers lets no new reader in meanwhile.
    pub fn take(&mut self, holder: Holder, wanted: Level) -> Result<(), Busy> {
        let have = self.level(holder);
        if have >= wanted {
            return Ok(());
        }
        let others = self.0.iter().filter(|(other, _)| *other != holder);
        let highest = others.map(|(_, level)| *level).max().unwrap_or(Level::None);
        match wanted {
            Level::None | Level::Shared if highest >= Level::Pending => return Err(Busy),
            Level::None | Level::Shared => {}
            _ if highest >= Level::Reserved => return Err(Busy),
            Level::Reserved => {}
            Level::Pending | Level::Exclusive if highest >= Level::Shared => {
                if have == Level::Reserved {
                    self.set(holder, Level::Pending);
                }
                return Err(Busy);
            }
            Level::Pending | Level::Exclusive => {}
        }
        self.set(holder, wanted);
        Ok(())
    }

    /// Goes down to a level; never up.
    pub fn lower(&mut self, holder: Holder, to: Level) {
        if self.level(holder) > to {
            self.set(holder, to);
        }
    }

    pub fn is_reserved(&self) -> bool {
        self.0.iter().any(|(_, level)| *level >= Level::Reserved)
    }

    fn set(&mut self, holder: Holder, level: Level) {
        self.0.retain(|(other, _)| *other != holder);
        if level > Level::None {
            self.0.push((holder, level));
        }
    }
}

/// Bits of slots: each can be shared by many or held by one.
pub(super) type Slots = u8;

#[derive(Debug, Default)]
pub(super) struct SlotLocks(Vec<Held>);

#[derive(Debug)]
struct Held {
    holder: Holder,
    shared: Slots,
    alone: Slots,
}

impl SlotLocks {
    pub fn share(&mut self, holder: Holder, slots: Slots) -> Result<(), Busy> {
        if self.0.iter().any(|held| held.holder != holder && held.alone & slots != 0) {
            return Err(Busy);
        }
        self.of(holder).shared |= slots;
        Ok(())
    }

    pub fn take(&mut self, holder: Holder, slots: Slots) -> Result<(), Busy> {
        if self.0.iter().any(|held| held.holder != holder && (held.alone | held.shared) & slots != 0) {
            return Err(Busy);
        }
        self.of(holder).alone |= slots;
        Ok(())
    }

    pub fn give_back(&mut self, holder: Holder, slots: Slots) {
        let held = self.of(holder);
        held.shared &= !slots;
        held.alone &= !slots;
        self.0.retain(|held| held.shared | held.alone != 0);
    }

    fn of(&mut self, holder: Holder) -> &mut Held {
        let at = self.0.iter().position(|held| held.holder == holder).unwrap_or_else(|| {
            self.0.push(Held { holder, shared: 0, alone: 0 });
            self.0.len() - 1
        });
        &mut self.0[at]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Level::{Exclusive, Pending, Reserved, Shared};

    #[test]
    fn levels_of_two_handles() {
        let cases: [(&str, Level, Level, bool); 9] = [
            ("two read", Shared, Shared, true),
            ("one reads beside one that will write", Reserved, Shared, true),
            ("nobody new beside one that waits for the readers to go", Pending, Shared, false),
            ("nobody reads beside one that writes", Exclusive, Shared, false),
            ("one will write beside one that reads", Shared, Reserved, true),
            ("two cannot both be next", Reserved, Reserved, false),
            ("nobody writes while one reads", Shared, Exclusive, false),
            ("nobody writes while another will", Reserved, Exclusive, false),
            ("nobody waits while another does", Pending, Exclusive, false),
        ];
        for (name, theirs, wanted, expected) in cases {
            let mut locks = FileLocks::default();
            locks.set(1, theirs);
            if wanted > Shared {
                locks.set(2, Shared);
            }
            assert_eq!(locks.take(2, wanted).is_ok(), expected, "{name}");
        }
    }

    #[test]
    fn a_writer_that_waits_keeps_new_readers_out_until_it_has_its_lock() {
        let mut locks = FileLocks::default();
        for (holder, level) in [(1, Shared), (2, Shared), (2, Reserved)] {
            locks.take(holder, level).unwrap();
        }
        assert_eq!(locks.take(2, Exclusive), Err(Busy));
        assert_eq!(locks.level(2), Pending);
        assert_eq!(locks.take(3, Shared), Err(Busy));
        locks.lower(1, Level::None);
        locks.take(2, Exclusive).unwrap();
        assert!(locks.is_reserved());
        locks.lower(2, Shared);
        assert!(!locks.is_reserved());
        locks.take(3, Shared).unwrap();
    }

    #[test]
    fn slots_are_shared_by_many_or_held_by_one() {
        let mut slots = SlotLocks::default();
        slots.share(1, 0b100).unwrap();
        slots.share(2, 0b100).unwrap();
        assert_eq!(slots.take(2, 0b110), Err(Busy), "another shares one of them");
        slots.give_back(1, 0b100);
        slots.take(3, 0b010).unwrap();
        assert_eq!(slots.share(1, 0b010), Err(Busy));
        slots.give_back(2, 0b100);
        slots.take(1, 0b100).unwrap();
        slots.give_back(3, 0b010);
        slots.share(2, 0b010).unwrap();
    }
}
