//! The VFS as SQLite sees it: which files it takes over, and what it leaves to the system's own. One of the two files with unsafe
//! code; the other is `methods.rs`.

mod methods;

use super::calls::{self, Handle};
use super::registry;
use super::state::Code;
use methods::Slot;
use rusqlite::ffi::{self, sqlite3_file, sqlite3_vfs};
use std::cell::Cell;
use std::ffi::{CStr, OsStr, c_char, c_int};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::OnceLock;

const NAME: &CStr = c"foodlens-disk";

/// The system's own VFS, and ours; SQLite keeps both for as long as the process lives.
struct Installed {
    system: *mut sqlite3_vfs,
}

// SAFETY: SQLite itself calls a registered VFS from any thread, and nobody writes to it once it is registered.
unsafe impl Send for Installed {}
// SAFETY: as above.
unsafe impl Sync for Installed {}

static INSTALLED: OnceLock<Result<Installed, Code>> = OnceLock::new();

/// Makes this the VFS that a connection gets when it names none.
pub(super) fn install() -> Result<(), Code> {
    INSTALLED.get_or_init(register).as_ref().map(|_| ()).map_err(|code| *code)
}

fn register() -> Result<Installed, Code> {
    // Without counts of its memory, for which every allocation would take a lock. An error: somebody has used SQLite already.
    // SAFETY: this setting takes one number; nobody else sets anything.
    let _ = unsafe { ffi::sqlite3_config(ffi::SQLITE_CONFIG_MEMSTATUS, 0 as c_int) };
    // SAFETY: asks for the default VFS and initialises SQLite along; the answer is null or lives as long as the process.
    let system = unsafe { ffi::sqlite3_vfs_find(std::ptr::null()) };
    if system.is_null() {
        return Err(ffi::SQLITE_ERROR);
    }
    // SAFETY: not null, so a whole VFS. What is not replaced works on the copy, too: those functions read no more of it than the
    // fields copied here.
    let mut ours = unsafe { *system };
    ours.pNext = std::ptr::null_mut();
    ours.zName = NAME.as_ptr();
    ours.szOsFile = ours.szOsFile.max(size_of::<Slot>() as c_int);
    ours.xOpen = Some(open);
    ours.xDelete = Some(delete);
    ours.xAccess = Some(access);
    ours.xSleep = Some(wait);
    // SAFETY: the VFS is leaked, so it stays where it is for as long as SQLite has it.
    match unsafe { ffi::sqlite3_vfs_register(Box::leak(Box::new(ours)), 1) } {
        ffi::SQLITE_OK => Ok(Installed { system }),
        code => Err(code),
    }
}

/// The system's VFS. Asked for by our functions alone, which SQLite has from [`register`].
fn system() -> Option<&'static sqlite3_vfs> {
    let installed = INSTALLED.get()?.as_ref().ok()?;
    // SAFETY: found in `register`, not null, alive as long as the process.
    Some(unsafe { &*installed.system })
}

/// # Safety
/// `name`: null, or a text that ends.
unsafe fn path<'a>(name: *const c_char) -> Option<&'a Path> {
    // SAFETY: not null, and the caller vouches for the rest.
    (!name.is_null()).then(|| Path::new(OsStr::from_bytes(unsafe { CStr::from_ptr(name) }.to_bytes())))
}

unsafe extern "C" fn open(
    _: *mut sqlite3_vfs,
    name: *const c_char,
    file: *mut sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    // SAFETY: SQLite hands in null or a text that lives longer than the file.
    let path = unsafe { path(name) };
    let Some((path, machine)) = path.and_then(|path| Some((path, registry::of(path)?))) else {
        let Some((system, open)) = system().and_then(|system| Some((system, system.xOpen?))) else {
            return ffi::SQLITE_CANTOPEN;
        };
        // SAFETY: the arguments as they came. The memory of the file is at least as large as the system's VFS wants; from here
        // on the file is the system's alone.
        return unsafe { open(std::ptr::from_ref(system).cast_mut(), name, file, flags, out_flags) };
    };
    let opened = Handle::open(machine, path, flags);
    let code = opened.as_ref().map_or_else(|code| *code, |_| ffi::SQLITE_OK);
    let writable = opened.as_ref().is_ok_and(Handle::is_writable);
    // SAFETY: SQLite gives `szOsFile` bytes, aligned for any of its files, which are not read before they are written here.
    unsafe { Slot::put(file, opened.ok()) };
    if !out_flags.is_null() {
        let access = if writable { ffi::SQLITE_OPEN_READWRITE } else { ffi::SQLITE_OPEN_READONLY };
        let others = flags & !(ffi::SQLITE_OPEN_READWRITE | ffi::SQLITE_OPEN_READONLY);
        // SAFETY: not null, so a place for the flags.
        unsafe { *out_flags = others | access };
    }
    code
}

unsafe extern "C" fn delete(_: *mut sqlite3_vfs, name: *const c_char, sync_folder: c_int) -> c_int {
    // SAFETY: SQLite hands in a text.
    match unsafe { path(name) }.and_then(|path| Some((path, registry::of(path)?))) {
        Some((path, machine)) => calls::remove(&machine, path).map_or_else(|code| code, |()| ffi::SQLITE_OK),
        None => match system().and_then(|system| Some((system, system.xDelete?))) {
            // SAFETY: the arguments as they came.
            Some((system, delete)) => unsafe {
                delete(std::ptr::from_ref(system).cast_mut(), name, sync_folder)
            },
            None => ffi::SQLITE_IOERR_DELETE,
        },
    }
}

/// Where a machine is down, nobody finds anything; else as the system says.
unsafe extern "C" fn access(
    _: *mut sqlite3_vfs,
    name: *const c_char,
    flags: c_int,
    answer: *mut c_int,
) -> c_int {
    // SAFETY: SQLite hands in a text.
    let machine = unsafe { path(name) }.and_then(registry::of);
    let up = machine.is_none_or(|machine| machine.lock().is_on());
    match system().and_then(|system| Some((system, system.xAccess?))) {
        // SAFETY: the arguments as they came.
        Some((system, access)) if up => unsafe {
            access(std::ptr::from_ref(system).cast_mut(), name, flags, answer)
        },
        _ => ffi::SQLITE_IOERR_ACCESS,
    }
}

thread_local! {
    static WAITS: Cell<bool> = const { Cell::new(true) };
}

/// Runs `body` on this thread without ever waiting for a lock in SQLite: what would wait asks again at once, as often as it would
/// have, and then says that the file is busy. For a world of one thread, where waiting brings nothing.
pub fn without_waiting<T>(body: impl FnOnce() -> T) -> T {
    // Before the world's first connection, whoever opens it: SQLite's settings come first. Who needs the disk sees the error.
    let _ = install();
    struct Back(bool);
    impl Drop for Back {
        fn drop(&mut self) {
            WAITS.set(self.0);
        }
    }
    let _back = Back(WAITS.replace(false));
    body()
}

unsafe extern "C" fn wait(_: *mut sqlite3_vfs, microseconds: c_int) -> c_int {
    match system().and_then(|system| Some((system, system.xSleep?))) {
        // SAFETY: the arguments as they came.
        Some((system, wait)) if WAITS.get() => unsafe {
            wait(std::ptr::from_ref(system).cast_mut(), microseconds)
        },
        _ => microseconds,
    }
}
