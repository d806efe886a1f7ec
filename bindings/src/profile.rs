//! The person's profile.

use crate::convert::{Map, Mirrored, Opt, mirror};
use crate::records::SyncInfo;
use std::collections::HashMap;

mirror! {
    /// The profile's content: what the caller gives.
    ProfileContent {
        /// At most 200 characters.
        #[uniffi(default = None)]
        display_name: Option<String>;
        /// `YYYY-MM-DD`.
        #[uniffi(default = None)]
        date_of_birth: Option<String>;
        /// At most 50 texts of 1 to 200 characters.
        #[uniffi(default = [])]
        diets: Vec<String>;
        /// ISO 3166-1 alpha-2.
        #[uniffi(default = None)]
        country: Option<String>;
        /// The app's own fields.
        #[uniffi(default)]
        extras: HashMap<String, String>, via Map;
    }
}

mirror! {
    /// The profile as it is shown.
    Profile {
        /// Its content; all empty when nobody has written any.
        content: ProfileContent, via Mirrored;
        /// Where it stands with the server; none when there is none yet.
        sync: Option<SyncInfo>, via Opt<Mirrored>;
    }
}
