//! One thing that was done, several records: written on two devices, or imported twice. They stay records of their own and
//! are one entry of every list; a change of it or its deletion is one of all of them, so that nothing has to be undone.
//!
//! The same are records of one kind with the same barcode at the same millisecond; without a barcode none is. Of what
//! shares a kind and a moment only the eldest are looked at ([`group::MOST`]), so that no flood of equal entries costs more.

mod group;
mod join;
mod newest;
pub(super) mod twins;

pub(super) use group::Group;
pub(super) use newest::Newest;

#[cfg(test)]
mod tests;
