//! Going on after damage or loss.

use crate::convert::{Count, Via};
use crate::errors::Result;
use crate::foodlens::Core;
use crate::keys::with_reason;
use crate::session::CoreSession;
use foodlens_core::UserId;
use std::sync::Arc;

/// What a recovery found and did.
#[derive(uniffi::Record)]
pub struct CoreRecovery {
    /// The user's session, on the fresh file or on the one that was sound.
    pub session: Arc<CoreSession>,
    /// Where the damaged file is now, as it was, with what lay beside it; none: the file was sound and nothing was done, or
    /// (not `complete`) none was left.
    pub set_aside: Option<String>,
    /// Unsent operations that are in the queue again, under their keys and in their order.
    pub salvaged: i64,
    /// Unsent operations that were found and cannot be read: those of them that still have their ids are held in the queue
    /// (`Unreadable`), the others are only in the file that was set aside.
    pub unreadable: i64,
    /// The queue of the damaged file was read from end to end. False: there may have been more.
    pub complete: bool,
}

#[uniffi::export]
impl Core {
    /// Goes on after `Corrupt` or `StoreMissing`: a damaged file is set aside, and a fresh one takes its place with all that
    /// no server can give back. A file that is sound is left as it is.
    pub fn recover(&self, user_id: String) -> Result<CoreRecovery> {
        Ok(with_reason(|| self.0.recover(&UserId::new(user_id)?))?.into())
    }
}

impl From<foodlens_core::Recovery> for CoreRecovery {
    fn from(recovery: foodlens_core::Recovery) -> Self {
        let foodlens_core::Recovery { session, set_aside, salvaged, unreadable, complete } = recovery;
        Self {
            session: Arc::new(CoreSession(session)),
            set_aside: set_aside.map(|path| path.to_string_lossy().into_owned()),
            salvaged: Count::out(salvaged),
            unreadable: Count::out(unreadable),
            complete,
        }
    }
}
