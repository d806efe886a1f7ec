//! What a test sees of the requests that came.

use foodlens_server::{Endpoint, Fault, FaultKind, SeenRequest};

use crate::support::{Backend, scan};

#[test]
fn requests_are_seen_with_what_matters_and_without_content() {
    let backend = Backend::start();
    let phone = backend.client("anna");
    phone.send("GET", "/v1/me/changes?limit=7&entities=history", &[("x-app-version", "2.4.0")], None);
    phone.try_send_bytes("POST", "/v1/me/batch", &[("content-encoding", "gzip")], Some(b"broken")).unwrap();
    phone.get("/health");
    phone.get("/v1/nowhere");
    backend.running.faults().push(Fault::new(Endpoint::Batch, FaultKind::DropBeforeCommit));
    let body = phone.batch_body(&[scan("secret")]);
    assert!(phone.try_send("POST", "/v1/me/batch", &[], Some(&body)).is_err());
    let seen = |method: &str, path: &str, status: Option<u16>| SeenRequest {
        method: method.into(),
        path: path.into(),
        gzip: false,
        app_version: None,
        status,
    };
    let all = backend.running.requests().all();
    assert_eq!(
        all,
        [
            SeenRequest {
                app_version: Some("2.4.0".into()),
                ..seen("GET", "/v1/me/changes?limit=7&entities=history", Some(200))
            },
            SeenRequest { gzip: true, ..seen("POST", "/v1/me/batch", Some(400)) },
            seen("GET", "/v1/nowhere", Some(404)),
            seen("POST", "/v1/me/batch", None),
        ]
    );
    let text = format!("{all:?}");
    assert!(!text.contains("secret") && !text.contains(&phone.token));
    backend.running.requests().clear();
    assert!(backend.running.requests().all().is_empty());
}
