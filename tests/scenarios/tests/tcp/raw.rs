//! A server of raw TCP: each connection is handed to a script, one after the other. It ends with the test.

use socket2::{Domain, SockRef, Socket, Type};
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender, TryRecvError};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// How often a server that waits for bytes looks whether its test has ended.
const LOOK: Duration = Duration::from_millis(50);

/// How a connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// In order (FIN).
    Close,
    /// At once (RST).
    Reset,
}

/// The server. Dropped, it closes its port and joins its thread.
pub struct RawServer {
    addr: SocketAddr,
    seen: Arc<Mutex<Vec<Vec<u8>>>>,
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl RawServer {
    /// Runs the script for every connection, until the server is dropped.
    pub fn start(script: impl Fn(Wire<'_>) -> io::Result<()> + Send + 'static) -> Self {
        Self::on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap(), script)
    }

    /// The same, on a port that is there already.
    pub fn on(listener: TcpListener, script: impl Fn(Wire<'_>) -> io::Result<()> + Send + 'static) -> Self {
        let addr = listener.local_addr().unwrap();
        let (stop, stopping) = mpsc::channel();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let record = Arc::clone(&seen);
        let thread = std::thread::spawn(move || {
            for (nth, stream) in listener.incoming().enumerate() {
                let Ok(stream) = stream else { return };
                if ended(&stopping) {
                    return;
                }
                stream.set_nodelay(true).unwrap();
                stream.set_read_timeout(Some(LOOK)).unwrap();
                // A client that reads no more must not hold the thread for ever.
                stream.set_write_timeout(Some(Duration::from_secs(5))).unwrap();
                record.lock().unwrap().push(Vec::new());
                // An error means that the client is gone, which is what many of the cases are about.
                let _ = script(Wire { stream, nth, stopping: &stopping, seen: &record });
            }
        });
        Self { addr, seen, stop: Some(stop), thread: Some(thread) }
    }

    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// What came, byte for byte, by connection.
    pub fn seen(&self) -> Vec<Vec<u8>> {
        self.seen.lock().unwrap().clone()
    }
}

impl Drop for RawServer {
    fn drop(&mut self) {
        self.stop = None;
        // Wakes the thread out of `accept`.
        let _ = TcpStream::connect(self.addr);
        let ended = self.thread.take().map(JoinHandle::join);
        if let Some(Err(panic)) = ended
            && !std::thread::panicking()
        {
            std::panic::resume_unwind(panic);
        }
    }
}

fn ended(stopping: &Receiver<()>) -> bool {
    matches!(stopping.try_recv(), Err(TryRecvError::Disconnected))
}

/// One connection, in the hands of a script. Dropped, it closes; what was not read by then makes that a reset.
pub struct Wire<'a> {
    stream: TcpStream,
    /// Which connection of the server this is.
    pub nth: usize,
    stopping: &'a Receiver<()>,
    seen: &'a Mutex<Vec<Vec<u8>>>,
}

impl Wire<'_> {
    /// Reads one request: its head, and as much body as the head says. `None`: the client closed before a byte.
    pub fn request(&mut self) -> io::Result<Option<Vec<u8>>> {
        super::http::read_message(self)
    }

    /// Reads exactly so many bytes.
    pub fn take_bytes(&mut self, count: usize) -> io::Result<()> {
        self.read_exact(&mut vec![0; count])
    }

    /// Ends the connection.
    pub fn end(self, how: End) {
        if how == End::Reset {
            SockRef::from(&self.stream).set_linger(Some(Duration::ZERO)).unwrap();
        }
    }

    /// Sends byte by byte, with a pause before each.
    pub fn drip(&mut self, bytes: &[u8], pause: Duration) -> io::Result<()> {
        for byte in bytes {
            if self.stopping.recv_timeout(pause) == Err(RecvTimeoutError::Disconnected) {
                return Err(io::ErrorKind::Interrupted.into());
            }
            self.stream.write_all(&[*byte])?;
        }
        Ok(())
    }

    /// Says nothing until the client has had enough.
    pub fn hold(&mut self) -> io::Result<()> {
        while self.read(&mut [0; 1024])? > 0 {}
        Ok(())
    }
}

impl Read for Wire<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.stream.read(buffer) {
                Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
                    if ended(self.stopping) {
                        return Err(io::ErrorKind::ConnectionAborted.into());
                    }
                }
                Err(error) => return Err(error),
                Ok(count) => {
                    if let Some(record) = self.seen.lock().unwrap().last_mut() {
                        record.extend_from_slice(&buffer[..count]);
                    }
                    return Ok(count);
                }
            }
        }
    }
}

impl Write for Wire<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if ended(self.stopping) {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

/// A port that is taken and refuses connections, until it is told to listen.
pub struct ClosedPort(Socket);

impl ClosedPort {
    pub fn new() -> Self {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).unwrap();
        Self(socket)
    }

    pub fn addr(&self) -> SocketAddr {
        self.0.local_addr().unwrap().as_socket().unwrap()
    }

    /// From here on it accepts connections; so many wait in line.
    pub fn listen(self, backlog: i32) -> TcpListener {
        self.0.listen(backlog).unwrap();
        self.0.into()
    }
}
