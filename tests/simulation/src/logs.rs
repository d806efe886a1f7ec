//! What the library logs on this thread, kept so that I13 can look at it.

use log::{Log, Metadata, Record};
use std::cell::RefCell;
use std::sync::Once;

thread_local! {
    static LINES: RefCell<String> = const { RefCell::new(String::new()) };
}

struct Keeper;

impl Log for Keeper {
    fn enabled(&self, _: &Metadata) -> bool {
        true
    }

    fn log(&self, record: &Record) {
        use std::fmt::Write;
        // Writing to a string cannot fail.
        let _ = LINES.with_borrow_mut(|lines| writeln!(lines, "{}", record.args()));
    }

    fn flush(&self) {}
}

/// Begins to keep what is logged, in this process. Another logger that is there already stays.
pub fn keep() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        if log::set_logger(&Keeper).is_ok() {
            log::set_max_level(log::LevelFilter::Trace);
        }
    });
}

/// What was logged on this thread since the last call.
#[must_use]
pub fn take() -> String {
    LINES.with_borrow_mut(std::mem::take)
}
