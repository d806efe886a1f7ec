//! One story, damaged in many ways.

mod bits;
mod lengths;
mod story;
mod whole;
