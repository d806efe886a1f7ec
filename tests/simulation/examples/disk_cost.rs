//! What the simulated disk costs beside the system's own VFS: the same small durable transactions on the same RAM disk.
//!
//! `cargo run --release -p foodlens-simulation --example disk_cost`

use foodlens_simulation::disk::Machine;
use rusqlite::{Connection, params};
use std::path::Path;
use std::time::{Duration, Instant};

const WRITES: u32 = 20_000;
const CRASHES: u32 = 2_000;

type Done<T = ()> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Done {
    let home = if Path::new("/dev/shm").is_dir() { "/dev/shm".into() } else { std::env::temp_dir() };
    let mut best = [Duration::MAX; 2];
    // In turn, the best of each: the machine may have other work.
    for _ in 0..5 {
        let plain = tempfile::tempdir_in(&home)?;
        best[0] = best[0].min(write(plain.path())?);
        let simulated = tempfile::tempdir_in(&home)?;
        let _machine = Machine::new(simulated.path())?;
        best[1] = best[1].min(write(simulated.path())?);
    }
    for (name, time) in ["the system's VFS", "this disk"].iter().zip(best) {
        println!("{name}: {:.1} µs a transaction", time.as_secs_f64() * 1e6 / f64::from(WRITES));
    }
    println!("a crash, with opening anew: {:.1} µs", crash(&home)?.as_secs_f64() * 1e6 / f64::from(CRASHES));
    Ok(())
}

fn open(folder: &Path) -> Done<Connection> {
    let conn = Connection::open(folder.join("a.db"))?;
    conn.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    conn.pragma_update(None, "synchronous", "FULL")?;
    // So that what an open reads of the log is about the same every time.
    conn.pragma_update(None, "wal_autocheckpoint", 20)?;
    conn.execute_batch("CREATE TABLE IF NOT EXISTS entries (id INTEGER PRIMARY KEY, content TEXT)")?;
    Ok(conn)
}

fn write(folder: &Path) -> Done<Duration> {
    let conn = open(folder)?;
    let content = "x".repeat(400);
    let start = Instant::now();
    for id in 0..WRITES {
        conn.prepare_cached("INSERT INTO entries VALUES (?1, ?2)")?.execute(params![id, content])?;
    }
    Ok(start.elapsed())
}

fn crash(home: &Path) -> Done<Duration> {
    let folder = tempfile::tempdir_in(home)?;
    let machine = Machine::new(folder.path())?;
    let mut state = 1_u64;
    let mut draw = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        state >> 33
    };
    let start = Instant::now();
    for _ in 0..CRASHES {
        let conn = open(folder.path())?;
        conn.execute_batch("PRAGMA synchronous = NORMAL")?;
        // One may bring the log into the file, the next one begins it anew; else every open would read a longer one.
        for _ in 0..3 {
            conn.execute("INSERT INTO entries (content) VALUES ('a')", [])?;
        }
        machine.crash(&mut draw)?;
        drop(conn);
        machine.restart()?;
    }
    Ok(start.elapsed())
}
