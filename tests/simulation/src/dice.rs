//! The one source of chance: a stream of numbers from a seed.

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

/// Numbers from a seed, the same on every machine and in every version.
#[derive(Debug, Clone)]
pub struct Dice(Xoshiro256PlusPlus);

impl Dice {
    /// The stream of a seed; `lane` tells apart what must not disturb one another's numbers.
    #[must_use]
    pub fn new(seed: u64, lane: u64) -> Self {
        Self(Xoshiro256PlusPlus::seed_from_u64(seed ^ lane.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
    }

    /// Any number.
    pub fn any(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number below `end` (0 for 0). Not the library's ranges: how these are drawn may change.
    pub fn below(&mut self, end: u64) -> u64 {
        self.any().checked_rem(end).unwrap_or(0)
    }

    /// True `percent` times out of a hundred.
    pub fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of them. The list is never empty.
    pub fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        let index = self.below(of.len() as u64);
        of[usize::try_from(index).unwrap_or(0)].clone()
    }

    /// Fills the slice.
    pub fn fill(&mut self, bytes: &mut [u8]) {
        self.0.fill_bytes(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_means_the_same_for_ever() {
        let mut dice = Dice::new(7, 1);
        // As published: SplitMix64 for the state, xoshiro256++ for the stream.
        assert_eq!([dice.below(1_000), dice.below(1_000), dice.below(1_000)], [964, 93, 162]);
    }
}
