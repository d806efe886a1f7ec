//! Servers that start on a database: several at once, on one that is new, on one of a newer build, with too much power.

use foodlens_server::{Database, Options, Server};

use crate::database::{Home, execute};
use crate::support::SECRET;

fn refusal(database: Database) -> String {
    Server::start(Options::new(database, SECRET)).err().unwrap().to_string()
}

#[test]
fn several_that_start_at_once_make_one_database() {
    let home = Home::new();
    let epochs: Vec<String> = std::thread::scope(|scope| {
        let start = || Server::start(Options::new(home.database(), SECRET)).unwrap();
        let starting: Vec<_> =
            (0..5).map(|_| scope.spawn(move || start().service().epoch().unwrap())).collect();
        starting.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(epochs.iter().all(|epoch| epoch == &epochs[0] && !epoch.is_empty()), "{epochs:?}");
}

#[test]
fn a_database_of_a_newer_build_is_refused() {
    let home = Home::new();
    Server::start(Options::new(home.database(), SECRET)).unwrap().stop();
    execute(&home.database(), "INSERT INTO schema_forms VALUES (2)");
    assert_eq!(refusal(home.database()), "database: schema 2 is newer than 1");
}

#[test]
fn a_role_that_no_wall_holds_is_refused_and_nothing_is_made() {
    let home = Home::new();
    let text = refusal(Database::postgres(home.superuser_url()));
    assert!(text.contains("operator is a superuser") && text.contains("CREATE ROLE"), "{text}");
    let tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'";
    let count: i64 = crate::cluster::connect(home.url()).query_one(tables, &[]).unwrap().get(0);
    assert_eq!(count, 0);
}
