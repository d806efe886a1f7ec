//! One request of a run: its token, its identity, its time, its event.

use super::engine::{Run, Stop};
use super::flight::Flight;
use super::landing::{Landed, Readable, Reader, Reading, reader};
use super::pull::FeedPage;
use crate::clock::Requests;
use crate::outbox::{Operation, RunSignal, judge_read};
use crate::session::AccessToken;
use crate::telemetry::Happened;
use crate::transport::{Outcome, Request};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;
use std::time::Duration;

/// A request with what the run has to know of it.
pub(super) struct Asked {
    pub endpoint: &'static str,
    pub request: Request,
    pub operations: usize,
    /// The backend can tell from the request (or the answer to a read) whose it should be. A single write cannot: before
    /// one goes, an answer under the same token must have named the user.
    pub names_user: bool,
    /// How the answer is read on its way.
    reader: Option<Reader>,
}

/// A read that was sent before it is asked for.
pub(super) struct Ahead(Asked, Departed);

/// A request that was sent.
struct Departed {
    request_id: String,
    began: i64,
    flight: Flight,
}

impl Asked {
    pub fn read(endpoint: &'static str, request: Request) -> Self {
        Self { endpoint, request, operations: 0, names_user: true, reader: None }
    }

    /// A read whose answer is this.
    pub fn page<T: Readable>(endpoint: &'static str, request: Request) -> Self {
        Self { reader: Some(reader::<T>), ..Self::read(endpoint, request) }
    }

    pub fn batch(request: Request, operations: usize) -> Self {
        Self { endpoint: "batch", request, operations, names_user: true, reader: None }
    }

    pub fn single(request: Request, operation: &Operation) -> Self {
        let endpoint = operation.collection.name();
        Self { endpoint, request, operations: 1, names_user: false, reader: None }
    }
}

impl Run<'_> {
    /// Makes sure that there is a token of this user, before anything is marked as being sent.
    pub fn have_token(&mut self) -> Result<(), Stop> {
        if self.token.is_none() {
            self.token = Some(self.ask_for_token(false)?);
        }
        Ok(())
    }

    /// One request with its token; after a 401, once more with a fresh one.
    pub fn send(&mut self, asked: &Asked, request_id: &str) -> Result<Outcome, Stop> {
        self.send_read(asked, request_id).map(|landed| landed.outcome)
    }

    /// The same, with what the answer was read as.
    pub fn send_read(&mut self, asked: &Asked, request_id: &str) -> Result<Landed, Stop> {
        self.have_token()?;
        self.prove(asked)?;
        let landed = self.send_once(asked, request_id);
        self.once_more(asked, request_id, landed, &mut None)
    }

    /// Requests that are under way at the same time, each as by [`Self::send`].
    pub fn send_together(&mut self, all: &[(Asked, String)]) -> Vec<Result<Outcome, Stop>> {
        let ready = self.have_token().and_then(|()| all.iter().try_for_each(|(asked, _)| self.prove(asked)));
        if let Err(stop) = ready {
            return all.iter().map(|_| Err(stop.clone())).collect();
        }
        let departed: Vec<_> = all.iter().map(|(asked, request_id)| self.depart(asked, request_id)).collect();
        let landed: Vec<_> =
            all.iter().zip(departed).map(|((asked, _), departed)| self.land(asked, departed)).collect();
        let mut fresh = None;
        let landed = all.iter().zip(landed);
        let landed = landed.map(|((asked, id), landed)| self.once_more(asked, id, landed, &mut fresh));
        landed.map(|landed| landed.map(|landed| landed.outcome)).collect()
    }

    /// After a 401, sends it again under a fresh token. `fresh`: what became of asking for one, which is done once.
    fn once_more(
        &mut self,
        asked: &Asked,
        request_id: &str,
        landed: Result<Landed, Stop>,
        fresh: &mut Option<Result<(), Stop>>,
    ) -> Result<Landed, Stop> {
        if !matches!(&landed, Ok(Landed { outcome: Outcome::Response(response), .. }) if response.status == 401)
        {
            return landed;
        }
        if fresh.is_none() {
            self.proven = false;
            let token = self.ask_for_token(true).map(|token| self.token = Some(token));
            *fresh = Some(token.and_then(|()| self.prove(asked)));
        }
        fresh.clone().unwrap_or(Ok(()))?;
        self.send_once(asked, request_id)
    }

    /// Before a write that does not name its user: whose token is this? A write under another's could not be taken back.
    fn prove(&mut self, asked: &Asked) -> Result<(), Stop> {
        if asked.names_user || self.proven || sabotaged!(TokenUnproven) {
            return Ok(());
        }
        let asked = Asked::page::<FeedPage>("changes", self.endpoint().changes(None, 1, None));
        let request_id = self.new_request_id();
        let (outcome, read) = self.send_read(&asked, &request_id)?.into_read::<FeedPage>();
        match judge_read(&outcome, self.env().now_ms(), read) {
            Ok(page) if page.user == self.inner.user.as_str() => {
                self.proven = true;
                Ok(())
            }
            Ok(_) => Err(Stop::Signal(RunSignal::WrongUser)),
            Err(signal) => Err(Stop::Signal(signal.unwrap_or(RunSignal::ServerTrouble("request refused")))),
        }
    }

    fn send_once(&mut self, asked: &Asked, request_id: &str) -> Result<Landed, Stop> {
        let ahead = self.ahead.take_if(|Ahead(ahead, _)| ahead.request.url == asked.request.url);
        self.forget_ahead();
        let departed = match ahead {
            Some(Ahead(_, departed)) => departed,
            None => self.depart(asked, request_id),
        };
        self.land(asked, departed)
    }

    fn depart(&mut self, asked: &Asked, request_id: &str) -> Departed {
        let request = self.headed(asked.request.clone(), request_id);
        self.report.requests += 1;
        let began = self.env().monotonic_ms();
        let most_bytes = self.inner.parts.config.http.max_response_bytes;
        let reading = Reading { most_bytes, reader: asked.reader };
        let flight = self.inner.flights.take_off(&self.inner.parts.transport, request, reading, self.env());
        Departed { request_id: request_id.to_owned(), began, flight }
    }

    fn land(&self, asked: &Asked, departed: Departed) -> Result<Landed, Stop> {
        let Departed { request_id, began, flight } = departed;
        let left = u64::try_from(self.ends_at.saturating_sub(self.env().monotonic_ms())).unwrap_or(0);
        let (transport, left) = (self.inner.parts.transport.as_ref(), Duration::from_millis(left));
        let landed = self.inner.flights.wait_for(flight, transport, left, &self.stop, self.env());
        self.tell_of(asked, request_id, began, landed.as_ref());
        landed.ok_or(Stop::OutOfTime)
    }

    /// Sends the read that will be asked for next, while what came before it is being stored. Not on the run's own thread:
    /// there it goes when it is asked for.
    pub fn look_ahead(&mut self, asked: Asked) {
        if self.env().requests() == Requests::RunsThread {
            return;
        }
        let request_id = self.new_request_id();
        let departed = self.depart(&asked, &request_id);
        self.ahead = Some(Ahead(asked, departed));
    }

    /// Tells of a read that was sent and is not needed; its answer is dropped.
    pub fn forget_ahead(&mut self) {
        if let Some(Ahead(asked, Departed { request_id, began, .. })) = self.ahead.take() {
            self.tell_of(&asked, request_id, began, None);
        }
    }

    /// The request with what every one has.
    fn headed(&self, mut request: Request, request_id: &str) -> Request {
        let mut header = |name: &str, value: String| request.headers.push((name.to_owned(), value));
        let token = self.token.as_ref().map_or("", |token| token.value.as_str());
        if sabotaged!(TokenLogged) {
            log::warn!("foodlens: sent with {token}");
        }
        header("authorization", format!("Bearer {token}"));
        header("x-request-id", request_id.to_owned());
        header("accept", "application/json, application/problem+json".to_owned());
        // One that no header can hold must not stop every request.
        if let Some(version) =
            self.inner.parts.config.app_version.as_ref().filter(|text| is_header_text(text))
        {
            header("x-app-version", version.clone());
        }
        request
    }

    fn tell_of(&self, asked: &Asked, request_id: String, began: i64, landed: Option<&Landed>) {
        let (status, failure) = match landed.map(|landed| &landed.outcome) {
            None => (None, Some("given up")),
            Some(Outcome::NotSent(code) | Outcome::OutcomeUnknown(code)) => (None, Some(*code)),
            Some(Outcome::Response(response)) => (Some(response.status), None),
        };
        self.tell(Happened::Request {
            request_id,
            endpoint: asked.endpoint,
            operations: asked.operations as u64,
            sent_bytes: asked.request.body.as_ref().map_or(0, Vec::len) as u64,
            received_bytes: landed.map_or(0, |landed| landed.received) as u64,
            status,
            failure,
            duration_ms: self.env().monotonic_ms().saturating_sub(began),
        });
    }

    fn ask_for_token(&self, refused: bool) -> Result<AccessToken, Stop> {
        let (tokens, user) = (&self.inner.parts.hooks.tokens, &self.inner.user);
        let given = catch_unwind(AssertUnwindSafe(|| tokens.token(user, refused)));
        match given {
            Ok(Ok(token)) if token.user_id == user.as_str() => Ok(token),
            Ok(Ok(_)) => Err(Stop::NoToken("token of another user")),
            // A hook that gives up because its run was cancelled says nothing about the sign-in.
            Ok(Err(_)) | Err(_) if self.stop.load(Ordering::Relaxed) => Err(Stop::OutOfTime),
            Ok(Err(_)) | Err(_) => Err(Stop::NoToken("no token")),
        }
    }
}

/// Whether a header can hold the text: printable ASCII.
fn is_header_text(text: &str) -> bool {
    text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic())
}
