//! Where the library's log lines go, and how many: logcat on Android, nowhere yet elsewhere.

use crate::errors::Result;

/// How much is written to the log. There is no level below `Debug`: there the HTTP library would print headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum LogLevel {
    /// Nothing.
    Off,
    /// What should not happen.
    Error,
    /// And what a team should look at.
    Warn,
    /// And one line a run: the level at the start.
    Info,
    /// And what helps to find a defect.
    Debug,
}

/// Sets how much the library writes to the log of this process, from now on. The lines hold ids and codes, no content.
#[uniffi::export]
pub fn set_log_level(level: LogLevel) -> Result<()> {
    start();
    log::set_max_level(level.into());
    Ok(())
}

/// Called by every constructor; the first call counts.
pub(crate) fn start() {
    #[cfg(target_os = "android")]
    android_logger::init_once(
        android_logger::Config::default()
            .with_tag("FoodLens")
            .with_max_level(LogLevel::Info.into())
            // The libraries below are not the app's concern, whatever level it asks for.
            .with_filter(android_logger::FilterBuilder::new().parse("warn,foodlens=debug").build()),
    );
}

impl From<LogLevel> for log::LevelFilter {
    fn from(level: LogLevel) -> Self {
        match level {
            LogLevel::Off => Self::Off,
            LogLevel::Error => Self::Error,
            LogLevel::Warn => Self::Warn,
            LogLevel::Info => Self::Info,
            LogLevel::Debug => Self::Debug,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_level_reaches_the_one_that_prints_headers() {
        for level in [LogLevel::Off, LogLevel::Error, LogLevel::Warn, LogLevel::Info, LogLevel::Debug] {
            assert!(set_log_level(level).is_ok());
            assert_eq!(log::max_level(), log::LevelFilter::from(level));
            assert!(log::max_level() < log::LevelFilter::Trace);
        }
    }
}
