//! What a run has fetched. A feed that comes back to where it was, begins over and over, or never ends must not keep a
//! phone awake; the next run goes on from here, after a pause that grows.

use super::engine::Stop;
use crate::outbox::RunSignal;
use std::collections::HashSet;

/// Times that one run begins the feed anew.
const MOST_BEGINNINGS: u32 = 3;
/// Pages that one run reads; with a thousand records each, more than anybody has.
const MOST_PAGES: u32 = 3_000;
/// Bytes, decompressed, that one run reads.
const MOST_BYTES: usize = 512 * 1024 * 1024;

#[derive(Default)]
pub(super) struct Fetched {
    beginnings: u32,
    pages: u32,
    bytes: usize,
    cursors: HashSet<String>,
}

impl Fetched {
    /// An answer of so many bytes has come.
    pub fn answer(&mut self, bytes: usize) {
        self.bytes += bytes;
    }

    /// A page that another one follows, at this cursor: whether to go on.
    pub fn page(&mut self, next: &str) -> Result<(), Stop> {
        self.pages += 1;
        if !self.cursors.insert(next.to_owned()) {
            return trouble("feed does not move on");
        }
        if self.pages >= MOST_PAGES || self.bytes >= MOST_BYTES {
            return trouble("feed does not end");
        }
        Ok(())
    }

    /// The feed is read from a beginning: whether it may be.
    pub fn beginning(&mut self) -> Result<(), Stop> {
        self.beginnings += 1;
        if self.beginnings > MOST_BEGINNINGS {
            return trouble("feed starts over and over");
        }
        Ok(())
    }

    /// From here on the cursors are those of another reading.
    pub fn start_over(&mut self) -> Result<(), Stop> {
        self.beginning()?;
        self.cursors.clear();
        Ok(())
    }
}

fn trouble(code: &'static str) -> Result<(), Stop> {
    Err(Stop::Signal(RunSignal::ServerTrouble(code)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_feed_is_read_to_its_end_but_not_in_a_loop_and_not_for_ever() {
        let mut fetched = Fetched::default();
        assert_eq!(fetched.page("a"), Ok(()));
        assert_eq!(fetched.page("b"), Ok(()));
        assert_eq!(fetched.page("a"), trouble("feed does not move on"));
        let mut pages = Fetched::default();
        for page in 1..MOST_PAGES {
            assert_eq!(pages.page(&page.to_string()), Ok(()));
        }
        assert_eq!(pages.page("one more"), trouble("feed does not end"));
        let mut bytes = Fetched::default();
        bytes.answer(MOST_BYTES / 2);
        bytes.answer(MOST_BYTES / 2 - 1);
        assert_eq!(bytes.page("a"), Ok(()));
        bytes.answer(1);
        assert_eq!(bytes.page("b"), trouble("feed does not end"));
    }

    #[test]
    fn it_begins_anew_three_times_and_may_come_by_the_same_places_then() {
        let mut fetched = Fetched::default();
        for _ in 0..2 {
            assert_eq!(fetched.start_over(), Ok(()));
            assert_eq!(fetched.page("a"), Ok(()));
        }
        assert_eq!(fetched.beginning(), Ok(()));
        assert_eq!(fetched.page("a"), trouble("feed does not move on"), "the same reading");
        assert_eq!(fetched.start_over(), trouble("feed starts over and over"));
    }
}
