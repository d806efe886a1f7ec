//! An answer, read by the thread that it comes to: the run's has other things to do meanwhile.

use crate::transport::Outcome;
use serde::de::DeserializeOwned;
use std::any::Any;

/// What an answer can be read as.
pub(super) trait Readable: DeserializeOwned + Send + 'static {}

impl<T: DeserializeOwned + Send + 'static> Readable for T {}

/// Reads a body, if it can be read.
pub(super) type Reader = fn(&[u8]) -> Option<Box<dyn Any + Send>>;

/// Reads a body as this.
pub(super) fn reader<T: Readable>(body: &[u8]) -> Option<Box<dyn Any + Send>> {
    serde_json::from_slice::<T>(body).ok().map(|read| Box::new(read) as _)
}

/// What is done with an answer by the thread that it comes to.
#[derive(Clone, Copy)]
pub(super) struct Reading {
    /// The limit of an answer holds for a host's own transport, too.
    pub most_bytes: u64,
    /// For a successful one; `None`: it stays as it comes.
    pub reader: Option<Reader>,
}

impl Reading {
    /// Reads an answer. A body that was read goes: a page waits for its turn, and takes memory as long as it does.
    pub fn of(self, outcome: Outcome) -> Landed {
        let Outcome::Response(mut response) = outcome else { return Landed::new(outcome) };
        let received = response.body.len();
        if received as u64 > self.most_bytes {
            return Landed::new(Outcome::OutcomeUnknown("answer too large"));
        }
        let reader = self.reader.filter(|_| (200..=299).contains(&response.status));
        let read = reader.and_then(|reader| reader(&response.body));
        if read.is_some() {
            response.body = Vec::new();
        }
        Landed { outcome: Outcome::Response(response), received, read }
    }
}

/// An answer.
pub(super) struct Landed {
    /// Without its body, where that was read.
    pub outcome: Outcome,
    /// Bytes of the body.
    pub received: usize,
    read: Option<Box<dyn Any + Send>>,
}

impl Landed {
    /// Without a body.
    pub fn new(outcome: Outcome) -> Self {
        Self { outcome, received: 0, read: None }
    }

    /// The answer, and what its body says, where it could be read as this.
    pub fn into_read<T: Readable>(self) -> (Outcome, Option<T>) {
        (self.outcome, self.read.and_then(|read| read.downcast().ok()).map(|read| *read))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::Response;

    #[test]
    fn what_can_be_read_of_a_success_within_the_limit_takes_the_place_of_the_body() {
        let answer = |status, body: &str| {
            let body = body.as_bytes().to_vec();
            Outcome::Response(Response { status, retry_after: None, content_type: None, body })
        };
        let reading = Reading { most_bytes: 5, reader: Some(reader::<Vec<u8>>) };
        for (name, reading, outcome, received, read, left) in [
            ("a success", reading, answer(200, "[1,2]"), 5, Some(vec![1, 2]), Some(0)),
            ("of another form", reading, answer(200, "{}"), 2, None, Some(2)),
            ("no success", reading, answer(404, "[1]"), 3, None, Some(3)),
            ("too large", reading, answer(200, "[1,23]"), 0, None, None),
            ("not to be read", Reading { reader: None, ..reading }, answer(200, "[1]"), 3, None, Some(3)),
            ("none", reading, Outcome::NotSent("x"), 0, None, None),
        ] {
            let landed = reading.of(outcome);
            assert_eq!(landed.received, received, "{name}");
            let (outcome, found) = landed.into_read::<Vec<u8>>();
            assert_eq!(found, read, "{name}");
            let body =
                if let Outcome::Response(response) = outcome { Some(response.body.len()) } else { None };
            assert_eq!(body, left, "{name}");
        }
        assert!(reading.of(answer(200, "[1]")).into_read::<String>().1.is_none(), "read as something else");
    }
}
