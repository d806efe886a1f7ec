//! The server over real HTTP, against every sentence of the contract.

mod support;

mod faults;
mod writes;
