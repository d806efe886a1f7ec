//! Follows a process from system call to system call: kills it before its n-th that leaves a trace outside of it (in a
//! file, a lock or a socket), or lets the n-th of a kind fail.

use super::inject::{Fault, Injector};
use nix::errno::Errno;
use nix::libc;
use nix::sys::ptrace::{self, Options};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{ChildStdin, ChildStdout, Command, Stdio};

/// How a process ended, and what it had printed.
pub struct Ended {
    /// The call before which it was killed; `None`: there were fewer, and it went to its end.
    pub killed_before: Option<&'static str>,
    pub printed: Vec<String>,
    /// How many calls of the fault's kind it made.
    pub of_its_kind: usize,
}

/// What is done to a process.
enum Plan {
    /// Before this call; `locks`: taking and freeing one counts, too.
    Kill {
        n: usize,
        locks: bool,
    },
    Fail(Injector),
}

/// Starts a process that prints `ready` and waits for a line, and lets it go on as far as its n-th call (from 1).
pub fn kill_before_call(n: usize, command: &mut Command) -> nix::Result<Ended> {
    go(Plan::Kill { n, locks: true }, command)
}

/// The same, where only calls count that may change something.
pub fn kill_before_change(n: usize, command: &mut Command) -> nix::Result<Ended> {
    go(Plan::Kill { n, locks: false }, command)
}

/// The same, and lets it go on to its end, whatever fails.
pub fn with_fault(fault: Fault, command: &mut Command) -> nix::Result<Ended> {
    go(Plan::Fail(Injector::new(fault)), command)
}

fn go(mut plan: Plan, command: &mut Command) -> nix::Result<Ended> {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    assert_eq!(line, "ready\n");
    let leader = Pid::from_raw(i32::try_from(child.id()).unwrap());
    let killed_before = match follow(leader, child.stdin.take().unwrap(), &mut plan) {
        Ok(killed_before) => killed_before,
        Err(error) => {
            let _ = child.kill();
            let _ = child.wait();
            return Err(error);
        }
    };
    let of_its_kind = if let Plan::Fail(injector) = &plan { injector.seen() } else { 0 };
    Ok(Ended { killed_before, printed: rest(output), of_its_kind })
}

fn rest(mut output: BufReader<ChildStdout>) -> Vec<String> {
    let mut text = String::new();
    output.read_to_string(&mut text).unwrap();
    // A line that was cut off says nothing.
    text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n')).map(str::to_owned).collect()
}

fn follow(leader: Pid, go: ChildStdin, plan: &mut Plan) -> nix::Result<Option<&'static str>> {
    // TRACECLONE: a request has a thread of its own. EXITKILL: nothing is left over when the test ends early.
    let options = Options::PTRACE_O_TRACESYSGOOD | Options::PTRACE_O_TRACECLONE | Options::PTRACE_O_EXITKILL;
    ptrace::seize(leader, options)?;
    ptrace::interrupt(leader)?;
    // Threads are waited for, too; other tests' children are not.
    let flags = WaitPidFlag::__WALL | WaitPidFlag::__WNOTHREAD;
    let (mut calls, mut killed_before, mut go) = (0, None, Some(go));
    loop {
        let status = waitpid(None, Some(flags))?;
        let (stopped, signal) = match status {
            WaitStatus::Exited(pid, code) if pid == leader => {
                assert_eq!((code, killed_before), (0, None), "it fails by itself");
                return Ok(None);
            }
            WaitStatus::Signaled(pid, signal, _) if pid == leader => {
                assert_eq!(signal, Signal::SIGKILL);
                return Ok(killed_before);
            }
            WaitStatus::PtraceSyscall(pid) => {
                match plan {
                    Plan::Fail(injector) => injector.look(pid)?,
                    Plan::Kill { n, locks } => {
                        if killed_before.is_none()
                            && let Some(name) = entered(pid)?
                            && (*locks || name != "fcntl")
                        {
                            calls += 1;
                            if calls == *n {
                                killed_before = Some(name);
                                kill(leader, Signal::SIGKILL)?;
                            }
                        }
                    }
                }
                (pid, None)
            }
            WaitStatus::PtraceEvent(pid, _, _) => (pid, None),
            WaitStatus::Stopped(pid, signal) => (pid, Some(signal)),
            _ => continue,
        };
        if killed_before.is_some() {
            continue;
        }
        match ptrace::syscall(stopped, signal) {
            Ok(()) | Err(Errno::ESRCH) => {}
            Err(error) => return Err(error),
        }
        if let Some(mut go) = go.take() {
            go.write_all(b"\n").unwrap();
        }
    }
}

/// The call that a thread is about to make, if it is one that matters.
fn entered(pid: Pid) -> nix::Result<Option<&'static str>> {
    let info = match ptrace::syscall_info(pid) {
        Ok(info) => info,
        // The process ends while one of its threads is looked at.
        Err(Errno::ESRCH) => return Ok(None),
        Err(error) => return Err(error),
    };
    if info.op != libc::PTRACE_SYSCALL_INFO_ENTRY {
        return Ok(None);
    }
    // Sound: `op` says which member the kernel has filled.
    let entry = unsafe { info.u.entry };
    let named = CALLS.iter().find(|(number, _)| i64::try_from(entry.nr) == Ok(*number));
    let counts = match i64::try_from(entry.nr) {
        Ok(libc::SYS_fcntl) => LOCKING.contains(&entry.args[1]),
        Ok(libc::SYS_openat) => entry.args[2] & CREATING != 0,
        _ => true,
    };
    Ok(named.filter(|_| counts).map(|(_, name)| *name))
}

const LOCKING: [u64; 4] =
    [libc::F_SETLK as u64, libc::F_SETLKW as u64, libc::F_OFD_SETLK as u64, libc::F_OFD_SETLKW as u64];
const CREATING: u64 = libc::O_CREAT as u64;

/// What leaves a trace. Newer machines know the last ones only in their forms with a folder.
#[rustfmt::skip]
const CALLS: &[(i64, &str)] = &[
    (libc::SYS_write, "write"), (libc::SYS_pwrite64, "pwrite64"), (libc::SYS_writev, "writev"),
    (libc::SYS_pwritev, "pwritev"), (libc::SYS_fsync, "fsync"), (libc::SYS_fdatasync, "fdatasync"),
    (libc::SYS_ftruncate, "ftruncate"), (libc::SYS_fallocate, "fallocate"), (libc::SYS_unlinkat, "unlinkat"),
    (libc::SYS_renameat2, "renameat2"), (libc::SYS_mkdirat, "mkdirat"), (libc::SYS_openat, "openat"),
    (libc::SYS_fcntl, "fcntl"), (libc::SYS_flock, "flock"), (libc::SYS_fchmod, "fchmod"),
    (libc::SYS_fchown, "fchown"), (libc::SYS_socket, "socket"), (libc::SYS_connect, "connect"),
    (libc::SYS_shutdown, "shutdown"), (libc::SYS_sendto, "sendto"), (libc::SYS_sendmsg, "sendmsg"),
    (libc::SYS_recvfrom, "recvfrom"), (libc::SYS_recvmsg, "recvmsg"),
    #[cfg(target_arch = "x86_64")] (libc::SYS_unlink, "unlink"),
    #[cfg(target_arch = "x86_64")] (libc::SYS_rename, "rename"),
    #[cfg(target_arch = "x86_64")] (libc::SYS_mkdir, "mkdir"),
    #[cfg(target_arch = "x86_64")] (libc::SYS_rmdir, "rmdir"),
];
