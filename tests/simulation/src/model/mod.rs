//! The plain model: what people were told is stored, what they decided, and what each file can know of it.

mod events;
mod file;

pub use events::{Event, EventId, Events};
pub use file::{FileModel, Promise};
