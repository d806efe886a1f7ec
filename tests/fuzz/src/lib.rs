//! Strange input to everything that the core parses, always through its public API and a real SQLite file, and what must
//! hold whatever comes. Each target panics when it does not.
//!
//! `cargo test -p foodlens-fuzz` replays the corpus and what small changes make of it; `make fuzz` looks for more
//! (`libfuzzer/`).

mod answers;
mod device;
mod legacy;
mod mark;
mod rescue;
mod user_id;

pub use answers::{answers, recorded};
pub use legacy::legacy;
pub use mark::mark;
pub use rescue::rescue;
pub use user_id::user_id;

/// Takes any bytes and panics when something does not hold.
pub type Target = fn(&[u8]);

/// The targets by the names of their corpora.
pub const TARGETS: [(&str, Target); 5] =
    [("answers", answers), ("legacy", legacy), ("rescue", rescue), ("user_id", user_id), ("mark", mark)];
