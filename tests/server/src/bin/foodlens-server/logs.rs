//! Lines on stderr, for people or for programs.

use std::io;

use clap::ValueEnum;
use tracing::level_filters::LevelFilter;

#[derive(Clone, Copy, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

pub fn start(level: LevelFilter, format: LogFormat) {
    let lines = tracing_subscriber::fmt().with_writer(io::stderr).with_ansi(false).with_max_level(level);
    match format {
        LogFormat::Text => lines.init(),
        LogFormat::Json => lines.json().flatten_event(true).init(),
    }
}
