//! A line to the real backend that passes everything on, but for one fault at a chosen place.

use super::http::{Framing, reframed, rewritten};
use super::raw::{ClosedPort, End, RawServer, Wire};
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Which request meets the fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    /// The push.
    Batch,
    /// The pull.
    Changes,
}

/// A place in a message.
#[derive(Debug, Clone, Copy)]
pub enum Place {
    /// So many bytes from its start; never more than it has.
    Start(usize),
    /// So many bytes before its end; never before its start.
    End(usize),
}

impl Place {
    fn of(self, length: usize) -> usize {
        match self {
            Self::Start(bytes) => bytes.min(length),
            Self::End(bytes) => length.saturating_sub(bytes),
        }
    }
}

/// What goes wrong.
#[derive(Debug, Clone)]
pub enum Fault {
    /// The backend gets the request up to here, the phone gets nothing.
    CutRequest(Place, End),
    /// The backend gets it all, the phone gets the reply up to here (never the whole).
    CutReply(Place, Framing, End),
    /// The backend gets it all, and the line stays open in silence.
    Silence,
    /// The phone gets the reply byte by byte.
    Drip(Duration),
    /// The backend gets nothing, the phone gets this.
    Instead(Vec<u8>),
    /// All goes well, then the line is closed although it could be kept.
    EndAfterReply(End),
}

/// What a fault met.
#[derive(Debug, Clone, Copy)]
pub struct Met {
    /// The length of the message that was cut.
    pub length: usize,
    /// How much of it went on.
    pub passed: usize,
}

/// The line.
pub struct Proxy {
    server: RawServer,
    next: Arc<Mutex<Option<(At, Fault)>>>,
    met: Receiver<Met>,
}

struct Line {
    backend: SocketAddr,
    gzip: bool,
    next: Arc<Mutex<Option<(At, Fault)>>>,
    met: Sender<Met>,
}

impl Proxy {
    /// A line to this backend; `gzip`: whether the backend hears that the phone would take compressed answers.
    pub fn start(backend: SocketAddr, gzip: bool) -> Self {
        Self::on(ClosedPort::new(), backend, gzip)
    }

    /// The same on a port that refused connections until now.
    pub fn on(port: ClosedPort, backend: SocketAddr, gzip: bool) -> Self {
        let next = Arc::new(Mutex::new(None));
        let (met, told) = mpsc::channel();
        let line = Line { backend, gzip, next: Arc::clone(&next), met };
        let server = RawServer::on(port.listen(16), move |wire| line.serve(wire));
        Self { server, next, met: told }
    }

    pub fn url(&self) -> String {
        self.server.url()
    }

    /// The next request of this kind meets the fault; all others go through.
    pub fn next(&self, at: At, fault: Fault) {
        *self.next.lock().unwrap() = Some((at, fault));
    }

    /// What the last fault met, once it is over.
    pub fn met(&self) -> Met {
        self.met.recv_timeout(Duration::from_secs(20)).unwrap()
    }
}

impl Line {
    fn serve(&self, mut phone: Wire<'_>) -> io::Result<()> {
        while let Some(request) = phone.request()? {
            let at = if request.starts_with(b"POST") { At::Batch } else { At::Changes };
            let Some((_, fault)) = self.next.lock().unwrap().take_if(|(wanted, _)| *wanted == at) else {
                phone.write_all(&reframed(&ask(self.backend, &request, self.gzip)?, Framing::Length))?;
                continue;
            };
            return self.fail(fault, &request, phone);
        }
        Ok(())
    }

    fn fail(&self, fault: Fault, request: &[u8], mut phone: Wire<'_>) -> io::Result<()> {
        let mut met = Met { length: request.len(), passed: 0 };
        match fault {
            Fault::CutRequest(place, end) => {
                let forwarded = forwarded(request, self.gzip);
                met = Met { length: forwarded.len(), passed: place.of(forwarded.len()) };
                self.send(&forwarded[..met.passed], forwarded.len(), end)?;
                phone.end(end);
            }
            Fault::CutReply(place, framing, end) => {
                let reply = reframed(&ask(self.backend, request, self.gzip)?, framing);
                // With the last chunk's `0` and its line end the body is all there.
                let most = reply.len() - if framing == Framing::Chunked { 3 } else { 1 };
                met = Met { length: reply.len(), passed: place.of(reply.len()).min(most) };
                phone.write_all(&reply[..met.passed])?;
                phone.end(end);
            }
            Fault::Silence => {
                ask(self.backend, request, self.gzip)?;
                phone.hold()?;
            }
            Fault::Drip(pause) => {
                let reply = reframed(&ask(self.backend, request, self.gzip)?, Framing::Length);
                met.length = reply.len();
                // The phone hangs up long before the end.
                let _ = phone.drip(&reply, pause);
            }
            Fault::Instead(bytes) => {
                // As above, when it is too much.
                let _ = phone.write_all(&bytes);
                phone.end(End::Close);
            }
            Fault::EndAfterReply(end) => {
                phone.write_all(&reframed(&ask(self.backend, request, self.gzip)?, Framing::Length))?;
                phone.end(end);
            }
        }
        // Nobody listens when the test has ended.
        let _ = self.met.send(met);
        Ok(())
    }

    /// Sends this part of a request, and returns when the backend has made of it what it makes of it.
    fn send(&self, part: &[u8], whole: usize, end: End) -> io::Result<()> {
        let mut backend = connect(self.backend)?;
        backend.write_all(part)?;
        if part.len() < whole {
            if end == End::Reset {
                socket2::SockRef::from(&backend).set_linger(Some(Duration::ZERO))?;
                return Ok(());
            }
            backend.shutdown(Shutdown::Write)?;
        }
        // Whatever it answers, and however it ends.
        let _ = backend.read_to_end(&mut Vec::new());
        Ok(())
    }
}

/// Asks the backend and reads its whole reply.
pub fn ask(backend: SocketAddr, request: &[u8], gzip: bool) -> io::Result<Vec<u8>> {
    let mut backend = connect(backend)?;
    backend.write_all(&forwarded(request, gzip))?;
    let mut reply = Vec::new();
    backend.read_to_end(&mut reply)?;
    Ok(reply)
}

/// A request as it goes to the backend: every one on a line of its own.
fn forwarded(request: &[u8], gzip: bool) -> Vec<u8> {
    let without: &[_] = if gzip { &["connection"] } else { &["connection", "accept-encoding"] };
    rewritten(request, without, &["connection: close".to_owned()])
}

fn connect(backend: SocketAddr) -> io::Result<TcpStream> {
    let backend = TcpStream::connect(backend)?;
    backend.set_nodelay(true)?;
    backend.set_read_timeout(Some(Duration::from_secs(20)))?;
    Ok(backend)
}
