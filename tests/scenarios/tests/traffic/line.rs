//! A line to the real backend that passes everything on and counts it.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;

/// What has passed: heads and bodies as they are on the wire, without TLS and TCP.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Passed {
    pub connections: u64,
    pub up: u64,
    pub down: u64,
}

/// The line. Dropped, it closes its port; its connections end with those of the phone.
pub struct Line {
    addr: SocketAddr,
    counted: Arc<Counted>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Counted {
    connections: AtomicU64,
    up: AtomicU64,
    down: AtomicU64,
    ended: AtomicBool,
}

impl Line {
    pub fn to(backend: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let addr = listener.local_addr().unwrap();
        let counted = Arc::new(Counted::default());
        let shared = Arc::clone(&counted);
        let thread = std::thread::spawn(move || {
            for phone in listener.incoming() {
                if shared.ended.load(Ordering::SeqCst) {
                    return;
                }
                shared.connections.fetch_add(1, Ordering::SeqCst);
                pass(phone.unwrap(), TcpStream::connect(backend).unwrap(), &shared);
            }
        });
        Self { addr, counted, thread: Some(thread) }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// What has passed since the last look.
    pub fn passed(&self) -> Passed {
        let taken = |counter: &AtomicU64| counter.swap(0, Ordering::SeqCst);
        let Counted { connections, up, down, .. } = &*self.counted;
        Passed { connections: taken(connections), up: taken(up), down: taken(down) }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.counted.ended.store(true, Ordering::SeqCst);
        // Wakes the thread out of `accept`.
        let _ = TcpStream::connect(self.addr);
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

fn pass(phone: TcpStream, backend: TcpStream, counted: &Arc<Counted>) {
    for (from, to, up) in
        [(phone.try_clone().unwrap(), backend.try_clone().unwrap(), true), (backend, phone, false)]
    {
        to.set_nodelay(true).unwrap();
        let counted = Arc::clone(counted);
        std::thread::spawn(move || {
            // An error means that one side is gone, and so is the connection.
            let _ = copy(from, to, if up { &counted.up } else { &counted.down });
        });
    }
}

fn copy(mut from: TcpStream, mut to: TcpStream, counter: &AtomicU64) -> io::Result<()> {
    let mut buffer = [0; 16 * 1024];
    loop {
        let count = from.read(&mut buffer)?;
        if count == 0 {
            return to.shutdown(Shutdown::Write);
        }
        // Before it goes on: who has got it has been counted.
        counter.fetch_add(count as u64, Ordering::SeqCst);
        to.write_all(&buffer[..count])?;
    }
}
