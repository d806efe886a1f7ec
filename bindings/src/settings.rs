//! The person's settings.

use crate::convert::{Map, Mirrored, Opt, mirror};
use crate::records::SyncInfo;
use std::collections::HashMap;

mirror! {
    /// The settings' content: what the caller gives.
    SettingsContent {
        /// A BCP 47 tag, for instance `pt-PT`; at most 35 characters.
        #[uniffi(default = None)]
        language: Option<String>;
        /// `metric` or `imperial`; another value is kept as it is. At most 35 characters.
        #[uniffi(default = None)]
        units: Option<String>;
        /// Whether notifications are wanted.
        #[uniffi(default = None)]
        notifications: Option<bool>;
        /// `system`, `light` or `dark`; another value is kept as it is. At most 35 characters.
        #[uniffi(default = None)]
        theme: Option<String>;
        /// Consents by name, at most 200.
        #[uniffi(default)]
        consents: HashMap<String, bool>, via Map;
        /// The app's own settings: at most 200, each value a JSON text of at most 8,000 characters.
        #[uniffi(default)]
        app: HashMap<String, String>, via Map;
    }
}

mirror! {
    /// The settings as they are shown.
    Settings {
        /// Their content; all empty when nobody has written any.
        content: SettingsContent, via Mirrored;
        /// Where they stand with the server; none when there are none yet.
        sync: Option<SyncInfo>, via Opt<Mirrored>;
    }
}
