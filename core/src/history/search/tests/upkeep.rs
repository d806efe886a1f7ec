//! The index behind, under way, damaged, and after a deletion.

use super::*;
use crate::history::search::{store, upkeep};
use std::cell::Cell;

#[test]
fn what_is_written_is_found_while_somebody_else_writes() {
    let folder = tempfile::tempdir().unwrap();
    let session = open(folder.path());
    let history = session.history();
    history.add(&named("oat drink", 1)).unwrap();
    index_all(&session);
    let new = history.add(&named("oat bar", 2)).unwrap();
    // The writer is taken, by another thread: no slice can be indexed now.
    let search = || std::thread::scope(|scope| scope.spawn(|| found(&history, "oat ba")).join().unwrap());
    let seen = session.inner.db.write(|_, _| Ok(search()));
    assert_eq!(seen.unwrap(), [new]);
    let is_behind = |session: &Session| {
        session.read(|conn| Ok(store::reach(conn)?.indexed_to < store::last_row(conn)?)).unwrap()
    };
    assert!(is_behind(&session));
    assert_eq!(found(&history, "oat ba"), [new]);
    assert!(!is_behind(&session), "with a writer that is free, a search catches up");
}

/// And some more: enough for the index to begin.
fn add_a_thousand(session: &Session) {
    let entries: Vec<_> = (0..1_100).map(|n| named(&format!("oat {n}"), n)).collect();
    session.history().add_all(&entries).unwrap();
}

#[test]
fn what_is_new_is_indexed_beside_the_writes_when_they_have_ended() {
    let folder = tempfile::tempdir().unwrap();
    let session = open(folder.path());
    add_a_thousand(&session);
    let indexed = || session.read(|conn| Ok(store::reach(conn)?.indexed_to)).unwrap();
    let last = session.read(store::last_row).unwrap();
    for _ in 0..1_000 {
        if indexed() == last {
            return is_exact(&session);
        }
        session.inner.db.rest(std::time::Duration::from_millis(10));
    }
    panic!("only {} of {last} are indexed, and nobody writes any more", indexed());
}

#[test]
fn what_is_new_is_indexed_also_while_somebody_writes_on_and_on() {
    let folder = tempfile::tempdir().unwrap();
    let session = open(folder.path());
    add_a_thousand(&session);
    let until = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while session.read(|conn| Ok(store::reach(conn)?.indexed_to)).unwrap() == 0 {
        assert!(std::time::Instant::now() < until, "it waits for a pause that never comes");
        session.history().add(&named("oat", 1)).unwrap();
    }
}

#[test]
fn a_session_that_is_let_go_leaves_no_work_behind() {
    let folder = tempfile::tempdir().unwrap();
    let session = open(folder.path());
    let db = std::sync::Arc::downgrade(&session.inner.db);
    add_a_thousand(&session);
    drop(session);
    assert!(db.upgrade().is_none(), "the next session would be open beside it");
    assert_eq!(found(&open(folder.path()).history(), "oat 1099").len(), 1);
}

#[test]
fn a_number_that_is_given_again_finds_the_new_record_only() {
    let folder = tempfile::tempdir().unwrap();
    let session = open(folder.path());
    let history = session.history();
    history.add(&named("first", 1)).unwrap();
    let gone = history.add(&named("almond", 2)).unwrap();
    index_all(&session);
    let rows = |session: &Session| session.read(store::last_row).unwrap();
    let before = rows(&session);
    history.delete(gone).unwrap();
    let new = history.add(&named("barley", 3)).unwrap();
    assert_eq!(rows(&session), before, "SQLite gives the number again");
    is_exact(&session);
    assert_eq!((found(&history, "almond"), found(&history, "barley")), (vec![], vec![new]));
    index_all(&session);
    // And after the index has forgotten the row.
    history.delete(new).unwrap();
    index_all(&session);
    let newer = history.add(&named("cashew", 4)).unwrap();
    assert_eq!((found(&history, "barley"), found(&history, "cashew")), (vec![], vec![newer]));
    index_all(&session);
}

#[test]
fn a_number_that_the_index_never_had_is_given_again_and_found() {
    let folder = tempfile::tempdir().unwrap();
    let session = open(folder.path());
    let history = session.history();
    let ids = history.add_all(&[named("oat", 1), named("oat bar", 2), named("oat drink", 3)]).unwrap();
    history.delete(ids[1]).unwrap();
    index_all(&session);
    history.delete(ids[2]).unwrap();
    // One under the number of the entry that was never indexed, one under that of the entry that was.
    let new = history.add_all(&[named("oat cake", 4), named("oat milk", 5)]).unwrap();
    is_exact(&session);
    assert_eq!(session.read(store::last_row).unwrap(), 3, "SQLite gives both numbers again");
    index_all(&session);
    assert_eq!(found(&history, "oat"), [new[1], new[0], ids[0]]);
    assert_eq!((found(&history, "bar"), found(&history, "drink")), (vec![], vec![]));
}

#[test]
fn deleted_words_leave_the_index_and_its_pages() {
    let folder = tempfile::tempdir().unwrap();
    let session = open(folder.path());
    let history = session.history();
    let secret = history.add(&named("zabaglione", 1)).unwrap();
    let others: Vec<_> = (0..50).map(|n| named(&format!("bread {n}"), n)).collect();
    history.add_all(&others).unwrap();
    index_all(&session);
    let blocks = |session: &Session| -> bool {
        let sql = "SELECT count(*) FROM history_words_data WHERE instr(block, CAST('abaglione' AS BLOB))";
        session.read(|conn| Ok(conn.query_row(sql, [], |row| row.get::<_, u32>(0))? > 0)).unwrap()
    };
    assert!(blocks(&session));
    history.delete(secret).unwrap();
    index_all(&session);
    assert!(!blocks(&session) || !store::SECURE, "the words of a deleted entry are still in the file");
    assert_eq!(found(&history, "zabaglione"), []);
    let left = session.read(|conn| Ok(store::moved_before(conn, i64::MAX, 1)?.len())).unwrap();
    assert_eq!(left, 0, "nor are they where the index had to learn of it");
}

#[test]
fn a_damaged_index_is_made_anew_and_no_write_and_no_search_fails() {
    for damage in [
        "DELETE FROM history_words_data WHERE id > 100",
        "UPDATE history_words_data SET block = x'ffff00' WHERE id = 10",
        "UPDATE history_words_data SET block = zeroblob(length(block)) WHERE id > 100",
        "DROP TABLE history_words",
        "DELETE FROM search_state",
        "UPDATE search_state SET form = 0",
    ] {
        let folder = tempfile::tempdir().unwrap();
        let session = open(folder.path());
        let old = session.history().add(&named("oat drink", 1)).unwrap();
        index_all(&session);
        run(&session, damage);
        session.close();

        let session = open(folder.path());
        let history = session.history();
        let new = history.add(&named("oat bar", 2)).unwrap();
        let shown = history.get(old).unwrap();
        history.update(&shown, &named("rye drink", 1)).unwrap();
        assert_eq!(found(&history, "oat"), [new], "{damage}");
        assert_eq!(found(&history, "drink rye"), [old], "{damage}");
        upkeep::catch_up(&session.inner.db, || true);
        is_exact(&session);
        assert_eq!((found(&history, "oat"), found(&history, "rye")), (vec![new], vec![old]), "{damage}");
        index_all(&session);
    }
}

#[test]
fn a_bulk_load_is_indexed_in_slices_between_which_it_can_be_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let session = open(folder.path());
    let history = session.history();
    history.add_all(&(0..7_000).map(|n| named(&format!("oat {n}"), n)).collect::<Vec<_>>()).unwrap();
    let asked = Cell::new(0);
    upkeep::catch_up(&session.inner.db, || {
        asked.set(asked.get() + 1);
        asked.get() < 2
    });
    let reach = session.read(store::reach).unwrap().indexed_to;
    assert!((1..7_000).contains(&reach), "{reach}");
    is_exact(&session);
    assert_eq!(history.search("oat 6999", 5).unwrap().len(), 1, "the tail is looked at by hand");
    assert_eq!(found(&history, "oat").len(), 500);
    index_all(&session);
    assert_eq!(history.search("oat 6999", 5).unwrap().len(), 1);
}

#[test]
fn the_check_notices_an_index_that_is_not_exact() {
    let folder = tempfile::tempdir().unwrap();
    let session = open(folder.path());
    session.history().add(&named("oat drink", 1)).unwrap();
    index_all(&session);
    for (spoil, undo) in [
        ("INSERT INTO history_words (rowid, words) VALUES (9, 'x')", "('delete', 9, 'x')"),
        ("INSERT INTO history_words (rowid, words) VALUES (1, 'x')", "('delete', 1, 'x')"),
    ] {
        run(&session, spoil);
        assert_eq!(session.read(rows_wrong).unwrap(), 1, "{spoil}");
        run(&session, &format!("INSERT INTO history_words (history_words, rowid, words) VALUES {undo}"));
        is_exact(&session);
    }
}
