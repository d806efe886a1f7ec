//! The same as a page of its own.

use super::{Tally, text};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Writes `report.html` into the folder.
///
/// # Errors
/// When it cannot be written.
pub fn write_page(folder: &Path, tally: &Tally, took: Duration) -> io::Result<PathBuf> {
    std::fs::create_dir_all(folder)?;
    let path = folder.join("report.html");
    let body = text(tally, took).replace('&', "&amp;").replace('<', "&lt;");
    std::fs::write(&path, format!("<!doctype html><meta charset=utf-8><title>Simulation</title><pre>{body}</pre>\n"))?;
    Ok(path)
}
