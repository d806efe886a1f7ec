//! The key of a user's file.

use crate::error::{Error, Result, Rule};
use std::fmt;
use zeroize::Zeroizing;

/// The key of a user's file: 32 random bytes, kept by the app where the device keeps secrets. Not made of a password.
/// This copy is overwritten when it is dropped.
#[derive(Clone)]
pub struct DatabaseKey(Box<Zeroizing<[u8; 32]>>);

impl DatabaseKey {
    /// Takes the key; the caller's copy is the caller's to overwrite.
    #[must_use]
    pub fn new(bytes: &[u8; 32]) -> Self {
        // Filled where it stays: an array that is moved leaves copies behind.
        let mut key = Box::new(Zeroizing::new([0; 32]));
        key.copy_from_slice(bytes);
        Self(key)
    }

    /// Takes the key from a slice.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Invalid`] when it is not of 32 bytes.
    pub fn from_slice(bytes: &[u8]) -> Result<Self> {
        let bytes =
            bytes.try_into().map_err(|_| Error::invalid("key", Rule::Form { expected: "32 bytes" }))?;
        Ok(Self::new(bytes))
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for DatabaseKey {
    /// Hides the key: debug output ends up in logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DatabaseKey(…)")
    }
}
