//! The backend: the reference server's routes over its own file, called in process, with the ledger beside it.

use super::ledger::{Arrival, Ledger, plain_body};
use super::time::WorldTime;
use crate::dice::Dice;
use crate::plan;
use foodlens_core::{Method, Request, Response};
use foodlens_server::{
    Conduct, Entity, InProcess, InProcessRequest, Options, PauseRule, Record, Retention, Seams, StoreError,
    mint_token,
};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use uuid::Uuid;

/// Where devices believe it to be.
pub const URL: &str = "https://backend.invalid";
const BACKUP: &str = "backup.db";
const SECRET: &str = "simulation";
/// The users of the world.
pub const USERS: [&str; 3] = ["ana@example.invalid", "bo@example.invalid", "cy@example.invalid"];

/// The server.
pub struct Backend {
    server: Option<InProcess>,
    /// A copy that reads are answered from.
    copy: Option<InProcess>,
    pub ledger: Ledger,
    /// Requests that reached it.
    pub requests: u64,
    tokens: Vec<String>,
    database: PathBuf,
    /// How many writes had arrived when the backup was made, if there is one.
    backup: Option<usize>,
    seams: Seams,
}

impl Backend {
    /// Starts it on an empty database.
    ///
    /// # Errors
    /// When its database cannot be made.
    pub fn new(folder: &Path, time: WorldTime, dice: Dice) -> io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let dice = Mutex::new(dice);
        let fresh_id = move || {
            let mut bytes = [0; 16];
            dice.lock().unwrap_or_else(PoisonError::into_inner).fill(&mut bytes);
            uuid::Builder::from_random_bytes(bytes).into_uuid()
        };
        let seams = Seams { now_ms: Arc::new(move || time.now_ms()), fresh_id: Arc::new(fresh_id) };
        let year = 365 * 24 * 3_600;
        let tokens: Result<_, _> = USERS.iter().map(|user| mint_token(SECRET, user, year)).collect();
        let tokens = tokens.map_err(io::Error::other)?;
        let database = folder.join("server.db");
        let mut backend = Self {
            server: None,
            copy: None,
            ledger: Ledger::default(),
            requests: 0,
            tokens,
            database,
            backup: None,
            seams,
        };
        backend.start(Conduct::default())?;
        Ok(backend)
    }

    fn start(&mut self, conduct: Conduct) -> io::Result<()> {
        let options = Options { seams: self.seams.clone(), ..Options::new(&self.database, SECRET) };
        let server = InProcess::open(options)?;
        server.service().adjust(|now| *now = conduct);
        self.server = Some(server);
        Ok(())
    }

    /// A good token of this user.
    #[must_use]
    pub fn token(&self, user: usize) -> &str {
        &self.tokens[user]
    }

    /// Whose token a request carries.
    #[must_use]
    pub fn user_of(&self, request: &Request) -> Option<usize> {
        let (_, value) = request.headers.iter().find(|(name, _)| name == "authorization")?;
        let token = value.strip_prefix("Bearer ")?;
        self.tokens.iter().position(|known| known == token)
    }

    /// The request arrives and is carried out to its end; what is answered. None: it broke off.
    pub fn deliver(&mut self, request: &Request) -> Option<Response> {
        self.requests += 1;
        let user = self.user_of(request);
        let method = match request.method {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
            Method::Delete => "DELETE",
        };
        let arrived = InProcessRequest {
            method: method.to_owned(),
            target: request.url.strip_prefix(URL).unwrap_or("/").to_owned(),
            headers: request.headers.clone(),
            body: request.body.clone().unwrap_or_default(),
        };
        let copy = self.copy.as_ref().filter(|_| request.method == Method::Get);
        let answer = copy.or(self.server.as_ref())?.call(arrived)?;
        let header = |name: &str| answer.header(name).map(str::to_owned);
        let (retry_after, content_type) = (header("retry-after"), header("content-type"));
        let response = Response { status: answer.status, retry_after, content_type, body: answer.body };
        super::tell(|| {
            format!(
                "    {method} {} -> {} {}",
                request.url,
                response.status,
                String::from_utf8_lossy(&response.body)
            )
        });
        if let Some(user) = user {
            self.ledger.note(user, request, &response, (self.seams.now_ms)());
        }
        Some(response)
    }

    /// Only the first writes of the request arrive.
    pub fn deliver_partly(&mut self, request: &Request, writes: usize) {
        let mut part = request.clone();
        if let Ok(mut body) = serde_json::from_slice::<serde_json::Value>(&plain_body(request))
            && let Some(operations) = body["operations"].as_array_mut()
        {
            operations.truncate(writes);
            part.headers.retain(|(name, _)| name != "content-encoding");
            part.body = Some(body.to_string().into_bytes());
        }
        self.deliver(&part);
    }

    /// Makes an allergy as a website does.
    ///
    /// # Errors
    /// When the server's database fails.
    pub fn make_elsewhere(&mut self, user: usize, fields: serde_json::Value) -> io::Result<Arrival> {
        let server = self.server.as_ref().ok_or_else(|| io::Error::other("no server"))?;
        let fields = fields.as_object().cloned().unwrap_or_default();
        let made = server.service().make_elsewhere(USERS[user], Entity::Allergies, fields);
        Ok(self.ledger.made_elsewhere(user, &made.map_err(io::Error::other)?, (self.seams.now_ms)()))
    }

    /// Every record of the user, tombstones included.
    ///
    /// # Errors
    /// When the server's database cannot be read.
    pub fn snapshot(&self, user: usize) -> Result<Vec<Record>, StoreError> {
        self.server.as_ref().map_or(Ok(Vec::new()), |server| server.service().snapshot(USERS[user]))
    }

    fn forget(&mut self) {
        let kept = Retention::default();
        let days = kept.key_days.max(kept.tombstone_days);
        self.ledger.forget((self.seams.now_ms)() - days * 86_400_000);
    }

    /// Something happens at the backend.
    ///
    /// # Errors
    /// When its database fails.
    pub fn act(&mut self, what: plan::Backend) -> io::Result<()> {
        let Some(server) = self.server.as_ref() else { return Ok(()) };
        let service = server.service();
        let conduct = |change: &dyn Fn(&mut Conduct)| service.adjust(|now| change(now));
        match what {
            plan::Backend::NewEpoch => drop(service.new_epoch().map_err(io::Error::other)?),
            plan::Backend::BackUp => {
                self.forget(); // it sweeps as it starts again
                self.at_rest(|database| std::fs::copy(database, database.with_file_name(BACKUP)))?;
                self.backup = Some(self.ledger.arrivals().len());
            }
            plan::Backend::PutBack => {
                // Once: two lives that begin with the same numbers could not be told apart by them.
                let Some(known) = self.backup.take() else { return Ok(()) };
                self.forget();
                self.at_rest(|database| std::fs::copy(database.with_file_name(BACKUP), database))?;
                self.ledger.lose(known);
                if let Some(server) = &self.server {
                    server.service().new_epoch().map_err(io::Error::other)?;
                }
            }
            plan::Backend::ExpireCursors => service.expire_cursors().map_err(io::Error::other)?,
            plan::Backend::Pause { on } => conduct(&|now| now.paused = on),
            plan::Backend::PauseHistory { on } => conduct(&|now| {
                let rule = PauseRule { entity: Some(Entity::History), ..PauseRule::default() };
                now.pauses = on.then_some(rule).into_iter().collect();
            }),
            plan::Backend::Batch { on } => conduct(&|now| now.batch = on),
            plan::Backend::Capabilities { on } => conduct(&|now| now.capabilities = on),
            plan::Backend::NewestFirst { on } => conduct(&|now| now.newest_first = on),
            plan::Backend::MintIds => conduct(&|now| now.mint_ids = true),
            plan::Backend::Compression { on } => conduct(&|now| now.compression = on),
            plan::Backend::Pages { records } => conduct(&|now| now.max_page = records.max(1)),
            plan::Backend::Lag { on: false } => self.copy = None,
            plan::Backend::Lag { on: true } => self.copy = Some(self.copied()?),
            plan::Backend::RetryParked { word } => conduct(&|now| now.retry_parked = Some(word.to_string())),
            plan::Backend::Purge => {
                service.purge().map_err(io::Error::other)?;
                self.forget();
            }
            plan::Backend::Restart => {
                let now = service.conduct();
                self.server = None;
                self.start(now)?;
                self.forget(); // it sweeps as it starts
            }
        }
        Ok(())
    }

    /// A copy of the database as it is now, that is not written to.
    fn copied(&mut self) -> io::Result<InProcess> {
        let file = self.database.with_file_name("copy.db");
        let now = self.at_rest(|database| std::fs::copy(database, &file))?;
        let options = Options { seams: self.seams.clone(), ..Options::new(&file, SECRET) };
        let copy = InProcess::open(options)?;
        copy.service().adjust(|conduct| *conduct = now);
        Ok(copy)
    }

    /// Does something to the database while nobody has it open: what lies beside the file is in it then. It starts again, and no
    /// copy of it is read any more.
    fn at_rest(&mut self, act: impl FnOnce(&Path) -> io::Result<u64>) -> io::Result<Conduct> {
        let now = self.server.as_ref().map(|server| server.service().conduct()).unwrap_or_default();
        (self.server, self.copy) = (None, None);
        act(&self.database)?;
        self.start(now.clone())?;
        Ok(now)
    }

    /// Whether reads may be older than what was answered to writes.
    #[must_use]
    pub fn lags(&self) -> bool {
        self.copy.is_some()
    }

    /// Nothing is put off any more, and nothing lags.
    pub fn heal(&mut self) {
        self.copy = None;
        if let Some(server) = &self.server {
            server.service().adjust(|now| {
                now.paused = false;
                now.pauses.clear();
            });
        }
    }
}

/// The number in a record's id, for short lines.
#[must_use]
pub fn short(id: Uuid) -> String {
    let text = id.simple().to_string();
    text[text.len() - 6..].to_owned()
}
