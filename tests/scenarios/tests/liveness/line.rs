//! A phone's network and its tokens, as good or bad as a test wants them.

use foodlens_core::*;
use foodlens_scenarios::SECRET;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weather {
    Good,
    /// Nothing leaves the phone.
    Down,
    /// The request is lost on the way.
    LostOnTheWay,
    /// The answer is.
    AnswerLost,
    /// Each request waits in the air until the weather changes.
    Held,
}

pub struct Line {
    url: String,
    to: Mutex<Arc<HttpTransport>>,
    weather: Mutex<Weather>,
    changed: Condvar,
    held: Mutex<Option<Sender<Event>>>,
    requests: AtomicU64,
}

/// What comes first, when a request is waited for.
#[derive(Debug, PartialEq, Eq)]
pub enum Event {
    RequestHeld,
    RunEnded,
}

impl Line {
    pub fn new(url: &str) -> Arc<Self> {
        Arc::new(Self {
            url: url.to_owned(),
            to: Mutex::new(Self::connect(url)),
            weather: Mutex::new(Weather::Good),
            changed: Condvar::new(),
            held: Mutex::default(),
            requests: AtomicU64::new(0),
        })
    }

    fn connect(url: &str) -> Arc<HttpTransport> {
        let options = HttpOptions { allow_loopback_http: true, ..HttpOptions::default() };
        Arc::new(HttpTransport::new(url, &options).unwrap())
    }

    pub fn set(&self, weather: Weather) {
        *self.weather.lock().unwrap() = weather;
        self.changed.notify_all();
    }

    /// Well again, without the connections that broke.
    pub fn mend(&self) {
        *self.to.lock().unwrap() = Self::connect(&self.url);
        self.set(Weather::Good);
    }

    /// From now on requests are held; the receiver hears of the first, the sender is for whoever else may end the wait.
    pub fn hold(&self) -> (Sender<Event>, Receiver<Event>) {
        let (sender, receiver) = channel();
        *self.held.lock().unwrap() = Some(sender.clone());
        self.set(Weather::Held);
        (sender, receiver)
    }

    /// Requests that were made, sent or not.
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::SeqCst)
    }
}

impl Transport for Line {
    fn execute(&self, request: &Request) -> Outcome {
        self.requests.fetch_add(1, Ordering::SeqCst);
        let mut weather = self.weather.lock().unwrap();
        if *weather == Weather::Held {
            if let Some(sender) = self.held.lock().unwrap().take() {
                let _ = sender.send(Event::RequestHeld);
            }
            weather = self.changed.wait_while(weather, |weather| *weather == Weather::Held).unwrap();
        }
        let now = *weather;
        drop(weather);
        match now {
            Weather::Down => return Outcome::NotSent("no network"),
            Weather::LostOnTheWay => return Outcome::OutcomeUnknown("time-out"),
            Weather::Good | Weather::AnswerLost | Weather::Held => {}
        }
        let to = Arc::clone(&self.to.lock().unwrap());
        let outcome = to.execute(request);
        if now == Weather::AnswerLost { Outcome::OutcomeUnknown("time-out") } else { outcome }
    }
}

#[derive(Debug, Clone, Copy)]
pub enum Signed {
    In,
    /// The app has no token.
    Out,
    /// The server does not know the token.
    Wrongly,
    /// The token is another user's.
    AsAnother,
}

pub struct Tokens(pub Mutex<Signed>);

impl TokenProvider for Tokens {
    fn token(&self, user: &UserId, _: bool) -> std::result::Result<AccessToken, HookError> {
        let of = |user: &str, value: String| Ok(AccessToken { user_id: user.to_owned(), value });
        match *self.0.lock().unwrap() {
            Signed::In => of(
                user.as_str(),
                foodlens_server::mint_token(SECRET, user.as_str(), 3_600).map_err(|_| HookError)?,
            ),
            Signed::Out => Err(HookError),
            Signed::Wrongly => of(user.as_str(), "wrong".into()),
            Signed::AsAnother => of("ben", "theirs".into()),
        }
    }
}
