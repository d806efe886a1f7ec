//! The rules, one sentence per case.
