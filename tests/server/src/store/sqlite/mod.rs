//! The embedded SQLite file: one writer, readers beside it. Only this file opens connections.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

use super::StoreError;
use crate::clock::Seams;

mod access;
mod answers;
mod meta;
mod newest;
mod records;
mod sweep;
mod users;

pub(super) use users::find_or_add as user;

/// Each makes of the form before it the form of its number. What has been released is never changed.
const SCHEMAS: [&str; 3] =
    [include_str!("schema_0001.sql"), include_str!("schema_0002.sql"), include_str!("schema_0003.sql")];
const SCHEMA_VERSION: usize = SCHEMAS.len();

/// The database file of all users.
pub(crate) struct Store {
    path: PathBuf,
    // In this order: the last connection to close empties the WAL into the file, and readers may not.
    idle_readers: Mutex<Vec<Connection>>,
    writer: Mutex<Connection>,
}

impl Store {
    /// Opens the file, creates it when there is none.
    pub fn open(path: &Path, seams: &Seams) -> Result<Self, StoreError> {
        if path.as_os_str().is_empty() {
            // SQLite would take it for a database that vanishes.
            return Err(StoreError::Address("the file has no path".to_owned()));
        }
        let mut writer = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
        writer.pragma_update(None, "journal_mode", "WAL")?;
        writer.pragma_update(None, "synchronous", "FULL")?;
        migrate(&mut writer, seams)?;
        Ok(Self { path: path.to_owned(), idle_readers: Mutex::default(), writer: Mutex::new(writer) })
    }

    /// Runs `work` in one transaction that nothing else writes beside, and keeps it only if all went well.
    pub fn write<T>(
        &self,
        work: impl FnOnce(&Transaction) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut writer = lock(&self.writer);
        // Immediate: a transaction that reads first and writes later fails at once when another one wrote.
        let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let result = work(&transaction)?;
        transaction.commit()?;
        Ok(result)
    }

    /// Runs `work` on one snapshot of the data.
    pub fn read<T>(&self, work: impl FnOnce(&Transaction) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let idle = lock(&self.idle_readers).pop();
        let mut reader = match idle {
            Some(reader) => reader,
            None => connect(&self.path, OpenFlags::SQLITE_OPEN_READ_ONLY)?,
        };
        let snapshot = reader.transaction()?;
        let result = work(&snapshot)?;
        drop(snapshot);
        lock(&self.idle_readers).push(reader);
        Ok(result)
    }
}

/// A panic under the lock has rolled its transaction back, so the connection is as good as before.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Own flags: the default ones would read a path such as `file:x?mode=memory` as an address.
fn connect(path: &Path, flags: OpenFlags) -> Result<Connection, StoreError> {
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(Duration::from_secs(10))?;
    connection.pragma_update(None, "foreign_keys", "ON")?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

fn migrate(connection: &mut Connection, seams: &Seams) -> Result<(), StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found: usize = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let missing = SCHEMAS.get(found..).ok_or(StoreError::NewerSchema { found, known: SCHEMA_VERSION })?;
    for schema in missing {
        transaction.execute_batch(schema)?;
    }
    if !missing.is_empty() {
        transaction.pragma_update(None, "user_version", SCHEMA_VERSION)?;
    }
    meta::ensure(&transaction, seams)?;
    Ok(transaction.commit()?)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::Entity;
    use crate::store::Read;

    fn open(path: &Path) -> Result<Store, StoreError> {
        Store::open(path, &Seams::default())
    }

    /// How SQLite would carry a statement out.
    pub fn plan(sql: &str) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let store = open(&folder.path().join("db")).unwrap();
        let steps = store.read(|conn| {
            let mut statement = conn.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
            let count = statement.parameter_count();
            let rows = statement.query_map(rusqlite::params_from_iter(vec![1; count]), |row| row.get(3))?;
            Ok(rows.collect::<Result<Vec<String>, _>>()?)
        });
        steps.unwrap()
    }

    #[test]
    fn a_file_of_a_newer_build_is_refused_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("db");
        drop(open(&path).unwrap());
        Connection::open(&path).unwrap().pragma_update(None, "user_version", SCHEMA_VERSION + 1).unwrap();
        assert!(matches!(open(&path), Err(StoreError::NewerSchema { found: 4, known: 3 })));
        let still: usize = Connection::open(&path)
            .unwrap()
            .pragma_query_value(None, "user_version", |row| row.get(0))
            .unwrap();
        assert_eq!(still, 4);
    }

    #[test]
    fn a_file_of_the_first_form_keeps_its_data_and_learns_the_order_of_its_history() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("db");
        let old = Connection::open(&path).unwrap();
        old.execute_batch(SCHEMAS[0]).unwrap();
        old.pragma_update(None, "user_version", 1).unwrap();
        old.execute_batch(
            r#"INSERT INTO users (user_id, name, seq) VALUES (1, 'anna', 5), (2, 'bert', 1);
               INSERT INTO records (user_id, entity, id, version, deleted, fields, field_versions, received_at) VALUES
                 (1, 'history', 'a', 1, 0, '{"occurred_at":10}', '{}', 1),
                 (1, 'history', 'b', 2, 0, '{"occurred_at":20}', '{}', 1),
                 (1, 'history', 'c', 3, 1, '{}', '{}', 1),
                 (1, 'history', 'd', 4, 0, '{}', '{}', 1),
                 (1, 'allergies', 'e', 5, 0, '{}', '{}', 1),
                 (2, 'profile', 'f', 1, 0, '{}', '{}', 1);"#,
        )
        .unwrap();
        drop(old);

        let store = open(&path).unwrap();
        let read = |name: &str| {
            store.read(|conn| {
                let user = users::find(conn, name)?.unwrap();
                let (records, _) = conn.newest_behind(user.id, None, 10, 1000)?;
                let ids: Vec<String> = records.into_iter().map(|record| record.id).collect();
                Ok((user.live_history, ids.concat(), user.seq))
            })
        };
        assert_eq!(read("anna").unwrap(), (3, "bad".to_owned(), 5));
        assert_eq!(read("bert").unwrap(), (0, String::new(), 1));
        drop(store);
        let version: usize = Connection::open(&path)
            .unwrap()
            .pragma_query_value(None, "user_version", |row| row.get(0))
            .unwrap();
        assert_eq!(version, SCHEMA_VERSION);
    }

    #[test]
    fn a_file_of_the_second_form_gets_names_for_its_records_also_in_kept_answers() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("db");
        let old = Connection::open(&path).unwrap();
        old.execute_batch(&SCHEMAS[..2].concat()).unwrap();
        old.pragma_update(None, "user_version", 2).unwrap();
        let answer = |record: &str| {
            format!(r#"{{"verdict":"applied","record":{record},"overwritten":[],"problem":null}}"#)
        };
        let record = r#"{"entity":"history","id":"a","version":2,"deleted":false,"fields":{"n":0.1e-7},"received_at":1}"#;
        let sql = r#"INSERT INTO users (user_id, name, seq) VALUES (1, 'anna', 9);
               INSERT INTO records (user_id, entity, id, version, deleted, fields, field_versions, received_at) VALUES
                 (1, 'history', 'a', 4, 0, '{}', '{}', 1), (1, 'allergies', 'b', 5, 1, '{}', '{}', 1),
                 (1, 'settings', 'c', 6, 0, '{}', '{}', 1), (1, 'recipes', 'd', 7, 0, '{}', '{}', 1);"#;
        old.execute_batch(sql).unwrap();
        let [of_record, of_none] = [uuid::Uuid::from_u128(1), uuid::Uuid::from_u128(2)];
        for (key, record) in [(of_record, record), (of_none, "null")] {
            let sql = "INSERT INTO answers VALUES (1, ?1, zeroblob(32), ?2, 1)";
            old.execute(sql, [key.to_string(), answer(record)]).unwrap();
        }
        drop(old);

        let store = open(&path).unwrap();
        let all = [Entity::History; 5];
        let (records, _) = store.read(|conn| conn.feed_after(1, 0, &all, 10, 1000)).unwrap();
        let names: Vec<_> = records.iter().map(|record| record.server_id.as_deref()).collect();
        assert_eq!(names, [Some("records/4"), Some("records/5"), None, Some("records/7")]);
        let kept = |key| store.read(|conn| conn.answer(1, key)).unwrap().unwrap().answer.record;
        let record = kept(of_record).unwrap();
        assert_eq!((record.server_id.as_deref(), record.version), (Some("records/4"), 2));
        assert_eq!(record.fields, serde_json::json!({"n": 0.1e-7}));
        assert_eq!(kept(of_none), None);
    }

    #[test]
    fn writers_of_two_processes_wait_for_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("db");
        let stores = [open(&path).unwrap(), open(&path).unwrap()];
        std::thread::scope(|scope| {
            for store in &stores {
                scope.spawn(move || {
                    for _ in 0..50 {
                        store
                            .write(|tx| {
                                users::find_or_add(tx, "anna").and_then(|id| users::take_next_version(tx, id))
                            })
                            .unwrap();
                    }
                });
            }
        });
        assert_eq!(stores[0].read(|conn| users::find(conn, "anna")).unwrap().unwrap().seq, 100);
    }

    #[test]
    fn a_failed_write_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let store = open(&folder.path().join("db")).unwrap();
        let failed: Result<(), StoreError> = store.write(|tx| {
            users::find_or_add(tx, "anna")?;
            Err(StoreError::Corrupt("test"))
        });
        assert!(failed.is_err());
        assert!(store.read(|conn| users::find(conn, "anna")).unwrap().is_none());
    }
}
