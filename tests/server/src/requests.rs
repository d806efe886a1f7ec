//! The latest requests, as tests want to see them: no body, no token.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

const KEPT: usize = 1000;

/// A request to `/v1`, whatever became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenRequest {
    /// In capitals.
    pub method: String,
    /// The path with its query.
    pub path: String,
    /// Whether its body came as gzip.
    pub gzip: bool,
    /// Its `X-App-Version`.
    pub app_version: Option<String>,
    /// The status that it was answered; None while it is under way, and when a fault closed its connection.
    pub status: Option<u16>,
}

/// The latest thousand requests in the order of their arrival, shared with a running server.
#[derive(Debug, Clone, Default)]
pub struct Requests(Arc<Mutex<Kept>>);

#[derive(Debug, Default)]
struct Kept {
    latest: VecDeque<SeenRequest>,
    /// How many came before the first of `latest`.
    gone: u64,
}

impl Requests {
    /// Those that are kept, the eldest first.
    pub fn all(&self) -> Vec<SeenRequest> {
        self.kept().latest.iter().cloned().collect()
    }

    /// Forgets them, so that what comes next stands alone.
    pub fn clear(&self) {
        let mut kept = self.kept();
        kept.gone += kept.latest.len() as u64;
        kept.latest.clear();
    }

    /// Keeps a request, and gives its number.
    pub(crate) fn add(&self, request: SeenRequest) -> u64 {
        let mut kept = self.kept();
        if kept.latest.len() == KEPT {
            kept.latest.pop_front();
            kept.gone += 1;
        }
        kept.latest.push_back(request);
        kept.gone + kept.latest.len() as u64 - 1
    }

    /// Tells how the request of this number was answered, if it is still kept.
    pub(crate) fn answered(&self, number: u64, status: u16) {
        let mut kept = self.kept();
        let place = number.checked_sub(kept.gone).and_then(|place| usize::try_from(place).ok());
        if let Some(request) = place.and_then(|place| kept.latest.get_mut(place)) {
            request.status = Some(status);
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(path: &str) -> SeenRequest {
        SeenRequest { method: "GET".into(), path: path.into(), gzip: false, app_version: None, status: None }
    }

    #[test]
    fn an_answer_finds_its_request_or_nothing() {
        let requests = Requests::default();
        let early = requests.add(get("/early"));
        requests.clear();
        let one = requests.add(get("/one"));
        let two = requests.add(get("/two"));
        requests.answered(two, 404);
        requests.answered(early, 500);
        requests.answered(one, 200);
        let seen: Vec<_> = requests.all().into_iter().map(|seen| (seen.path, seen.status)).collect();
        assert_eq!(seen, [("/one".to_owned(), Some(200)), ("/two".to_owned(), Some(404))]);
    }

    #[test]
    fn only_the_latest_are_kept() {
        let requests = Requests::default();
        let first = requests.add(get("/0"));
        for place in 1..=KEPT {
            requests.add(get(&format!("/{place}")));
        }
        requests.answered(first, 500);
        let all = requests.all();
        assert_eq!((all.len(), all[0].path.as_str(), all[0].status), (KEPT, "/1", None));
    }
}
