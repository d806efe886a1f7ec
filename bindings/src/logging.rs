//! Where the library's log lines go, and how many: to the host's sink; without one, to logcat on Android, and nowhere elsewhere.

use crate::errors::Result;
use crate::hooks::HookError;
use log::{Level, Log, Metadata, Record};
use std::sync::{Arc, Once, PoisonError, RwLock};

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

/// Takes the log's lines. Called from any thread, and while the library holds locks of its own: it must return at once, and
/// call nothing of the library.
#[uniffi::export(foreign)]
pub trait LogCallback: Send + Sync {
    /// A line, and how bad it is: never `Off`. What it throws is ignored.
    fn on_line(&self, level: LogLevel, line: String) -> std::result::Result<(), HookError>;
}

/// Sends the log's lines of this process to the sink from now on; none: to where they went before.
#[uniffi::export]
pub fn set_log_sink(sink: Option<Arc<dyn LogCallback>>) -> Result<()> {
    start();
    *SINK.write().unwrap_or_else(PoisonError::into_inner) = sink;
    Ok(())
}

/// Called by every constructor; the first call counts. Where a Rust host has a logger of its own, that one stays.
pub(crate) fn start() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        if log::set_logger(&Lines).is_ok() {
            log::set_max_level(LogLevel::Info.into());
        }
    });
}

static SINK: RwLock<Option<Arc<dyn LogCallback>>> = RwLock::new(None);

struct Lines;

impl Log for Lines {
    /// The libraries below are not the app's concern, whatever level it asks for.
    fn enabled(&self, of: &Metadata) -> bool {
        of.target().starts_with("foodlens") || of.level() <= Level::Warn
    }

    fn log(&self, record: &Record) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let sink = SINK.read().unwrap_or_else(PoisonError::into_inner).clone();
        match sink {
            // A line about a sink that fails would go to that sink.
            Some(sink) => drop(sink.on_line(record.level().into(), record.args().to_string())),
            #[cfg(target_os = "android")]
            None => logcat().log(record),
            #[cfg(not(target_os = "android"))]
            None => {}
        }
    }

    fn flush(&self) {}
}

#[cfg(target_os = "android")]
fn logcat() -> &'static android_logger::AndroidLogger {
    static LOGCAT: std::sync::OnceLock<android_logger::AndroidLogger> = std::sync::OnceLock::new();
    LOGCAT.get_or_init(|| {
        let all =
            android_logger::Config::default().with_tag("FoodLens").with_max_level(LogLevel::Debug.into());
        android_logger::AndroidLogger::new(all)
    })
}

impl From<Level> for LogLevel {
    fn from(level: Level) -> Self {
        match level {
            Level::Error => Self::Error,
            Level::Warn => Self::Warn,
            Level::Info => Self::Info,
            Level::Debug | Level::Trace => Self::Debug,
        }
    }
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
    use std::sync::Mutex;

    /// Level and sink are of the process.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

    #[test]
    fn no_level_reaches_the_one_that_prints_headers() {
        let _one = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        for level in [LogLevel::Off, LogLevel::Error, LogLevel::Warn, LogLevel::Info, LogLevel::Debug] {
            assert!(set_log_level(level).is_ok());
            assert_eq!(log::max_level(), log::LevelFilter::from(level));
            assert!(log::max_level() < log::LevelFilter::Trace);
        }
    }

    #[derive(Default)]
    struct Keeps(Mutex<Vec<(LogLevel, String)>>);

    impl LogCallback for Keeps {
        fn on_line(&self, level: LogLevel, line: String) -> std::result::Result<(), HookError> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push((level, line));
            Err(HookError::Failed)
        }
    }

    #[test]
    fn the_sink_has_our_lines_of_the_level_and_only_what_is_bad_of_others() {
        let _one = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let keeps = Arc::new(Keeps::default());
        assert!(set_log_sink(Some(keeps.clone())).is_ok() && set_log_level(LogLevel::Info).is_ok());
        log::info!(target: "foodlens_core::sync", "a run of {}", "a");
        log::debug!(target: "foodlens_core::sync", "not asked for");
        log::info!(target: "a_library", "no concern of the app");
        log::warn!(target: "a_library", "a warning");
        assert!(set_log_sink(None).is_ok());
        log::error!(target: "foodlens_core::sync", "nobody listens");
        let kept = keeps.0.lock().unwrap_or_else(PoisonError::into_inner);
        let expected = [(LogLevel::Info, "a run of a".to_owned()), (LogLevel::Warn, "a warning".to_owned())];
        assert_eq!(*kept, expected);
    }
}
