//! Phones and a backend for scenario tests and for the demo: real core instances with their own folders, talking real
//! HTTP to the real server. Only time, ids and tokens are injected.

mod backend;
mod compare;
mod keys;
mod phone;
mod together;
mod world;

pub use backend::{Backend, SECRET};
pub use compare::{differences, exported};
pub use keys::{KEY, Keys, OTHER_KEY, look_into};
pub use phone::{Phone, PhoneOptions};
pub use together::{all_agree, settle_all};
pub use world::{ManualClock, SeededRandom};
