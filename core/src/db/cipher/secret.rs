//! The key as SQLCipher takes it: raw, with the salt in which the key can be recognised.

use super::head::{LENGTH, MARK};
use super::key::DatabaseKey;
use crate::error::{Error, ErrorKind, Result};
use hmac::{Hmac, KeyInit, Mac};
use rusqlite::{Connection, ffi};
use sha2::Sha256;
use std::ffi::CStr;
use zeroize::Zeroizing;

const PURPOSE: &[u8] = b"foodlens key check";
/// Where the part of the salt begins that is computed from the rest of it.
const CHECK: usize = 10;
/// Of `x'…'` around the key and the salt in hex.
const TEXT: usize = 3 + 2 * (32 + LENGTH);

/// The key of a file, with what goes by chance into the salt of one that is made now.
pub(crate) struct FileKey {
    pub(super) key: DatabaseKey,
    chance: [u8; CHECK - MARK.len()],
}

impl FileKey {
    /// # Errors
    /// None here; in a build without encryption always.
    pub fn new(key: DatabaseKey, chance: [u8; CHECK - MARK.len()]) -> Result<Self> {
        Ok(Self { key, chance })
    }
}

/// A key with the salt of one file. Overwritten when it is dropped.
pub(crate) struct Secret(Box<Zeroizing<[u8; TEXT]>>);

impl Secret {
    /// For a file that is made now.
    pub fn fresh(key: &FileKey) -> Result<Self> {
        let mut salt = [0; LENGTH];
        salt[..MARK.len()].copy_from_slice(MARK);
        salt[MARK.len()..CHECK].copy_from_slice(&key.chance);
        let check = keyed(&key.key, &salt)?.finalize().into_bytes();
        salt[CHECK..].copy_from_slice(&check[..LENGTH - CHECK]);
        Ok(Self::of(&key.key, &salt))
    }

    /// For the file with this salt.
    ///
    /// # Errors
    /// [`ErrorKind::WrongKey`] when it was made with another key.
    pub fn of_file(key: &DatabaseKey, salt: &[u8; LENGTH]) -> Result<Self> {
        // Compares in constant time.
        keyed(key, salt)?.verify_truncated_left(&salt[CHECK..]).map_err(|_| ErrorKind::WrongKey)?;
        Ok(Self::of(key, salt))
    }

    fn of(key: &DatabaseKey, salt: &[u8; LENGTH]) -> Self {
        let mut text = Box::new(Zeroizing::new([0; TEXT]));
        text[..2].copy_from_slice(b"x'");
        text[TEXT - 1] = b'\'';
        let bytes = key.as_bytes().iter().chain(salt);
        for (byte, digits) in bytes.zip(text[2..TEXT - 1].chunks_exact_mut(2)) {
            digits.copy_from_slice(&[hex(byte >> 4), hex(byte & 15)]);
        }
        Self(text)
    }

    /// Gives the key to a database of a connection that has read and written nothing of it yet.
    pub fn apply(&self, conn: &Connection, database: &CStr) -> Result<()> {
        // It is another SQLite that runs, and it would write plain text: an app may have brought its own along.
        let version = conn.query_row("PRAGMA cipher_version", [], |row| row.get::<_, String>(0));
        if version.unwrap_or_default().is_empty() {
            return Err(Error::internal("no-cipher"));
        }
        // Its own log goes to the error output, or to the device's log.
        conn.query_row("PRAGMA cipher_log_level = NONE", [], |_| Ok(()))?;
        conn.pragma_update(None, "temp_store", "MEMORY")?;
        // Not by a pragma: its text would stay in SQLite's memory.
        // Sound: the connection outlives the call, and SQLCipher copies the text within it.
        let code = unsafe {
            ffi::sqlite3_key_v2(conn.handle(), database.as_ptr(), self.0.as_ptr().cast(), TEXT as i32)
        };
        if code == ffi::SQLITE_OK { Ok(()) } else { Err(Error::internal("key")) }
    }
}

/// The computation over the mark and the part by chance.
fn keyed(key: &DatabaseKey, salt: &[u8; LENGTH]) -> Result<Hmac<Sha256>> {
    let mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key.as_bytes());
    let mut mac = mac.map_err(|_| Error::internal("hmac"))?;
    mac.update(PURPOSE);
    mac.update(&salt[..CHECK]);
    Ok(mac)
}

fn hex(digit: u8) -> u8 {
    if digit < 10 { b'0' + digit } else { b'a' + digit - 10 }
}
