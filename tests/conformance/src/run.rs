//! One run: who is asked, with which tokens, in which bounds; and every duty in turn.

use std::time::{Duration, Instant};

use crate::bench::{Bench, Kit};
use crate::client::{Client, Exchange, Request};
use crate::duties::DUTIES;
use crate::duty::{Check, Duty, Outcome};
use crate::report::{Line, Report};
use crate::write::Way;

/// Something that only an operator of the backend can do. Gives an error's text when it did not work.
pub type Hook = Box<dyn Fn() -> Result<(), String> + Send + Sync>;

/// What the operator lets the kit do; each that is absent leaves its checks out.
#[derive(Default)]
pub struct Hooks {
    /// Ends the backend's process and starts it again on the same data; returns when it answers.
    pub restart: Option<Hook>,
    /// Makes all cursors that were issued so far too old.
    pub expire_cursors: Option<Hook>,
}

/// Whom to check, and how.
pub struct Options {
    /// Without a path: `https://api.example.org`.
    pub base_url: String,
    /// The token of a test user, whose data is written to.
    pub token: String,
    /// The token of another test user.
    pub second_token: Option<String>,
    /// The duties to check; none for all.
    pub only: Vec<String>,
    /// The most that one request may take.
    pub timeout: Duration,
    /// The most that the run may take. What is not done by then has failed.
    pub deadline: Duration,
    /// See [`Hooks`].
    pub hooks: Hooks,
}

impl Options {
    /// One user, all duties, 10 seconds a request, 5 minutes for all.
    pub fn new(base_url: impl Into<String>, token: impl Into<String>) -> Self {
        Self {
            base_url: base_url.into(),
            token: token.into(),
            second_token: None,
            only: Vec::new(),
            timeout: Duration::from_secs(10),
            deadline: Duration::from_secs(300),
            hooks: Hooks::default(),
        }
    }
}

/// Why nothing was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CannotRun {
    /// Nobody answers at the address.
    Unreachable(String),
    /// The backend does not take this token.
    TokenRefused(String),
    /// Both tokens are of the same user.
    SameUser,
    /// There is no such duty.
    NoSuchDuty(String),
}

impl std::fmt::Display for CannotRun {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            CannotRun::Unreachable(why) => write!(f, "the backend cannot be reached: {why}"),
            CannotRun::TokenRefused(why) => write!(f, "the backend refuses a token: {why}"),
            CannotRun::SameUser => f.write_str("both tokens are of the same user: isolation needs two"),
            CannotRun::NoSuchDuty(name) => write!(f, "there is no duty {name}"),
        }
    }
}

impl std::error::Error for CannotRun {}

/// Checks a backend. Blocks until all is done or the time is up; the users' test data stays where it is.
pub fn run(options: Options) -> Result<Report, CannotRun> {
    let chosen = choose(&options.only)?;
    let base_url = options.base_url.clone();
    let kit = connect(options)?;
    let mut lines = Vec::new();
    for duty in chosen {
        for check in duty.checks {
            let started = Instant::now();
            let outcome = outcome_of(&kit, check);
            lines.push(Line { duty, check: check.name, outcome, took: started.elapsed() });
        }
    }
    Ok(Report { base_url, lines })
}

fn choose(only: &[String]) -> Result<Vec<&'static Duty>, CannotRun> {
    if let Some(unknown) = only.iter().find(|name| !DUTIES.iter().any(|duty| duty.id == name.as_str())) {
        return Err(CannotRun::NoSuchDuty(unknown.clone()));
    }
    let is_chosen = |duty: &&Duty| only.is_empty() || only.iter().any(|name| name == duty.id);
    Ok(DUTIES.iter().filter(is_chosen).collect())
}

fn connect(options: Options) -> Result<Kit, CannotRun> {
    let deadline = Instant::now() + options.deadline;
    let secrets: Vec<String> =
        [Some(&options.token), options.second_token.as_ref()].into_iter().flatten().cloned().collect();
    let client =
        |token: &str| Client::new(&options.base_url, token, secrets.clone(), options.timeout, deadline);
    let first = client(&options.token);
    let user = user_of(&first)?;
    let second = options.second_token.as_deref().map(client);
    if let Some(second) = &second {
        let other = user_of(second)?;
        if other == user {
            return Err(CannotRun::SameUser);
        }
    }
    let capabilities = first.send(&Request::get("/v1/me/capabilities")).map_err(unreachable)?;
    let capabilities = if capabilities.status == 200 { capabilities.json } else { serde_json::Value::Null };
    Ok(Kit { client: first, second, user, capabilities, hooks: options.hooks, deadline })
}

/// Everything of the contract names the token's user; the shortest page of the feed is the cheapest such answer.
fn user_of(client: &Client) -> Result<String, CannotRun> {
    let answer: Exchange = client.send(&Request::get("/v1/me/changes?limit=1")).map_err(unreachable)?;
    match answer.status {
        401 | 403 => Err(CannotRun::TokenRefused(answer.got)),
        _ => Ok(answer.json["user"].as_str().unwrap_or_default().to_owned()),
    }
}

fn unreachable(outcome: Outcome) -> CannotRun {
    match outcome {
        Outcome::Fail { got, .. } => CannotRun::Unreachable(got),
        Outcome::Pass | Outcome::NotOffered { .. } => CannotRun::Unreachable(String::new()),
    }
}

fn outcome_of(kit: &Kit, check: &Check) -> Outcome {
    let ways: &[Way] = match (check.each_way, kit.offers_batch()) {
        (true, true) => &[Way::Single, Way::Batch],
        _ => &[Way::Single],
    };
    for way in ways {
        if kit.deadline <= Instant::now() {
            let [sent, got] = ["nothing", "the time of the whole run is up"].map(str::to_owned);
            return Outcome::Fail { sent, got, expected: "a backend that answers in time".to_owned() };
        }
        if let Err(outcome) = (check.run)(&Bench { kit, way: *way }) {
            return outcome;
        }
    }
    Outcome::Pass
}
