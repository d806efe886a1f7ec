//! FoodLens.
