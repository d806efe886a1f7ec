//! The loop that takes connections, with time limits and an end.

use std::net::IpAddr;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::serve::Listener;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tower_service::Service;

/// Where a request comes from.
#[derive(Clone, Copy)]
pub(crate) struct Peer(pub IpAddr);

/// Serves until `stopping` turns true; then takes nothing new, and returns when the last answer is sent.
pub(crate) async fn serve(
    mut listener: TcpListener,
    router: Router,
    header_timeout: Duration,
    stopping: watch::Receiver<bool>,
) {
    let connections = GracefulShutdown::new();
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(header_timeout);
    loop {
        let (stream, peer) = tokio::select! {
            accepted = Listener::accept(&mut listener) => accepted,
            () = stopped(stopping.clone()) => break,
        };
        // Small answers must not wait for the client's acknowledgements.
        let _ = stream.set_nodelay(true);
        let router = router.clone();
        let service = service_fn(move |request: hyper::Request<Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(Peer(peer.ip()));
            router.clone().call(request)
        });
        let connection = connections.watch(http.serve_connection(TokioIo::new(stream), service));
        tokio::spawn(async move {
            // What goes wrong on a connection is its client's to see.
            let _ = connection.await;
        });
    }
    drop(listener);
    connections.shutdown().await;
}

/// Waits until it turns true.
pub(crate) async fn stopped(mut stopping: watch::Receiver<bool>) {
    // An error means that the handle is gone, which is a stop too.
    let _ = stopping.wait_for(|stop| *stop).await;
}
