//! The server as a whole: its own runtime in its own threads, so that blocking tests can hold it by a handle.

use std::future::IntoFuture;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use axum::serve::ListenerExt;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;

use crate::clock::Seams;
use crate::conduct::Conduct;
use crate::faults::Faults;
use crate::http::{self, App};
use crate::model::{Entity, Fields, RawRecord};
use crate::pause::PauseRule;
use crate::record::Record;
use crate::requests::Requests;
use crate::service::{Retention, Service};
use crate::stats::Stats;
use crate::store::{Database, StoreError};

/// How long requests may take to end after a stop.
const GRACE: Duration = Duration::from_secs(3);
const PURGE_EVERY: Duration = Duration::from_secs(24 * 60 * 60);

/// How to start a server.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where the data are.
    pub database: Database,
    /// How long deletions and keys are remembered.
    pub retention: Retention,
    /// The secret of the tokens, see [`crate::mint_token`].
    pub secret: String,
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
            secret: secret.into(),
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
        let service = Service::open_at(&options.database, options.retention, options.seams)
            .map_err(io::Error::other)?;
        service.adjust(|conduct| {
            *conduct = Conduct {
                batch: options.batch,
                capabilities: options.capabilities,
                newest_first: options.newest_first,
                compression: options.compression,
                mint_ids: options.mint_ids,
                paused: false,
                pauses: options.pauses,
                retry_parked: options.retry_parked,
            }
        });
        let service = Arc::new(service);
        let listener = TcpListener::bind(options.bind)?;
        listener.set_nonblocking(true)?;
        let addr = listener.local_addr()?;
        let (stop, stopping) = watch::channel(false);
        let (faults, requests) = (Faults::default(), Requests::default());
        let app = App {
            service: Arc::clone(&service),
            secret: options.secret.into(),
            faults: faults.clone(),
            requests: requests.clone(),
            may_abort: options.may_abort,
            test_faults: options.test_faults,
            stopping,
            #[cfg(feature = "sabotage")]
            sabotage: options.sabotage,
        };
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let thread = std::thread::Builder::new().name("foodlens-server".to_owned()).spawn(move || {
            if let Err(error) = runtime.block_on(serve(listener, app)) {
                tracing::error!(%error, "the server ended");
            }
            end(runtime);
        })?;
        Ok(Running { addr, service, faults, requests, stop, thread: Some(thread) })
    }
}

async fn serve(listener: TcpListener, app: App) -> io::Result<()> {
    let listener = tokio::net::TcpListener::from_std(listener)?.tap_io(|stream| {
        // Small answers must not wait for the client's acknowledgements.
        let _ = stream.set_nodelay(true);
    });
    let stopping = app.stopping.clone();
    let purging = tokio::spawn(purge_daily(Arc::clone(&app.service)));
    let served = axum::serve(listener, http::router(app)).with_graceful_shutdown(stopped(stopping.clone()));
    let result = tokio::select! {
        served = served.into_future() => served,
        () = async { stopped(stopping).await; tokio::time::sleep(GRACE).await } => Ok(()),
    };
    purging.abort();
    result
}

/// Waits for writes that are under way: the file must be free for the next server.
fn end(runtime: Runtime) {
    runtime.shutdown_timeout(GRACE);
}

async fn stopped(mut stopping: watch::Receiver<bool>) {
    // An error means that the handle is gone, which is a stop too.
    let _ = stopping.wait_for(|stop| *stop).await;
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

    /// Lets requests end, then closes the port and the database.
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
