//! Writes the beginnings of the corpus of `answers`: what the reference server, in each of its forms, says to the phone
//! that the targets use. `cargo run -p foodlens-fuzz --example record -- tests/fuzz/corpus/answers`

use foodlens_core::{HttpOptions, HttpTransport, Outcome, Request, Transport};
use foodlens_scenarios::{Backend, SECRET};
use foodlens_server::{Endpoint, Fault, FaultKind, Options};
use std::error::Error;
use std::path::Path;
use std::sync::Arc;

/// A name, what the server is like, and what goes wrong with the first batch.
type Form = (&'static str, fn(Options) -> Options, Option<FaultKind>);

/// The phone has a made-up address and token.
struct ToServer {
    http: HttpTransport,
    url: String,
    token: String,
}

impl Transport for ToServer {
    fn execute(&self, request: &Request) -> Outcome {
        let mut request = request.clone();
        request.url = request.url.replace("https://backend.test", &self.url);
        for (name, value) in &mut request.headers {
            if name.eq_ignore_ascii_case("authorization") {
                *value = format!("Bearer {}", self.token);
            }
        }
        self.http.execute(&request)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("name the folder")?;
    let forms: [Form; 7] = [
        ("batch", |options| options, None),
        (
            "plain",
            |options| Options { batch: false, capabilities: false, newest_first: false, ..options },
            None,
        ),
        ("minted", |options| Options { mint_ids: true, ..options }, None),
        ("trouble", |options| options, Some(FaultKind::status(500))),
        ("wait", |options| options, Some(FaultKind::retry_after(429, "7"))),
        ("garbage", |options| options, Some(FaultKind::Garbage)),
        ("wrong-user", |options| options, Some(FaultKind::WrongUser)),
    ];
    for (name, change, fault) in forms {
        let backend = Backend::start_with(change)?;
        if let Some(fault) = fault {
            backend.server.faults().push(Fault::new(Endpoint::Batch, fault));
        }
        let options = HttpOptions { allow_loopback_http: true, ..HttpOptions::default() };
        let url = backend.url();
        let transport = ToServer {
            http: HttpTransport::new(&url, &options)?,
            token: foodlens_server::mint_token(SECRET, "ana", 600)?,
            url,
        };
        let script = foodlens_fuzz::recorded(Arc::new(transport));
        std::fs::write(Path::new(&folder).join(name), script)?;
    }
    Ok(())
}
