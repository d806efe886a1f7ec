//! A transaction that meets another one is tried again, and not for ever.

use foodlens_server::{Options, Server};

use crate::cluster::connect;
use crate::database::{Home, execute};
use crate::support::{Client, SECRET, scan};

/// Lets the first `count` writes fail as if they had met another transaction, with this SQLSTATE.
fn fail(home: &Home, count: i64, state: &str) {
    // A sequence counts on when the transaction is rolled back.
    let sql = format!(
        "CREATE SEQUENCE tries;
         CREATE FUNCTION meet() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN
           IF nextval('tries') <= {count} THEN RAISE EXCEPTION 'met' USING ERRCODE = '{state}'; END IF;
           RETURN new;
         END $$;
         CREATE TRIGGER meet BEFORE INSERT ON answers FOR EACH ROW EXECUTE FUNCTION meet();"
    );
    execute(&home.database(), &sql);
}

fn tries(home: &Home) -> i64 {
    connect(home.url()).query_one("SELECT last_value FROM tries", &[]).unwrap().get(0)
}

#[test]
fn a_conflict_of_two_transactions_is_solved_by_another_try() {
    for state in ["40001", "40P01", "23505"] {
        let home = Home::new();
        let running = Server::start(Options::new(home.database(), SECRET)).unwrap();
        fail(&home, 2, state);
        let phone = Client::new(&running.base_url(), "anna");
        let verdict = phone.write(&scan("one"));
        assert_eq!(
            (&verdict["verdict"], &verdict["record"]["version"]),
            (&"applied".into(), &1.into()),
            "{state}"
        );
        assert_eq!(tries(&home), 3);
    }
}

#[test]
fn one_that_always_fails_is_given_up_with_503_and_leaves_nothing() {
    for (state, expected) in [("40001", 5), ("53100", 1)] {
        let home = Home::new();
        let running = Server::start(Options::new(home.database(), SECRET)).unwrap();
        fail(&home, 1000, state);
        let phone = Client::new(&running.base_url(), "anna");
        let (id, key) = (uuid::Uuid::now_v7(), uuid::Uuid::now_v7().to_string());
        let path = format!("/v1/me/history/{id}");
        let reply = phone.send("PUT", &path, &[("idempotency-key", &key)], Some("{}"));
        assert_eq!(reply.problem(), (503, "unavailable".into()), "{state}");
        assert_eq!(reply.header("retry-after"), "1");
        assert_eq!(tries(&home), expected, "{state}");
        assert_eq!(phone.changes("")["count"], 0);
    }
}
