//! The allergies and the state of their list.

mod effective;
pub(crate) mod linking;
mod model;
mod repository;
mod wire;

pub use model::{Allergen, Allergy, AllergyContent, AllergyList, EuAllergen, ListState, Severity, Source};
pub use repository::Allergies;
pub(crate) use repository::{after_allergies, any, say_listed};
pub(crate) use wire::{LIST_SPEC, SPEC};
