//! The first bytes of a file say what it is: SQLite's own, or a mark with what tells the right key from a wrong one.
//!
//! SQLCipher leaves 16 bytes of a file readable, for a salt that is ours to choose: the mark, six bytes by chance, and six
//! that only who has the key can compute of these.

use crate::error::{Error, ErrorKind, Result};
use rusqlite::{Connection, ffi};
use std::ptr::null_mut;

/// Length of the head, and of SQLCipher's salt.
pub(super) const LENGTH: usize = 16;
/// SQLite's own head.
const PLAIN: &[u8; LENGTH] = b"SQLite format 3\0";
/// Which form of encryption: another one would have another number.
pub(super) const MARK: &[u8; 4] = b"FLE1";

/// What a file begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Head {
    /// The file is new.
    Empty,
    Plain,
    Encrypted([u8; LENGTH]),
    /// No database.
    Foreign,
}

/// The head of the file that this connection has open. Nothing else of the file is read, and nothing is locked.
pub(super) fn read(conn: &Connection) -> Result<Head> {
    let mut file: *mut ffi::sqlite3_file = null_mut();
    let (mut size, mut head) = (0, [0_u8; LENGTH]);
    // By SQLite's own handle: to close another one of ours would free all locks that this process has on the file.
    // Sound: the connection outlives this call, its file and methods are SQLite's own, and `head` has the length said.
    let codes = unsafe {
        let main = c"main".as_ptr();
        let wanted = ffi::SQLITE_FCNTL_FILE_POINTER;
        let code = ffi::sqlite3_file_control(conn.handle(), main, wanted, (&raw mut file).cast());
        let methods =
            if code == ffi::SQLITE_OK && !file.is_null() { (*file).pMethods.as_ref() } else { None };
        let Some((read, size_of)) = methods.and_then(|methods| Some((methods.xRead?, methods.xFileSize?)))
        else {
            return Err(Error::internal("file"));
        };
        [size_of(file, &raw mut size), read(file, head.as_mut_ptr().cast(), LENGTH as i32, 0)]
    };
    match codes {
        [ffi::SQLITE_OK, ffi::SQLITE_OK | ffi::SQLITE_IOERR_SHORT_READ] => Ok(kind(size, head)),
        [ffi::SQLITE_OK, code] | [code, _] => Err(ErrorKind::StorageUnavailable { code }.into()),
    }
}

fn kind(size: i64, head: [u8; LENGTH]) -> Head {
    if size == 0 {
        Head::Empty
    } else if size < LENGTH as i64 {
        Head::Foreign
    } else if &head == PLAIN {
        Head::Plain
    } else if head.starts_with(MARK) {
        Head::Encrypted(head)
    } else {
        Head::Foreign
    }
}
