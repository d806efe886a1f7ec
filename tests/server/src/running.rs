//! The server as a whole: its own runtime in its own threads, so that blocking tests can hold it by a handle.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::sync::{Semaphore, watch};

use crate::auth::{Auth, Tokens};
use crate::chaos::{Chaos, Dice};
use crate::clock::Seams;
use crate::conduct::Conduct;
use crate::faults::Faults;
use crate::http::{self, App};
use crate::limits::{Limits, Rates};
use crate::metrics::Metrics;
use crate::model::{Entity, Fields, RawRecord};
use crate::pause::PauseRule;
use crate::record::Record;
use crate::requests::Requests;
use crate::serve::{serve, stopped};
use crate::service::{Retention, Service};
use crate::stats::Stats;
use crate::store::{Database, StoreError};

const PURGE_EVERY: Duration = Duration::from_secs(24 * 60 * 60);

/// How to start a server.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where the data are.
    pub database: Database,
    /// How long deletions and keys are remembered.
    pub retention: Retention,
    /// Which tokens open anything.
    pub tokens: Tokens,
    /// Where to listen; port 0 for a free one.
    pub bind: SocketAddr,
    /// See [`Conduct::batch`].
    pub batch: bool,
    /// See [`Conduct::capabilities`].
    pub capabilities: bool,
    /// See [`Conduct::newest_first`].
    pub newest_first: bool,
    /// See [`Conduct::compression`].
    pub compression: bool,
    /// See [`Conduct::mint_ids`].
    pub mint_ids: bool,
    /// See [`Conduct::pauses`].
    pub pauses: Vec<PauseRule>,
    /// See [`Conduct::retry_parked`].
    pub retry_parked: Option<String>,
    /// Whether faults and conduct can be set over HTTP, at `/test/faults` and `/test/conduct`.
    pub test_faults: bool,
    /// Whether the fault `die_after_commit` aborts this process: only where the server is all of it.
    pub may_abort: bool,
    /// What is too much.
    pub limits: Limits,
    /// What goes wrong by chance; None for nothing.
    pub chaos: Option<Chaos>,
    /// Whether `/metrics` stands beside the routes of the contract.
    pub metrics: bool,
    /// A port of its own for `/metrics`, where nothing else is.
    pub metrics_bind: Option<SocketAddr>,
    /// How long `/ready` says no, and everything else goes on, before a stop.
    pub drain: Duration,
    /// How long requests that are under way may take to end at a stop.
    pub grace: Duration,
    /// Time and ids.
    pub seams: Seams,
    /// What is broken on purpose, see [`crate::Sabotage`].
    #[cfg(feature = "sabotage")]
    pub sabotage: Option<crate::Sabotage>,
}

impl Options {
    /// A server for tests: a free port of the loopback, no faults over HTTP.
    pub fn new(database: impl Into<Database>, secret: impl Into<String>) -> Self {
        Self {
            database: database.into(),
            retention: Retention::default(),
            tokens: Tokens::of_secret(secret),
            bind: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            batch: true,
            capabilities: true,
            newest_first: true,
            compression: true,
            mint_ids: false,
            pauses: Vec::new(),
            retry_parked: None,
            test_faults: false,
            may_abort: false,
            limits: Limits::default(),
            chaos: None,
            metrics: false,
            metrics_bind: None,
            drain: Duration::ZERO,
            grace: Duration::from_secs(3),
            seams: Seams::default(),
            #[cfg(feature = "sabotage")]
            sabotage: None,
        }
    }
}

/// Starts servers.
pub struct Server;

impl Server {
    /// Returns when the server accepts connections. Fails when the port is taken, or the database cannot be used.
    pub fn start(options: Options) -> io::Result<Running> {
        let (listener, addr) = listen(options.bind)?;
        let metrics = options.metrics_bind.map(listen).transpose()?;
        let (stop, stop_asked) = watch::channel(false);
        let (stop_now, stopping) = watch::channel(false);
        let life = Life {
            drain: options.drain,
            grace: options.grace,
            header_timeout: options.limits.header_timeout,
            stop_asked,
            stop_now,
        };
        let app = app_of(options, stopping)?;
        let (service, faults, requests) =
            (Arc::clone(&app.service), app.faults.clone(), app.requests.clone());
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let metrics_addr = metrics.as_ref().map(|(_, addr)| *addr);
        let thread = std::thread::Builder::new().name("foodlens-server".to_owned()).spawn(move || {
            let grace = life.grace;
            if let Err(error) =
                runtime.block_on(live(listener, metrics.map(|(listener, _)| listener), app, life))
            {
                tracing::error!(%error, "the server ended");
            }
            // Waits for writes that are under way: the file must be free for the next server.
            runtime.shutdown_timeout(grace);
        })?;
        Ok(Running { addr, metrics_addr, service, faults, requests, stop, thread: Some(thread) })
    }
}

/// What answers requests, wherever they come from. Fails when the database or the keys cannot be used.
pub(crate) fn app_of(options: Options, stopping: watch::Receiver<bool>) -> io::Result<App> {
    let service =
        Service::open_at(&options.database, options.retention, options.seams).map_err(io::Error::other)?;
    service.adjust(|conduct| {
        *conduct = Conduct {
            batch: options.batch,
            capabilities: options.capabilities,
            newest_first: options.newest_first,
            compression: options.compression,
            mint_ids: options.mint_ids,
            max_body_bytes: options.limits.body_bytes,
            max_page: options.limits.page,
            paused: false,
            pauses: options.pauses,
            retry_parked: options.retry_parked,
        }
    });
    Ok(App {
        service: Arc::new(service),
        auth: Arc::new(Auth::new(options.tokens)?),
        rates: Arc::new(Rates::new(&options.limits)),
        slots: Arc::new(Semaphore::new(options.limits.in_flight)),
        body_timeout: options.limits.body_timeout,
        metrics: Arc::new(Metrics::new()),
        shows_metrics: options.metrics,
        faults: Faults::default(),
        chaos: options.chaos.map(|chaos| Arc::new(Dice::new(chaos))),
        requests: Requests::default(),
        may_abort: options.may_abort,
        test_faults: options.test_faults,
        runs_here: false,
        leaving: Arc::default(),
        stopping,
        #[cfg(feature = "sabotage")]
        sabotage: options.sabotage,
    })
}

fn listen(bind: SocketAddr) -> io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind(bind)?;
    listener.set_nonblocking(true)?;
    let addr = listener.local_addr()?;
    Ok((listener, addr))
}

/// How long a server lives, and how it ends.
struct Life {
    drain: Duration,
    grace: Duration,
    header_timeout: Duration,
    stop_asked: watch::Receiver<bool>,
    stop_now: watch::Sender<bool>,
}

async fn live(listener: TcpListener, metrics: Option<TcpListener>, app: App, life: Life) -> io::Result<()> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let purging = tokio::spawn(purge_daily(Arc::clone(&app.service)));
    let metrics = match metrics {
        Some(listener) => {
            let listener = tokio::net::TcpListener::from_std(listener)?;
            let (router, stopping) = (http::metrics_router(app.clone()), app.stopping.clone());
            Some(tokio::spawn(serve(listener, router, life.header_timeout, stopping)))
        }
        None => None,
    };
    let (stopping, leaving) = (app.stopping.clone(), Arc::clone(&app.leaving));
    let ending = async {
        stopped(life.stop_asked).await;
        leaving.store(true, Ordering::Relaxed);
        tokio::time::sleep(life.drain).await;
        life.stop_now.send_replace(true);
        tokio::time::sleep(life.grace).await;
        tracing::warn!("requests were still under way");
    };
    tokio::select! {
        () = serve(listener, http::router(app), life.header_timeout, stopping) => {}
        () = ending => {}
    }
    purging.abort();
    if let Some(metrics) = metrics {
        metrics.abort();
    }
    Ok(())
}

async fn purge_daily(service: Arc<Service>) {
    let mut interval = tokio::time::interval(PURGE_EVERY);
    interval.tick().await;
    loop {
        interval.tick().await;
        let service = Arc::clone(&service);
        if let Ok(Err(error)) = tokio::task::spawn_blocking(move || service.purge()).await {
            tracing::error!(%error, "old entries could not be purged");
        }
    }
}

/// A server that runs until it is stopped or dropped.
pub struct Running {
    addr: SocketAddr,
    metrics_addr: Option<SocketAddr>,
    service: Arc<Service>,
    faults: Faults,
    requests: Requests,
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    /// `http://127.0.0.1:PORT`, without a slash at the end.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Where the metrics are, if they have a port of their own.
    pub fn metrics_addr(&self) -> Option<SocketAddr> {
        self.metrics_addr
    }

    /// What is to go wrong next.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// What was asked of it lately.
    pub fn requests(&self) -> &Requests {
        &self.requests
    }

    /// The same backend without HTTP.
    pub fn service(&self) -> &Service {
        &self.service
    }

    /// Every record of the user in the order of versions, tombstones included.
    pub fn snapshot(&self, user: &str) -> Result<Vec<Record>, StoreError> {
        self.service.snapshot(user)
    }

    /// Counts since the start.
    pub fn stats(&self) -> Stats {
        self.service.stats()
    }

    /// See [`Service::put_raw`].
    pub fn put_raw(&self, user: &str, raw: &RawRecord) -> Result<Record, StoreError> {
        self.service.put_raw(user, raw)
    }

    /// See [`Service::make_elsewhere`].
    pub fn make_elsewhere(&self, user: &str, entity: Entity, fields: Fields) -> Result<Record, StoreError> {
        self.service.make_elsewhere(user, entity, fields)
    }

    /// See [`Service::new_epoch`].
    pub fn new_epoch(&self) -> Result<String, StoreError> {
        self.service.new_epoch()
    }

    /// See [`Service::expire_cursors`].
    pub fn expire_cursors(&self) -> Result<(), StoreError> {
        self.service.expire_cursors()
    }

    /// Puts every write off until it is called again with `false`.
    pub fn set_paused(&self, paused: bool) {
        self.service.adjust(|conduct| conduct.paused = paused);
    }

    /// Puts off the writes that one of these matches, in place of the rules before.
    pub fn set_pauses(&self, pauses: Vec<PauseRule>) {
        self.service.adjust(|conduct| conduct.pauses = pauses);
    }

    /// Another text than before lets devices send what they had parked once more.
    pub fn set_retry_parked(&self, text: Option<String>) {
        self.service.adjust(|conduct| conduct.retry_parked = text);
    }

    /// Closes the port, lets the requests that are under way end, and closes the database. Blocks for at most
    /// [`Options::drain`] and twice [`Options::grace`].
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        self.stop.send_replace(true);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end();
    }
}
