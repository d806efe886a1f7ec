//! How a run's requests go.

use foodlens_scenarios::Backend;
use foodlens_server::{Endpoint, Fault, FaultKind};
use proptest::prelude::*;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Network {
    Fine,
    /// The writes take effect, and nobody says so.
    CommittedAndSilent,
    /// They do not, and nobody says so.
    Dropped,
    ServerError,
    /// Every write is refused for what is in it.
    Refusing,
    Garbage,
}

impl Network {
    pub fn any() -> impl Strategy<Value = Self> {
        prop_oneof![
            4 => Just(Self::Fine),
            2 => Just(Self::CommittedAndSilent),
            1 => Just(Self::Dropped),
            1 => Just(Self::ServerError),
            2 => Just(Self::Refusing),
            1 => Just(Self::Garbage),
        ]
    }

    /// From now on.
    pub fn set(self, backend: &Backend) {
        let kind = match self {
            Self::Fine => None,
            Self::CommittedAndSilent => Some(FaultKind::CommitThenSilence { after: None }),
            Self::Dropped => Some(FaultKind::DropBeforeCommit),
            Self::ServerError => Some(FaultKind::status(500)),
            Self::Refusing => Some(FaultKind::status(422)),
            Self::Garbage => Some(FaultKind::Garbage),
        };
        backend.server.faults().clear();
        if let Some(kind) = kind {
            backend.server.faults().push(Fault::new(Endpoint::Batch, kind).times(50));
        }
    }
}
