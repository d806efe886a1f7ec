//! The reference backend of the FoodLens sync contract (`tests/contract/README.md`), as a library for tests and as
//! a program for development.
//!
//! - [`Server`] runs it over real HTTP in its own threads; [`Running`] is the handle that a test holds.
//! - [`InProcess`] is the same routes without sockets and threads of its own, for a simulator; [`Service`] the logic below.
//! - [`decide`] is the decision itself: pure functions, no database, no clock.
//! - [`faults`] makes the server misbehave in the ways that a network and a real backend do.

mod auth;
mod chaos;
mod clock;
mod conduct;
mod cursor;
pub mod decide;
pub mod faults;
mod http;
mod in_process;
mod limits;
mod metrics;
mod model;
mod operation;
mod pause;
mod problem;
mod record;
mod requests;
mod running;
#[cfg(feature = "sabotage")]
mod sabotage;
mod seal;
mod serve;
mod service;
mod stats;
mod store;

pub use auth::{TokenKeys, Tokens, mint_token};
pub use chaos::{Chaos, Delay, Mixture};
pub use clock::Seams;
pub use conduct::Conduct;
pub use faults::{Endpoint, Fault, FaultKind, Faults};
pub use http::routes::{Method, ROUTES, Route};
pub use in_process::{InProcess, InProcessAnswer, InProcessRequest};
pub use limits::{Limits, Rate};
pub use model::{
    AllergiesAnswer, Answer, BatchAnswer, BatchLimits, Capabilities, ChangesLimits, ChangesPage, Entity,
    HistoryLimits, HistoryPage, Ids, Kind, Overwritten, RawRecord, RecordAnswer, Verdict, VerdictAnswer,
    VerdictKind,
};
pub use operation::Operation;
pub use pause::PauseRule;
pub use problem::{Code, Problem, Refusal};
pub use record::{Record, derived_id};
pub use requests::{Requests, SeenRequest};
pub use running::{Options, Running, Server};
#[cfg(feature = "sabotage")]
pub use sabotage::Sabotage;
pub use service::{ChangesQuery, HistoryQuery, Retention, Service};
pub use stats::Stats;
pub use store::{Database, StoreError};
