//! A database whose transactions can be counted: each writes its number and a few rows, and whoever reads it sees which are whole.

use foodlens_simulation::disk::Machine;
use rusqlite::{Connection, params};
use std::path::PathBuf;
use tempfile::TempDir;

/// How a database is opened.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    pub journal: &'static str,
    pub synchronous: &'static str,
}

pub const SAFE: Settings = Settings { journal: "WAL", synchronous: "FULL" };

/// A machine with one database, on a RAM disk where there is one.
pub struct Ledger {
    pub machine: Machine,
    settings: Settings,
    folder: TempDir,
}

impl Ledger {
    pub fn new(settings: Settings) -> Self {
        let folder = tempfile::tempdir_in(ram_disk()).unwrap();
        Self { machine: Machine::new(folder.path()).unwrap(), settings, folder }
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().join("ledger.db")
    }

    pub fn open(&self) -> rusqlite::Result<Book> {
        let conn = Connection::open(self.path())?;
        conn.pragma_update_and_check(None, "journal_mode", self.settings.journal, |_| Ok(()))?;
        conn.pragma_update(None, "synchronous", self.settings.synchronous)?;
        // Small, so that the log comes into the file and begins anew all the time.
        conn.pragma_update(None, "wal_autocheckpoint", 12)?;
        conn.pragma_update(None, "cache_size", 8)?;
        conn.execute_batch(
            "CREATE TABLE IF NOT EXISTS entries (number INTEGER, part INTEGER, content BLOB)",
        )?;
        Ok(Book(conn))
    }
}

pub struct Book(pub Connection);

impl Book {
    /// One transaction: some entries of this number, and what is old goes.
    pub fn add(&mut self, number: i64, draw: &mut dyn FnMut() -> u64) -> rusqlite::Result<()> {
        let tx = self.0.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        for part in 0..parts(number) {
            let content = vec![number as u8; (draw() % 3000) as usize];
            tx.execute("INSERT INTO entries VALUES (?1, ?2, ?3)", params![number, part, content])?;
        }
        tx.execute("DELETE FROM entries WHERE number < ?1", [number - 20])?;
        tx.commit()
    }

    /// The highest number; fails the test when the database is damaged or a transaction is half there.
    pub fn audited(&self) -> i64 {
        self.audit().unwrap()
    }

    /// The same, or what is wrong.
    pub fn audit(&self) -> Result<i64, String> {
        let failed = |error: rusqlite::Error| error.to_string();
        let sound: String =
            self.0.query_row("PRAGMA integrity_check", [], |row| row.get(0)).map_err(failed)?;
        if sound != "ok" {
            return Err(sound);
        }
        let sql = "SELECT number, count(*), count(DISTINCT part), min(part), max(part) FROM entries GROUP BY number";
        let mut query = self.0.prepare(sql).map_err(failed)?;
        let entries = query.query_map([], |row| {
            Ok((row.get(0)?, [row.get(1)?, row.get(2)?, row.get(3)?, row.get::<_, i64>(4)?]))
        });
        let mut numbers = Vec::new();
        for entry in entries.map_err(failed)? {
            let (number, found) = entry.map_err(failed)?;
            if found != [parts(number), parts(number), 0, parts(number) - 1] {
                return Err(format!("transaction {number} is half there"));
            }
            numbers.push(number);
        }
        let last = numbers.last().copied().unwrap_or(0);
        let whole = if last == 0 { Vec::new() } else { ((last - 20).max(1)..=last).collect() };
        if numbers == whole { Ok(last) } else { Err(format!("one in the middle is missing: {numbers:?}")) }
    }
}

fn parts(number: i64) -> i64 {
    number % 5 + 1
}

pub fn ram_disk() -> PathBuf {
    let shm = PathBuf::from("/dev/shm");
    if shm.is_dir() { shm } else { std::env::temp_dir() }
}

/// The same numbers for the same seed.
pub fn chance(seed: u64) -> impl FnMut() -> u64 {
    let mut state = seed;
    move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}
