//! On real files: the salt is ours, keys are told apart, a rewritten file holds the same, and nobody is left in the old one.

#![cfg(feature = "encryption")]

use super::head::{self, Head};
use super::secret::{FileKey, Secret};
use super::*;
use crate::db::migrate::tests::statement;
use crate::db::{Account, Database, Entry, Observers, Place, open as opening};
use crate::error::ErrorKind;
use crate::ids::UserId;
use rusqlite::OpenFlags;
use std::path::{Path, PathBuf};

fn key(n: u8) -> FileKey {
    FileKey::new(DatabaseKey::new(&[n; 32]), [n; 6]).unwrap()
}

fn with_account<T>(body: impl FnOnce(&Account<'_>) -> T) -> T {
    let user = UserId::new("ana").unwrap();
    body(&Account { user: &user, server: "s", device_id: uuid::Uuid::nil() })
}

fn place(folder: &Path) -> Place {
    with_account(|account| Place::of(folder, folder, account).unwrap())
}

fn path(folder: &Path) -> PathBuf {
    place(folder).database()
}

fn database(folder: &Path, key: Option<&FileKey>) -> crate::Result<Database> {
    with_account(|account| {
        Ok(Database::open(place(folder), account, key, Entry::SignIn, Observers::default())?.0)
    })
}

fn rekeyed(folder: &Path, old: &FileKey, new: &FileKey) -> crate::Result<()> {
    with_account(|account| rekey(&place(folder), account, Some(&old.key), new))
}

fn head_of(folder: &Path) -> Head {
    head::read(&opening::connect(&path(folder), OpenFlags::SQLITE_OPEN_READ_WRITE).unwrap()).unwrap()
}

#[test]
fn a_new_file_has_the_salt_that_tells_its_key() {
    let folder = tempfile::tempdir().unwrap();
    drop(database(folder.path(), Some(&key(1))).unwrap());
    let written = std::fs::read(path(folder.path())).unwrap();
    assert_eq!((&written[..4], &written[4..10]), (&head::MARK[..], &[1; 6][..]));
    let Head::Encrypted(salt) = head_of(folder.path()) else { panic!("plain") };
    assert!(Secret::of_file(&key(1).key, &salt).is_ok());
    // Each bit of the key counts, and each of what is computed.
    for bit in 0..256 {
        let mut other = [1; 32];
        other[bit / 8] ^= 1 << (bit % 8);
        let told = Secret::of_file(&DatabaseKey::new(&other), &salt).err().unwrap();
        assert_eq!(*told.kind(), ErrorKind::WrongKey);
    }
    for bit in 32..128 {
        let mut other = salt;
        other[bit / 8] ^= 1 << (bit % 8);
        assert!(Secret::of_file(&key(1).key, &other).is_err(), "{bit}");
    }
}

#[test]
fn the_check_value_stays_what_it_is() {
    // HMAC-SHA-256 of "foodlens key check", the mark and the six bytes, cut to six: files live longer than builds.
    let folder = tempfile::tempdir().unwrap();
    drop(database(folder.path(), Some(&key(1))).unwrap());
    let Head::Encrypted(salt) = head_of(folder.path()) else { panic!("plain") };
    assert_eq!(salt[10..], CHECK_OF_ONES);
}

/// By another implementation: Python's hmac and hashlib.
const CHECK_OF_ONES: [u8; 6] = [206, 241, 185, 6, 241, 198];

#[test]
fn each_file_has_a_salt_of_its_own() {
    let [a, b] = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    drop(database(a.path(), Some(&key(1))).unwrap());
    let other = FileKey::new(DatabaseKey::new(&[1; 32]), [9; 6]).unwrap();
    drop(database(b.path(), Some(&other)).unwrap());
    assert_ne!(head_of(a.path()), head_of(b.path()));
    drop(database(a.path(), Some(&other)).unwrap());
}

/// Rows with holes in their numbers, counted and triggered ones among them.
const STORY: &str = "
    INSERT INTO history (id, body, base_kind, deleted, sort_key, created_at, updated_at)
        SELECT randomblob(16), json_object('n', value), 1, 0, value, 0, 0 FROM json_each('[1,2,3,4,5,6,7,8,9]');
    DELETE FROM history WHERE rowid IN (2, 3, 7);
    INSERT INTO operations (key, user_id, collection, record_id, kind, payload_version, payload, seen_before, state,
            created_at)
        SELECT randomblob(16), 'ana', 5, id, 1, 1, body, '{}', 0, 0 FROM history;
    UPDATE operations SET state = 2, failure = 'invalid' WHERE seq = 2;
    DELETE FROM operations WHERE seq = 6;
    UPDATE search_state SET indexed_to = 9, form = 1;";

/// All that a file holds but the numbers of rows and what search is to make anew.
fn content(db: &Database) -> Vec<String> {
    db.read(|conn| {
        let mut all: Vec<String> = conn
            .prepare("SELECT name || ifnull(sql, '') FROM sqlite_schema ORDER BY name, type")?
            .query_map([], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        let tables: Vec<String> = conn
            .prepare(
                "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'history\\_%' ESCAPE '\\'
                    AND name <> 'search_state' ORDER BY name",
            )?
            .query_map([], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        for table in tables {
            let mut rows = conn.prepare(&format!("SELECT * FROM {table}"))?;
            let columns = rows.column_count();
            let mut lines: Vec<String> = rows
                .query_map([], |row| (0..columns).map(|n| Ok(format!("{:?} ", row.get_ref(n)?))).collect())?
                .collect::<Result<_, _>>()?;
            lines.sort();
            all.push(format!("{table}: {lines:?}"));
        }
        let version: i64 = conn.pragma_query_value(None, "user_version", |row| row.get(0))?;
        all.push(format!("version {version}"));
        Ok(all)
    })
    .unwrap()
}

#[test]
fn a_rewritten_file_holds_what_it_held_and_search_begins_anew() {
    let folder = tempfile::tempdir().unwrap();
    let plain = database(folder.path(), None).unwrap();
    plain.write(|tx, _| Ok(tx.execute_batch(STORY)?)).unwrap();
    let before = content(&plain);
    drop(plain);
    assert_eq!(head_of(folder.path()), Head::Plain);
    let check = |db: Database| {
        assert_eq!(content(&db), before);
        let of =
            |sql: &str| db.read(|conn| Ok(conn.query_row(sql, [], |row| row.get::<_, i64>(0))?)).unwrap();
        assert_eq!(of("SELECT indexed_to + form FROM search_state"), 0);
        assert_eq!(of("SELECT failed FROM queue_counts"), 1);
        assert_eq!(of("SELECT seq FROM sqlite_sequence WHERE name = 'operations'"), 6);
        assert_eq!(of("PRAGMA temp_store"), 2, "nothing spills onto the disk");
        // Triggers and the sequence go on.
        let added = "INSERT INTO operations (key, user_id, collection, record_id, kind, payload_version, payload,
            seen_before, state, created_at) SELECT randomblob(16), 'ana', 5, id, 1, 1, '{}', '{}', 0, 0 FROM history
            LIMIT 1;
            UPDATE operations SET state = 2, failure = 'invalid' WHERE seq = 7;";
        let told = db.write(|tx, _| {
            tx.execute_batch(added)?;
            assert_eq!(tx.query_row("SELECT failed FROM queue_counts", [], |row| row.get::<_, i64>(0))?, 2);
            Err::<(), _>(crate::Error::internal("rolled back"))
        });
        assert!(told.is_err());
    };
    check(database(folder.path(), Some(&key(1))).unwrap());
    rekeyed(folder.path(), &key(1), &key(2)).unwrap();
    check(database(folder.path(), Some(&key(2))).unwrap());
    let told = database(folder.path(), Some(&key(1))).err().unwrap();
    assert_eq!(*told.kind(), ErrorKind::WrongKey);
    // As after a kill that came late.
    rekeyed(folder.path(), &key(1), &key(2)).unwrap();
}

#[test]
fn an_old_schema_is_encrypted_first_and_then_brought_up() {
    let folder = tempfile::tempdir().unwrap();
    let first = include_str!("../migrations/0001_initial.sql");
    let conn = rusqlite::Connection::open(path(folder.path())).unwrap();
    conn.execute_batch(&format!("PRAGMA journal_mode = WAL; {first} PRAGMA user_version = 1;")).unwrap();
    drop(conn);
    let fresh = tempfile::tempdir().unwrap();
    let [upgraded, fresh] = [&folder, &fresh].map(|folder| database(folder.path(), Some(&key(1))).unwrap());
    let said = |db| content(db).iter().map(|text| statement(text)).collect::<Vec<_>>();
    assert_eq!(said(&upgraded), said(&fresh));
}

#[test]
fn a_plain_file_that_somebody_has_open_waits() {
    let folder = tempfile::tempdir().unwrap();
    let plain = database(folder.path(), None).unwrap();
    plain.write(|tx, _| Ok(tx.execute_batch(STORY)?)).unwrap();
    let told = database(folder.path(), Some(&key(1))).err().unwrap();
    assert_eq!(*told.kind(), ErrorKind::StorageBusy);
    plain.write(|tx, _| Ok(tx.execute("DELETE FROM history", [])?)).unwrap();
    assert_eq!(head_of(folder.path()), Head::Plain);
    drop(plain);
    assert!(database(folder.path(), Some(&key(1))).is_ok());
    let open = database(folder.path(), Some(&key(1))).unwrap();
    let told = rekeyed(folder.path(), &key(1), &key(2)).unwrap_err();
    assert_eq!(*told.kind(), ErrorKind::StorageBusy, "so does a file under its old key");
    drop(open);
    rekeyed(folder.path(), &key(1), &key(2)).unwrap();
}

#[test]
fn many_that_meet_at_a_plain_file_all_get_the_encrypted_one() {
    for _ in 0..10 {
        let folder = tempfile::tempdir().unwrap();
        database(folder.path(), None).unwrap().write(|tx, _| Ok(tx.execute_batch(STORY)?)).unwrap();
        let start = std::sync::Barrier::new(8);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    start.wait();
                    let db = database(folder.path(), Some(&key(1))).unwrap();
                    db.write(|tx, _| Ok(tx.execute("INSERT INTO imported VALUES (randomblob(16))", [])?))
                        .unwrap();
                });
            }
        });
        let db = database(folder.path(), Some(&key(1))).unwrap();
        let kept = db.read(|conn| {
            Ok(conn.query_row("SELECT count(*) FROM imported", [], |row| row.get::<_, i64>(0))?)
        });
        assert_eq!(kept.unwrap(), 8);
    }
}

#[test]
fn what_would_be_refused_afterwards_is_not_encrypted() {
    let folder = tempfile::tempdir().unwrap();
    let plain = database(folder.path(), None).unwrap();
    plain.write(|tx, _| Ok(tx.pragma_update(None, "user_version", 99)?)).unwrap();
    drop(plain);
    let before = std::fs::read(path(folder.path())).unwrap();
    let told = database(folder.path(), Some(&key(1))).err().unwrap();
    assert!(matches!(told.kind(), ErrorKind::NeedsNewerApp { found: 99, .. }));
    assert_eq!(std::fs::read(path(folder.path())).unwrap(), before);
}

#[test]
fn a_key_is_not_in_debug_output() {
    assert_eq!(format!("{:?}", DatabaseKey::new(&[65; 32])), "DatabaseKey(…)");
    assert!(DatabaseKey::from_slice(&[0; 31]).is_err() && DatabaseKey::from_slice(&[0; 32]).is_ok());
}
