//! The methods of an open file: from SQLite's pointers to a [`Handle`], and back to its codes.
//!
//! Safety of all of them: SQLite calls a method only with a file that `xOpen` has filled and `xClose` has not emptied, and never
//! two at a time with the same file; the buffers are as long as it says.

use super::super::calls::Handle;
use super::super::locks::{Level, Slots};
use super::super::state::Code;
use rusqlite::ffi::{self, sqlite3_file, sqlite3_int64, sqlite3_io_methods};
use std::ffi::{c_int, c_void};
use std::sync::atomic::{Ordering, fence};

/// What SQLite keeps for us of an open file.
#[repr(C)]
pub(super) struct Slot {
    base: sqlite3_file,
    handle: *mut Handle,
}

impl Slot {
    /// Fills the memory of a file; with `None` SQLite knows that there is nothing to be closed.
    ///
    /// # Safety
    /// `file`: memory for a `Slot`.
    pub unsafe fn put(file: *mut sqlite3_file, handle: Option<Handle>) {
        let methods: *const sqlite3_io_methods =
            if handle.is_some() { &raw const METHODS } else { std::ptr::null() };
        let handle = handle.map_or(std::ptr::null_mut(), |handle| Box::into_raw(Box::new(handle)));
        // SAFETY: as the caller vouches.
        unsafe { file.cast::<Slot>().write(Slot { base: sqlite3_file { pMethods: methods }, handle }) };
    }
}

/// # Safety
/// As at the top of this file.
unsafe fn handle<'a>(file: *mut sqlite3_file) -> &'a mut Handle {
    // SAFETY: `Slot::put` has filled it with a handle, or SQLite would not know these methods; nobody else uses it now.
    unsafe { &mut *(*file.cast::<Slot>()).handle }
}

fn code(done: Result<(), Code>) -> c_int {
    done.map_or_else(|code| code, |()| ffi::SQLITE_OK)
}

/// SQLite's offsets and lengths are not negative.
fn unsigned(number: sqlite3_int64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

fn level(number: c_int) -> Level {
    match number {
        ffi::SQLITE_LOCK_NONE => Level::None,
        ffi::SQLITE_LOCK_SHARED => Level::Shared,
        ffi::SQLITE_LOCK_RESERVED => Level::Reserved,
        ffi::SQLITE_LOCK_PENDING => Level::Pending,
        _ => Level::Exclusive,
    }
}

static METHODS: sqlite3_io_methods = sqlite3_io_methods {
    // Without memory maps, which version 3 adds: what is written through one could not be torn.
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};

unsafe extern "C" fn close(file: *mut sqlite3_file) -> c_int {
    // SAFETY: a filled slot, whose handle `Slot::put` has boxed; SQLite does not use it any more.
    drop(unsafe { Box::from_raw((*file.cast::<Slot>()).handle) });
    ffi::SQLITE_OK
}

unsafe extern "C" fn read(
    file: *mut sqlite3_file,
    to: *mut c_void,
    length: c_int,
    at: sqlite3_int64,
) -> c_int {
    // SAFETY: a filled slot.
    let handle = unsafe { handle(file) };
    // SAFETY: a buffer of this length. SQLite may not have written to it yet, but it is memory that it owns: any bytes will do.
    let bytes = unsafe { std::slice::from_raw_parts_mut(to.cast::<u8>(), length as usize) };
    match handle.read(unsigned(at), bytes) {
        Ok(count) if count == bytes.len() => ffi::SQLITE_OK,
        Ok(count) => {
            // SQLite counts on it: what is not there reads as zeros.
            bytes[count..].fill(0);
            ffi::SQLITE_IOERR_SHORT_READ
        }
        Err(code) => code,
    }
}

unsafe extern "C" fn write(
    file: *mut sqlite3_file,
    from: *const c_void,
    length: c_int,
    at: sqlite3_int64,
) -> c_int {
    // SAFETY: a buffer of this length.
    let bytes = unsafe { std::slice::from_raw_parts(from.cast::<u8>(), length as usize) };
    // SAFETY: a filled slot.
    code(unsafe { handle(file) }.write(unsigned(at), bytes))
}

unsafe extern "C" fn truncate(file: *mut sqlite3_file, size: sqlite3_int64) -> c_int {
    // SAFETY: a filled slot.
    code(unsafe { handle(file) }.resize(unsigned(size)))
}

unsafe extern "C" fn sync(file: *mut sqlite3_file, _: c_int) -> c_int {
    // SAFETY: a filled slot.
    code(unsafe { handle(file) }.sync())
}

unsafe extern "C" fn file_size(file: *mut sqlite3_file, answer: *mut sqlite3_int64) -> c_int {
    // SAFETY: a filled slot.
    code(unsafe { handle(file) }.size().map(|size| {
        // SAFETY: a place for the answer.
        unsafe { *answer = sqlite3_int64::try_from(size).unwrap_or(sqlite3_int64::MAX) };
    }))
}

unsafe extern "C" fn lock(file: *mut sqlite3_file, wanted: c_int) -> c_int {
    // SAFETY: a filled slot.
    code(unsafe { handle(file) }.lock(level(wanted)))
}

unsafe extern "C" fn unlock(file: *mut sqlite3_file, to: c_int) -> c_int {
    // SAFETY: a filled slot.
    code(unsafe { handle(file) }.unlock(level(to)))
}

unsafe extern "C" fn check_reserved_lock(file: *mut sqlite3_file, answer: *mut c_int) -> c_int {
    // SAFETY: a filled slot.
    code(unsafe { handle(file) }.is_reserved().map(|reserved| {
        // SAFETY: a place for the answer.
        unsafe { *answer = c_int::from(reserved) };
    }))
}

unsafe extern "C" fn file_control(file: *mut sqlite3_file, control: c_int, argument: *mut c_void) -> c_int {
    // SAFETY: a filled slot.
    let handle = unsafe { handle(file) };
    let number: *mut c_int = argument.cast();
    match control {
        // SAFETY: these four hand in the place of a number.
        ffi::SQLITE_FCNTL_LOCKSTATE => unsafe { *number = handle.level() as c_int },
        ffi::SQLITE_FCNTL_HAS_MOVED => unsafe { *number = c_int::from(handle.has_moved()) },
        ffi::SQLITE_FCNTL_PERSIST_WAL => unsafe { set_or_tell(&mut *number, &mut handle.keeps_log) },
        ffi::SQLITE_FCNTL_POWERSAFE_OVERWRITE => unsafe {
            set_or_tell(&mut *number, &mut handle.safe_overwrite);
        },
        // The size that the file is about to get, for disks that like to know.
        ffi::SQLITE_FCNTL_SIZE_HINT => {}
        _ => return ffi::SQLITE_NOTFOUND,
    }
    ffi::SQLITE_OK
}

/// A negative number asks.
fn set_or_tell(number: &mut c_int, setting: &mut bool) {
    if *number < 0 {
        *number = c_int::from(*setting);
    } else {
        *setting = *number != 0;
    }
}

/// As the system's VFS says of a disk of which it knows nothing.
unsafe extern "C" fn sector_size(_: *mut sqlite3_file) -> c_int {
    4096
}

unsafe extern "C" fn characteristics(file: *mut sqlite3_file) -> c_int {
    // SAFETY: a filled slot.
    if unsafe { handle(file) }.safe_overwrite { ffi::SQLITE_IOCAP_POWERSAFE_OVERWRITE } else { 0 }
}

unsafe extern "C" fn shm_map(
    file: *mut sqlite3_file,
    part: c_int,
    bytes: c_int,
    make: c_int,
    answer: *mut *mut c_void,
) -> c_int {
    // SAFETY: a filled slot.
    let region = unsafe { handle(file) }.region(part as usize, bytes as usize, make != 0);
    code(region.map(|region| {
        // SAFETY: a place for the answer. The memory lives until `shm_unmap` or `close`, as the handle keeps it.
        unsafe { *answer = region.unwrap_or(std::ptr::null_mut()) };
    }))
}

unsafe extern "C" fn shm_lock(file: *mut sqlite3_file, first: c_int, count: c_int, flags: c_int) -> c_int {
    // SAFETY: a filled slot.
    let handle = unsafe { handle(file) };
    // Eight slots: `first + count` is at most 8.
    let slots = ((1_u32 << (first + count)) - (1 << first)) as Slots;
    code(match flags & ffi::SQLITE_SHM_LOCK {
        0 => handle.unlock_slots(slots),
        _ => handle.lock_slots(slots, flags & ffi::SQLITE_SHM_EXCLUSIVE != 0),
    })
}

/// All that this thread wrote to the index is seen by whoever reads it after this.
unsafe extern "C" fn shm_barrier(_: *mut sqlite3_file) {
    fence(Ordering::SeqCst);
}

/// Whether the index shall be deleted does not matter: without users it goes anyway.
unsafe extern "C" fn shm_unmap(file: *mut sqlite3_file, _: c_int) -> c_int {
    // SAFETY: a filled slot.
    unsafe { handle(file) }.unmap();
    ffi::SQLITE_OK
}
