//! How the program ends: what is under way is answered, and nobody waits for ever.

use std::time::{Duration, Instant};

use crate::daemon::Daemon;
use crate::raw::Line;
use crate::support::scan;

#[test]
fn a_request_under_way_at_a_signal_gets_its_answer_and_nobody_new_is_let_in() {
    let folder = tempfile::tempdir().unwrap();
    let mut daemon = Daemon::start(&folder.path().join("db"), &["--grace", "20"]);
    let phone = daemon.client();
    let body = phone.batch_body(&[scan("one")]);
    let mut slow = Line::new(&daemon.base_url);
    slow.begin_write(&phone.token, &body);
    daemon.signal("-TERM");
    daemon.wait_until_closed();
    assert_eq!(daemon.child.try_wait().unwrap(), None, "it waits");
    slow.say(&body);
    let answer = slow.rest();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("\"applied\""), "{answer}");
    assert_eq!(daemon.end(), Some(0));
}

#[test]
fn a_second_signal_ends_it_at_once_and_the_grace_ends_it_anyway() {
    let folder = tempfile::tempdir().unwrap();
    for (grace, again, expected) in [("600", true, 3), ("0", false, 0)] {
        let mut daemon = Daemon::start(&folder.path().join(grace), &["--grace", grace]);
        let phone = daemon.client();
        let mut slow = Line::new(&daemon.base_url);
        slow.begin_write(&phone.token, &phone.batch_body(&[scan("one")]));
        daemon.signal("-INT");
        daemon.wait_until_closed();
        if again {
            daemon.signal("-TERM");
        }
        assert_eq!(daemon.end(), Some(expected), "grace {grace}");
    }
}

#[test]
fn a_server_that_leaves_says_so_before_it_closes() {
    let folder = tempfile::tempdir().unwrap();
    let daemon = Daemon::start(&folder.path().join("db"), &["--drain", "600"]);
    let phone = daemon.client();
    assert_eq!(phone.get("/ready").status, 200);
    daemon.signal("-TERM");
    let began = Instant::now();
    while phone.get("/ready").status == 200 {
        assert!(began.elapsed() < Duration::from_secs(20), "it does not leave");
    }
    assert_eq!(phone.write(&scan("one"))["verdict"], "applied", "until then all goes on");
}

#[test]
fn chaos_says_how_to_have_it_again() {
    let folder = tempfile::tempdir().unwrap();
    for (more, expected) in [
        (vec!["--chaos", "drop=1", "--chaos-seed", "7"], "chaos: --chaos-seed 7 --chaos drop=1,silence=0,"),
        (vec!["--chaos"], " --chaos delay=0.3:50..1500ms,drop=0.04,"),
    ] {
        let mut daemon = Daemon::start(&folder.path().join("db"), &more);
        if more.contains(&"drop=1") {
            assert!(daemon.client().try_send("GET", "/v1/me/changes", &[], None).is_err());
        }
        daemon.signal("-TERM");
        assert_eq!(daemon.end(), Some(0));
        let said = daemon.said();
        assert!(said.contains(expected), "{said}");
    }
}
