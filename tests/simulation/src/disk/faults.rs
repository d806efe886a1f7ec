//! Faults that wait for their call, and what was counted meanwhile. Pure.

/// A fault that is to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// When it begins.
    pub at: Position,
    /// What the call gets.
    pub error: Failure,
    /// For how many calls of that kind in a row; `u64::MAX`: until [`super::Machine::heal`].
    pub times: u64,
}

/// The n-th call of a kind from now on, counted over all files of the machine. 1 is the next; 0 counts as 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Position {
    /// A file is opened or made.
    Open(u64),
    /// Bytes are read.
    Read(u64),
    /// Bytes are written, a file is cut or removed.
    Write(u64),
    /// A file is synced.
    Sync(u64),
    /// A lock is taken, of the file or of its log. Giving one back never fails.
    Lock(u64),
}

/// What a call gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// The disk does not answer. Half of what was to be written is written.
    IoError,
    /// No space.
    Full,
    /// Somebody else is at it.
    Busy,
    /// The power is gone. What was being written is as uncertain as everything since the last sync; from here on nothing goes
    /// until [`super::Machine::restart`].
    PowerLoss,
}

/// What SQLite did on a machine since it was made, over all its lives.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Files opened.
    pub opens: u64,
    /// Calls that read.
    pub reads: u64,
    /// Calls that wrote, cut or removed.
    pub writes: u64,
    /// Calls that synced.
    pub syncs: u64,
    /// Calls that took a lock.
    pub locks: u64,
    /// Bytes asked for.
    pub bytes_read: u64,
    /// Bytes handed over.
    pub bytes_written: u64,
    /// Calls that met [`Failure::IoError`].
    pub io_errors: u64,
    /// Calls that met [`Failure::Full`], by a fault or by a full disk.
    pub full: u64,
    /// Calls that met [`Failure::Busy`] by a fault.
    pub busy: u64,
    /// Times that the machine died: by a fault, a crash or a kill.
    pub deaths: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Open,
    Read,
    Write,
    Sync,
    Lock,
}

/// The faults that have not come to their end.
#[derive(Debug, Default)]
pub(super) struct Armed(Vec<Waiting>);

#[derive(Debug)]
struct Waiting {
    kind: Kind,
    /// Calls until it begins, that one included.
    away: u64,
    left: u64,
    error: Failure,
}

impl Armed {
    pub fn add(&mut self, fault: Fault) {
        let (kind, nth) = match fault.at {
            Position::Open(nth) => (Kind::Open, nth),
            Position::Read(nth) => (Kind::Read, nth),
            Position::Write(nth) => (Kind::Write, nth),
            Position::Sync(nth) => (Kind::Sync, nth),
            Position::Lock(nth) => (Kind::Lock, nth),
        };
        self.0.push(Waiting { kind, away: nth.max(1), left: fault.times, error: fault.error });
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// What this call gets: of several faults that meet, the one that was armed first. Each of them has had its call.
    pub fn meet(&mut self, kind: Kind) -> Option<Failure> {
        let mut met = None;
        for fault in self.0.iter_mut().filter(|fault| fault.kind == kind) {
            fault.away = fault.away.saturating_sub(1);
            if fault.away == 0 && fault.left > 0 {
                fault.left -= 1;
                met = met.or(Some(fault.error));
            }
        }
        self.0.retain(|fault| fault.left > 0);
        met
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_comes_at_its_call_as_often_as_it_says() {
        let cases = [
            ("the next one", Position::Write(1), 1, "F...."),
            ("nought is the next one", Position::Write(0), 1, "F...."),
            ("the third", Position::Write(3), 1, "..F.."),
            ("twice from the second on", Position::Write(2), 2, ".FF.."),
            ("for ever", Position::Write(2), u64::MAX, ".FFFF"),
            ("never", Position::Write(1), 0, "....."),
            ("of another kind", Position::Sync(1), 1, "....."),
        ];
        for (name, at, times, expected) in cases {
            let mut armed = Armed::default();
            armed.add(Fault { at, error: Failure::Full, times });
            let met: String = (0..5).map(|_| armed.meet(Kind::Write).map_or('.', |_| 'F')).collect();
            assert_eq!(met, expected, "{name}");
        }
    }

    #[test]
    fn of_two_that_meet_the_first_is_met_and_both_have_had_their_call() {
        let mut armed = Armed::default();
        for error in [Failure::Busy, Failure::IoError] {
            armed.add(Fault { at: Position::Read(1), error, times: 1 });
        }
        assert_eq!(armed.meet(Kind::Read), Some(Failure::Busy));
        assert_eq!(armed.meet(Kind::Read), None);
    }
}
