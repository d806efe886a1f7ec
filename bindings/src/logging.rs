//! Where the library's log lines go: logcat on Android, nowhere yet elsewhere.

/// Called by every constructor; the first call counts.
pub(crate) fn start() {
    #[cfg(target_os = "android")]
    android_logger::init_once(
        android_logger::Config::default().with_tag("FoodLens").with_max_level(log::LevelFilter::Info),
    );
}
