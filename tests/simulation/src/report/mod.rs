//! What was met and reached, for a person to look at.

mod page;
mod tally;
mod text;

use crate::plan::TROUBLES;

pub use page::write_page;
pub use tally::{Table, Tally, name};
pub use text::text;

/// What can go wrong on the line.
fn line_rows() -> Vec<&'static str> {
    TROUBLES.iter().map(|trouble| trouble.name()).chain(["no network", "silence"]).collect()
}

/// The commit that this runs from, if git knows.
#[must_use]
pub fn commit() -> String {
    let asked = std::process::Command::new("git").args(["describe", "--always", "--dirty"]).output();
    let text = asked
        .ok()
        .filter(|output| output.status.success())
        .and_then(|output| String::from_utf8(output.stdout).ok());
    text.map_or_else(|| "unknown".to_owned(), |text| text.trim().to_owned())
}
