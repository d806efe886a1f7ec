//! Addresses that cannot be used are refused at the start, in words, and without the password.

use foodlens_server::{Database, Options, Server};

use crate::database::Home;
use crate::support::SECRET;

#[test]
fn a_database_that_cannot_be_used_is_an_error_at_the_start() {
    let home = Home::new();
    let tls = format!("{}?sslmode=require", home.url());
    let nobody = "postgres://foodlens:s3cret@127.0.0.1:1/foodlens".to_owned();
    let absent = home.url().replace("/test_", "/absent_");
    for (url, why) in [
        (tls, "demands TLS"),
        (nobody, "no connection to PostgreSQL"),
        (absent, "SQLSTATE 3D000"),
        ("s3cret".to_owned(), "none of PostgreSQL"),
    ] {
        let refused = Server::start(Options::new(Database::postgres(url), SECRET)).err().unwrap().to_string();
        assert!(refused.contains(why), "{refused}");
        assert!(!refused.contains("s3cret"), "{refused}");
    }
}
