//! An authority made on the spot, servers with its certificates, and a client that trusts it.

use super::http::{read_message, reply};
use super::raw::{RawServer, Wire};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection};
use std::io::{self, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};

/// The authority.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A certificate with its key.
pub struct Leaf {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

impl Authority {
    pub fn new(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// A certificate for these names, valid between these years.
    pub fn issue(&self, names: &[&str], from: i32, until: i32) -> Leaf {
        let (params, key) = leaf(names, from, until);
        let certificate = params.signed_by(&key, &self.0).unwrap();
        Leaf { chain: vec![certificate.der().clone()], key: der(&key) }
    }

    /// As the app's options take it.
    pub fn pem(&self) -> String {
        self.0.pem()
    }

    /// A handshake of a client that trusts this authority alone: what a server of the tests is worth.
    pub fn trusts(&self, server: &TlsServer, name: &str) -> Result<(), rustls::Error> {
        let mut roots = RootCertStore::empty();
        roots.add(self.0.der().clone()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from(name.to_owned()).unwrap();
        let mut client = ClientConnection::new(Arc::new(config), name).unwrap();
        let mut line = TcpStream::connect(server.raw.addr()).unwrap();
        match client.complete_io(&mut line) {
            Ok(_) => Ok(()),
            Err(error) => Err(error.get_ref().unwrap().downcast_ref::<rustls::Error>().unwrap().clone()),
        }
    }
}

/// A certificate that vouches for itself.
pub fn self_signed(names: &[&str]) -> Leaf {
    let (params, key) = leaf(names, 2000, 4000);
    Leaf { chain: vec![params.self_signed(&key).unwrap().der().clone()], key: der(&key) }
}

fn leaf(names: &[&str], from: i32, until: i32) -> (CertificateParams, KeyPair) {
    let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
    let mut params = CertificateParams::new(names).unwrap();
    params.not_before = rcgen::date_time_ymd(from, 1, 1);
    params.not_after = rcgen::date_time_ymd(until, 1, 1);
    (params, KeyPair::generate().unwrap())
}

fn der(key: &KeyPair) -> PrivateKeyDer<'static> {
    PrivatePkcs8KeyDer::from(key.serialize_der()).into()
}

/// What a TLS server says to a request.
type Answer = dyn Fn(&[u8]) -> io::Result<Vec<u8>> + Send;

/// A server behind TLS. What its answer leaves open it ends without a farewell (`close_notify`).
pub struct TlsServer {
    raw: RawServer,
    shared: Arc<Shared>,
}

struct Shared {
    config: Mutex<Arc<ServerConfig>>,
    heard: Mutex<Heard>,
}

/// What reached a TLS server.
#[derive(Debug, Default, Clone)]
pub struct Heard {
    /// Handshakes that came to their end.
    pub handshakes: usize,
    /// What could be decrypted.
    pub plain: Vec<u8>,
}

impl TlsServer {
    /// One that answers every request `{}`.
    pub fn start(leaf: Leaf) -> Self {
        let answer = reply("200 OK", &["content-length: 2"], b"{}");
        Self::answering(leaf, Box::new(move |_| Ok(answer.clone())))
    }

    /// One that answers as it is told. An error ends the connection; `InvalidData` does so after a TLS record that
    /// cannot be decrypted.
    pub fn answering(leaf: Leaf, answer: Box<Answer>) -> Self {
        let shared = Shared { config: Mutex::new(config(leaf)), heard: Mutex::default() };
        let shared = Arc::new(shared);
        let theirs = Arc::clone(&shared);
        let raw = RawServer::start(move |wire| theirs.serve(wire, answer.as_ref()));
        Self { raw, shared }
    }

    /// From the next connection on it shows another certificate.
    pub fn shows(&self, leaf: Leaf) {
        *self.shared.config.lock().unwrap() = config(leaf);
    }

    /// Where it listens, with this name for the host.
    pub fn url(&self, host: &str) -> String {
        format!("https://{host}:{}", self.raw.addr().port())
    }

    pub fn heard(&self) -> Heard {
        self.shared.heard.lock().unwrap().clone()
    }

    /// What came, encrypted or not, by connection.
    pub fn seen(&self) -> Vec<Vec<u8>> {
        self.raw.seen()
    }
}

fn config(leaf: Leaf) -> Arc<ServerConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(leaf.chain, leaf.key)
        .unwrap();
    Arc::new(config)
}

impl Shared {
    fn serve(&self, mut wire: Wire<'_>, answer: &Answer) -> io::Result<()> {
        let config = Arc::clone(&self.config.lock().unwrap());
        let mut connection = ServerConnection::new(config).map_err(io::Error::other)?;
        while connection.is_handshaking() {
            connection.complete_io(&mut wire)?;
        }
        self.heard.lock().unwrap().handshakes += 1;
        let mut stream = rustls::Stream::new(&mut connection, &mut wire);
        while let Some(request) = read_message(&mut stream)? {
            self.heard.lock().unwrap().plain.extend_from_slice(&request);
            match answer(&request) {
                Ok(answer) => stream.write_all(&answer)?,
                Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                    return wire.write_all(&[[23, 3, 3, 0, 32].as_slice(), &[7; 32]].concat());
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
