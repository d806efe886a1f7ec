//! Three server processes over one database, and clients who take them in turn. One of them is killed in the middle.

use std::sync::Mutex;

use crate::database::Home;
use crate::many::write_and_read;
use crate::process::Program;

fn start() -> (Home, Vec<Program>) {
    let home = Home::new();
    let servers = std::thread::scope(|scope| {
        let starting: Vec<_> = (0..3).map(|_| scope.spawn(|| Program::start(&home, &[]))).collect();
        starting.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    (home, servers)
}

fn urls(servers: &[Program]) -> Vec<String> {
    servers.iter().map(|server| server.base_url.clone()).collect()
}

#[test]
fn a_crowd_before_three_servers_sees_every_version_once_and_in_order() {
    let (_home, servers) = start();
    write_and_read(&urls(&servers), |_| true);
}

#[test]
fn a_server_that_is_killed_in_the_middle_is_missed_by_nobody() {
    let (_home, mut servers) = start();
    let urls = urls(&servers);
    let doomed = Mutex::new(servers.pop());
    write_and_read(&urls, |seen| {
        let is_time = seen >= 20;
        if is_time && let Some(mut program) = doomed.lock().unwrap().take() {
            program.child.kill().unwrap();
        }
        is_time
    });
    assert!(doomed.lock().unwrap().is_none(), "it was killed while they wrote");
}
