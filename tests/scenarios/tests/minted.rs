//! A backend that mints ids of its own: the app keeps its stable ones, later writes name the backend's, nothing is doubled.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so")]

use foodlens_core::*;
use foodlens_scenarios::{Backend, Phone, all_agree};
use foodlens_server::{Endpoint, Entity, Fault, FaultKind};
use serde_json::json;

fn scan(name: &str) -> HistoryContent {
    HistoryContent { product_name: Some(name.into()), ..HistoryContent::new(HistoryKind::Scan, 1) }
}

fn minting(batch: bool) -> Backend {
    Backend::start_with(|options| foodlens_server::Options { mint_ids: true, batch, ..options }).unwrap()
}

fn server_id(phone: &Phone, id: RecordId) -> Option<String> {
    phone.session.history().get(id).unwrap().sync.server_id
}

#[test]
fn the_apps_id_stays_and_later_writes_name_the_backends() {
    for batch in [true, false] {
        let backend = minting(batch);
        let (a, b) = (Phone::new(&backend.url(), "ana"), Phone::new(&backend.url(), "ana"));
        let id = a.session.history().add(&scan("a")).unwrap();
        assert_eq!(server_id(&a, id), None, "nobody has given it one yet");
        // The answer to the creation is lost, so it comes back by a pull or by the same key.
        let endpoint = if batch { Endpoint::Batch } else { Endpoint::Write };
        backend.server.faults().push(Fault::new(endpoint, FaultKind::CommitThenSilence { after: None }));
        a.settle();
        b.settle();
        let minted = server_id(&a, id);
        assert!(minted.is_some(), "batch {batch}");
        assert_eq!(server_id(&b, id), minted, "the other phone knows it by the same id");
        let shown = b.session.history().get(id).unwrap();
        b.session.history().update(&shown, &scan("b")).unwrap();
        backend.server.requests().clear();
        b.settle();
        if !batch {
            let paths: Vec<_> = backend.server.requests().all().into_iter().map(|seen| seen.path).collect();
            let named = format!("/v1/me/history/{}", minted.unwrap().replace('/', "%2F"));
            assert!(paths.contains(&named), "{named} in {paths:?}");
        }
        a.settle();
        assert_eq!(a.session.history().count().unwrap(), 1, "own writes that come back are not doubled");
        a.session.history().delete(id).unwrap();
        a.settle();
        b.settle();
        assert_eq!(b.session.history().count().unwrap(), 0);
        assert_eq!(backend.server.stats().applied, 3);
        all_agree(&[&a, &b], &backend);
    }
}

#[test]
fn what_was_made_elsewhere_has_one_id_on_every_device_and_can_be_edited() {
    for batch in [true, false] {
        let backend = minting(batch);
        let (a, b) = (Phone::new(&backend.url(), "ana"), Phone::new(&backend.url(), "ana"));
        let fields = json!({"kind": "meal", "occurred_at": 5, "product_name": "from the website"});
        let made = backend
            .server
            .make_elsewhere("ana", Entity::History, fields.as_object().unwrap().clone())
            .unwrap();
        a.settle();
        b.settle();
        let only = |phone: &Phone| phone.session.history().page(None, 10).unwrap().entries.remove(0);
        assert_eq!(only(&a).id, only(&b).id);
        assert_eq!(only(&a).sync.server_id, made.server_id);
        a.session.history().update(&only(&a), &scan("edited")).unwrap();
        assert_eq!(a.settle().next, NextStep::Done);
        b.settle();
        assert_eq!(only(&b).content.product_name.as_deref(), Some("edited"));
        b.session.history().delete(only(&b).id).unwrap();
        assert_eq!(b.settle().next, NextStep::Done);
        a.settle();
        assert_eq!(a.session.history().count().unwrap(), 0, "batch {batch}");
    }
}
