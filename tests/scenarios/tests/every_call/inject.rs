//! Lets system calls of a followed process fail: the n-th of a kind on a file of its data folder, once or from then on.
//! The kernel is told to skip the call, and what it says of that is replaced.

use nix::errno::Errno;
use nix::libc;
use nix::sys::ptrace;
use nix::unistd::Pid;
use std::collections::BTreeSet;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

/// What fails, and how.
#[derive(Clone)]
pub struct Fault {
    pub calls: &'static [i64],
    pub errno: Errno,
    /// From 1; 0: none, they are only counted.
    pub nth: usize,
    /// All that follow fail, too.
    pub stays: bool,
    /// Only what concerns files in here.
    pub folder: PathBuf,
}

pub struct Injector {
    fault: Fault,
    seen: usize,
    /// Threads whose call was skipped.
    skipped: BTreeSet<i32>,
}

impl Injector {
    pub fn new(fault: Fault) -> Self {
        Self { fault, seen: 0, skipped: BTreeSet::new() }
    }

    pub fn seen(&self) -> usize {
        self.seen
    }

    /// A thread stands before or after a call.
    pub fn look(&mut self, pid: Pid) -> nix::Result<()> {
        let looked = ptrace::syscall_info(pid).and_then(|info| match info.op {
            libc::PTRACE_SYSCALL_INFO_ENTRY => {
                // Sound: `op` says which member the kernel has filled.
                let entry = unsafe { info.u.entry };
                self.before(pid, i64::try_from(entry.nr).unwrap_or(-1), entry.args)
            }
            libc::PTRACE_SYSCALL_INFO_EXIT if self.skipped.remove(&pid.as_raw()) => {
                set_result(pid, -i64::from(self.fault.errno as i32))
            }
            _ => Ok(()),
        });
        // The process ends while one of its threads is looked at.
        if looked == Err(Errno::ESRCH) { Ok(()) } else { looked }
    }

    fn before(&mut self, pid: Pid, number: i64, args: [u64; 6]) -> nix::Result<()> {
        if !self.fault.calls.contains(&number) || !self.concerns_the_folder(pid, number, args) {
            return Ok(());
        }
        self.seen += 1;
        let fails = if self.fault.stays { self.seen >= self.fault.nth } else { self.seen == self.fault.nth };
        if self.fault.nth == 0 || !fails {
            return Ok(());
        }
        skip(pid)?;
        self.skipped.insert(pid.as_raw());
        Ok(())
    }

    fn concerns_the_folder(&self, pid: Pid, number: i64, args: [u64; 6]) -> bool {
        let path = match number {
            libc::SYS_openat | libc::SYS_unlinkat | libc::SYS_mkdirat | libc::SYS_renameat2 => {
                text_at(pid, args[1])
            }
            libc::SYS_mmap => file_of(pid, args[4]),
            #[cfg(target_arch = "x86_64")]
            libc::SYS_unlink | libc::SYS_mkdir | libc::SYS_rename | libc::SYS_open => text_at(pid, args[0]),
            _ => file_of(pid, args[0]),
        };
        path.is_some_and(|path| path.starts_with(&self.fault.folder))
    }
}

fn file_of(pid: Pid, descriptor: u64) -> Option<PathBuf> {
    std::fs::read_link(format!("/proc/{pid}/fd/{}", i32::try_from(descriptor).ok()?)).ok()
}

fn text_at(pid: Pid, address: u64) -> Option<PathBuf> {
    let memory = std::fs::File::open(format!("/proc/{pid}/mem")).ok()?;
    let mut bytes = [0; 512];
    let read = memory.read_at(&mut bytes, address).ok()?;
    let text = bytes[..read].split(|byte| *byte == 0).next()?;
    Some(PathBuf::from(std::str::from_utf8(text).ok()?))
}

/// Whether this machine's calls can be made to fail.
pub const CAN: bool = cfg!(target_arch = "x86_64");

#[cfg(target_arch = "x86_64")]
fn skip(pid: Pid) -> nix::Result<()> {
    let mut registers = ptrace::getregs(pid)?;
    registers.orig_rax = u64::MAX;
    ptrace::setregs(pid, registers)
}

#[cfg(target_arch = "x86_64")]
fn set_result(pid: Pid, result: i64) -> nix::Result<()> {
    let mut registers = ptrace::getregs(pid)?;
    registers.rax = result.cast_unsigned();
    ptrace::setregs(pid, registers)
}

#[cfg(not(target_arch = "x86_64"))]
fn skip(_: Pid) -> nix::Result<()> {
    Err(Errno::ENOSYS)
}

#[cfg(not(target_arch = "x86_64"))]
fn set_result(_: Pid, _: i64) -> nix::Result<()> {
    Err(Errno::ENOSYS)
}
