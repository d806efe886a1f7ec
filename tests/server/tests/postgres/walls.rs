//! The second wall between users, from the inside: what the servers' role sees when a statement forgets its WHERE.

use postgres::{Client, Transaction};
use serde_json::json;
use uuid::Uuid;

use crate::cluster::connect;
use crate::database::Home;
use crate::support::{SECRET, scan};
use foodlens_server::{Options, Server};

const TABLES: [&str; 3] = ["users", "records", "answers"];

/// Two users with two and three writes; and a connection as the servers make it.
fn two_users() -> (Home, Client) {
    let home = Home::new();
    let running = Server::start(Options::new(home.database(), SECRET)).unwrap();
    for (user, count) in [("anna", 2), ("bert", 3)] {
        let phone = crate::support::Client::new(&running.base_url(), user);
        (0..count).for_each(|_| drop(phone.write(&scan("one"))));
    }
    let client = connect(home.url());
    (home, client)
}

fn work_for<'a>(client: &'a mut Client, user: &str) -> Transaction<'a> {
    let mut transaction = client.transaction().unwrap();
    transaction.execute("SELECT set_config('foodlens.user', $1, true)", &[&user]).unwrap();
    transaction
}

fn counts(transaction: &mut Transaction) -> [i64; 3] {
    TABLES.map(|table| transaction.query_one(&format!("SELECT count(*) FROM {table}"), &[]).unwrap().get(0))
}

#[test]
fn a_statement_without_a_where_sees_its_own_users_rows_and_without_a_user_none() {
    let (_home, mut client) = two_users();
    assert_eq!(counts(&mut work_for(&mut client, "anna")), [1, 2, 2]);
    assert_eq!(counts(&mut work_for(&mut client, "bert")), [1, 3, 3]);
    assert_eq!(counts(&mut work_for(&mut client, "nobody")), [0, 0, 0]);
    assert_eq!(
        counts(&mut client.transaction().unwrap()),
        [0, 0, 0],
        "nothing is left of the transaction before"
    );
    let mut operator = client.transaction().unwrap();
    operator.execute("SELECT set_config('foodlens.operator', 'on', true)", &[]).unwrap();
    assert_eq!(counts(&mut operator), [2, 5, 5], "the operator's path says so");
}

#[test]
fn a_statement_without_a_where_changes_its_own_users_rows_alone() {
    let (_home, mut client) = two_users();
    let mut transaction = work_for(&mut client, "anna");
    for sql in
        ["UPDATE users SET seq = seq + 100", "UPDATE records SET deleted = true", "DELETE FROM answers"]
    {
        assert!(transaction.execute(sql, &[]).unwrap() <= 2, "{sql}");
    }
    transaction.commit().unwrap();
    let mut others = work_for(&mut client, "bert");
    let row = others
        .query_one(
            "SELECT seq, (SELECT count(*) FROM records WHERE NOT deleted), (SELECT count(*) FROM answers) FROM users",
            &[],
        )
        .unwrap();
    assert_eq!((row.get::<_, i64>(0), row.get::<_, i64>(1), row.get::<_, i64>(2)), (3, 3, 3));
}

#[test]
fn nothing_can_be_written_under_another_user() {
    let (_home, mut client) = two_users();
    let bert: i64 = work_for(&mut client, "bert").query_one("SELECT user_id FROM users", &[]).unwrap().get(0);
    let record =
        "INSERT INTO records (user_id, entity, id, version, deleted, fields, field_versions, received_at,
                  occurred_at, is_nameless) VALUES ($1, 'history', 'x', 99, false, '{}', '{}', 1, 1, false)";
    let answer = "INSERT INTO answers VALUES ($1, gen_random_uuid(), sha256(''), '{}', 1)";
    for sql in [record, answer, "UPDATE records SET user_id = $1", "UPDATE answers SET user_id = $1"] {
        let refused = work_for(&mut client, "anna").execute(sql, &[&bert]).unwrap_err();
        let code = refused.code().map(|code| code.code().to_owned());
        assert_eq!(code.as_deref(), Some("42501"), "{sql}: {refused:?}");
        assert!(
            client.transaction().unwrap().execute(sql, &[&bert]).is_err_or_none(),
            "without a user: {sql}"
        );
    }
    let users = work_for(&mut client, "anna").execute("INSERT INTO users (name) VALUES ('carl')", &[]);
    assert!(users.is_err(), "nor can another user be made");
}

/// A statement that was refused, or found nothing to do.
trait Harmless {
    fn is_err_or_none(&self) -> bool;
}

impl<E> Harmless for Result<u64, E> {
    fn is_err_or_none(&self) -> bool {
        !matches!(self, Ok(1..))
    }
}

#[test]
fn nobody_finds_anything_under_names_that_no_database_has() {
    let home = Home::new();
    let running = Server::start(Options { mint_ids: true, ..Options::new(home.database(), SECRET) }).unwrap();
    let phone = crate::support::Client::new(&running.base_url(), "anna");
    let mut write = crate::support::allergy(Uuid::now_v7(), "update", Some(1), json!({"notes": "a\0b"}));
    write["server_id"] = json!("nul\0inside");
    let verdict =
        phone.try_send("POST", "/v1/me/batch", &[], Some(&phone.batch_body(&[write]))).unwrap().json();
    assert_eq!(verdict["verdicts"][0]["verdict"], "conflict", "{verdict}");
    let created =
        phone.try_send("POST", "/v1/me/batch", &[], Some(&phone.batch_body(&[crate::support::scan("a\0b")])));
    assert_eq!(created.unwrap().json()["verdicts"][0]["record"]["fields"]["product_name"], "a\0b");
}
