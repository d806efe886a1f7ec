//! As much HTTP as a proxy needs: where a message ends, and one reply in several framings.

use std::io::{self, Read};

/// How a reply says where its body ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// `Content-Length`.
    Length,
    /// Chunks of 64 bytes.
    Chunked,
    /// The end of the connection.
    UntilClose,
}

/// Reads a message with a length (or without a body). `None`: nothing came.
pub fn read_message(from: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    let mut message = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        if let Some(head) = head_length(&message)
            && message.len()
                >= head + header(&message[..head], "content-length").map_or(0, |n| n.parse().unwrap())
        {
            return Ok(Some(message));
        }
        match from.read(&mut buffer)? {
            0 if message.is_empty() => return Ok(None),
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            count => message.extend_from_slice(&buffer[..count]),
        }
    }
}

fn head_length(message: &[u8]) -> Option<usize> {
    message.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4)
}

fn header(head: &[u8], name: &str) -> Option<String> {
    let head = std::str::from_utf8(head).unwrap();
    let mut lines = head.lines().filter_map(|line| line.split_once(':'));
    lines.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim().to_owned())
}

/// The message without the headers of these names, and with these lines.
pub fn rewritten(message: &[u8], without: &[&str], with: &[String]) -> Vec<u8> {
    let head = head_length(message).unwrap();
    let text = std::str::from_utf8(&message[..head - 4]).unwrap();
    let kept = text.split("\r\n").filter(|line| {
        line.split_once(':').is_none_or(|(name, _)| !without.iter().any(|n| n.eq_ignore_ascii_case(name)))
    });
    let mut lines: Vec<_> = kept.map(str::to_owned).collect();
    lines.extend_from_slice(with);
    let mut out = lines.join("\r\n").into_bytes();
    out.extend_from_slice(b"\r\n\r\n");
    out.extend_from_slice(&message[head..]);
    out
}

/// A complete reply, in another framing.
pub fn reframed(reply: &[u8], framing: Framing) -> Vec<u8> {
    let head = head_length(reply).unwrap();
    let chunked = header(&reply[..head], "transfer-encoding").is_some();
    let body = if chunked { dechunked(&reply[head..]) } else { reply[head..].to_vec() };
    let (line, body) = match framing {
        Framing::Length => (format!("content-length: {}", body.len()), body),
        Framing::Chunked => ("transfer-encoding: chunked".to_owned(), in_chunks(&body)),
        Framing::UntilClose => ("connection: close".to_owned(), body),
    };
    let without = ["content-length", "transfer-encoding", "connection"];
    let mut out = rewritten(&reply[..head], &without, &[line]);
    out.extend_from_slice(&body);
    out
}

fn in_chunks(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for chunk in body.chunks(64) {
        out.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        out.extend_from_slice(chunk);
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b"0\r\n\r\n");
    out
}

fn dechunked(mut body: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    loop {
        let line = body.windows(2).position(|two| two == b"\r\n").unwrap();
        let size = usize::from_str_radix(std::str::from_utf8(&body[..line]).unwrap(), 16).unwrap();
        if size == 0 {
            return out;
        }
        out.extend_from_slice(&body[line + 2..line + 2 + size]);
        body = &body[line + 4 + size..];
    }
}

/// A reply with these header lines. Its length is not among them unless given.
pub fn reply(status: &str, headers: &[&str], body: &[u8]) -> Vec<u8> {
    let head = [&[status], headers].concat().join("\r\n");
    [b"HTTP/1.1 ", head.as_bytes(), b"\r\n\r\n", body].concat()
}
