//! The records of a page, read as far as that needs no database: the thread that has fetched a page does it while the one before
//! is being stored. What is kept of a record is what its row will have; most of them are new, and only have to be inserted.

use super::apply::readable;
use crate::collection::Collection;
use crate::ids::{RecordId, Version};
use crate::records::Beside;
use crate::transport::RemoteRecord;
use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;
use std::ops::Range;

/// Bytes of a piece of bodies.
const PIECE: usize = 32 * 1024;

/// Records that are read of an answer, ten times as many as are ever asked for: what is kept of one takes a hundred times the
/// bytes that a hostile server can make it of.
const MOST: usize = 10_000;

/// A page's records, in its order.
#[derive(Default)]
pub(super) struct Arrivals {
    records: Vec<Arrival>,
    /// The bodies of all of them, many in a piece: another thread will free them.
    bodies: Vec<String>,
    /// When the last of them happened, if it says so.
    pub last_at: Option<i64>,
}

/// A record of a page.
pub(super) enum Arrival {
    Readable(Arrived),
    Unreadable(Box<Unreadable>),
}

/// A record that can be read.
pub(super) struct Arrived {
    pub collection: Collection,
    pub id: RecordId,
    pub server_id: Option<Box<str>>,
    pub version: Version,
    /// A field with a value that this build does not know.
    pub unrecognised: Option<&'static str>,
    /// `None`: it is deleted.
    pub copy: Option<ServerCopy>,
}

/// The fields of one, as its row has them.
pub(super) struct ServerCopy {
    /// The piece that the body is in, and where.
    body: (usize, Range<usize>),
    pub beside: Beside,
}

/// One that cannot be read, as it came.
pub(super) struct Unreadable {
    pub entity: String,
    /// Where it has none that can be read, a digest of it.
    pub id: String,
    pub reason: &'static str,
    pub raw: String,
}

impl Arrivals {
    pub fn len(&self) -> usize {
        self.records.len()
    }

    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = &Arrival> {
        self.records.iter()
    }

    /// The fields of one of them, as JSON without nulls.
    pub fn body(&self, copy: &ServerCopy) -> &str {
        let (piece, range) = copy.body.clone();
        self.bodies.get(piece).and_then(|piece| piece.get(range)).unwrap_or_default()
    }

    /// Keeps a body. Pieces do not grow: what they have grown out of would be as much again.
    fn keep(&mut self, body: &str) -> (usize, Range<usize>) {
        let has_room = |piece: &String| piece.capacity() - piece.len() >= body.len();
        if !self.bodies.last().is_some_and(has_room) {
            self.bodies.push(String::with_capacity(PIECE.max(body.len())));
        }
        let last = self.bodies.len() - 1;
        let piece = &mut self.bodies[last];
        let start = piece.len();
        piece.push_str(body);
        (last, start..piece.len())
    }

    fn take(&mut self, raw: &str) {
        let record = serde_json::from_str::<RemoteRecord>(raw);
        self.last_at = record.as_ref().ok().and_then(|record| record.fields.get("occurred_at").as_i64());
        let arrival = match record {
            Err(_) => {
                let digest = uuid::Uuid::new_v5(&uuid::Uuid::nil(), raw.as_bytes()).to_string();
                unreadable(raw, String::new(), digest, "record")
            }
            Ok(record) => match readable(&record) {
                Err(reason) => {
                    let id = record.id.to_string();
                    unreadable(raw, record.entity, id, reason)
                }
                Ok((collection, unrecognised)) => {
                    Arrival::Readable(self.arrived(record, collection, unrecognised))
                }
            },
        };
        self.records.push(arrival);
    }

    fn arrived(
        &mut self,
        record: RemoteRecord,
        collection: Collection,
        unrecognised: Option<&'static str>,
    ) -> Arrived {
        let RemoteRecord { id, server_id, version, deleted, fields, .. } = record;
        let copy = (!deleted).then(|| {
            let fields = fields.without_nulls();
            ServerCopy { body: self.keep(&fields.to_json()), beside: Beside::of(collection.spec(), &fields) }
        });
        let server_id = server_id.map(String::into_boxed_str);
        Arrived { collection, id: id.into(), server_id, version, unrecognised, copy }
    }
}

fn unreadable(raw: &str, entity: String, id: String, reason: &'static str) -> Arrival {
    Arrival::Unreadable(Box::new(Unreadable { entity, id, reason, raw: raw.to_owned() }))
}

impl<'de> Deserialize<'de> for Arrivals {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(OneByOne)
    }
}

/// Each is read by itself, so that a strange one spoils no other.
struct OneByOne;

impl<'de> Visitor<'de> for OneByOne {
    type Value = Arrivals;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("records")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Arrivals, A::Error> {
        let mut all = Arrivals::default();
        while let Some(raw) = seq.next_element::<&RawValue>()? {
            if all.len() == MOST {
                return Err(A::Error::custom("more records than were asked for"));
            }
            all.take(raw.get());
        }
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn read(page: &Value) -> Arrivals {
        serde_json::from_str(&page.to_string()).unwrap()
    }

    fn record(entity: &str, number: u128, fields: &Value) -> Value {
        let id = uuid::Uuid::from_u128(number);
        json!({"entity": entity, "id": id, "version": number, "deleted": fields.is_null(),
            "fields": if fields.is_null() { json!({}) } else { fields.clone() }})
    }

    #[test]
    fn a_record_is_kept_as_its_row_will_have_it() {
        let minted = json!({"entity": "history", "server_id": "A-1", "version": 3, "deleted": false,
            "fields": {"occurred_at": 7, "kind": "dream"}});
        let page = read(&json!([
            record(
                "history",
                1,
                &json!({"occurred_at": 5, "note": null, "brand": "é\"", "extra": [1, null]})
            ),
            record("allergies", 2, &Value::Null),
            minted,
        ]));
        let found: Vec<_> = page
            .iter()
            .map(|arrival| match arrival {
                Arrival::Unreadable(found) => panic!("{}", found.reason),
                Arrival::Readable(one) => {
                    let body = one.copy.as_ref().map(|copy| page.body(copy));
                    (one.collection, one.version, one.server_id.as_deref(), one.unrecognised, body)
                }
            })
            .collect();
        use Collection::{Allergies, History};
        let first = r#"{"brand":"é\"","extra":[1,null],"occurred_at":5}"#;
        let third = r#"{"kind":"dream","occurred_at":7}"#;
        assert_eq!(found[0], (History, Version(1), None, None, Some(first)), "sorted, and without nulls");
        assert_eq!(found[1], (Allergies, Version(2), None, None, None), "deleted");
        assert_eq!(found[2], (History, Version(3), Some("A-1"), Some("kind"), Some(third)));
        assert_eq!(page.last_at, Some(7));
    }

    #[test]
    fn what_cannot_be_read_is_kept_as_it_came_and_spoils_no_other() {
        let text = r#"[{"entity": "history"}, {"fields":{"occurred_at":"x"},"entity":"history",
            "id":"00000000-0000-0000-0000-000000000001","version":1,"deleted":false}, 7]"#;
        let page: Arrivals = serde_json::from_str(text).unwrap();
        let found: Vec<_> = page
            .iter()
            .map(|arrival| match arrival {
                Arrival::Readable(_) => panic!("read"),
                Arrival::Unreadable(found) => (found.entity.as_str(), found.reason, found.raw.as_str()),
            })
            .collect();
        assert_eq!(found[0], ("", "record", r#"{"entity": "history"}"#), "to the letter");
        assert_eq!((found[1].0, found[1].1), ("history", "occurred_at"));
        assert_eq!(found[2], ("", "record", "7"));
        assert_eq!(page.last_at, None);
        assert!(serde_json::from_str::<Arrivals>(r#"[{"entity":]"#).is_err(), "no JSON");
        assert!(serde_json::from_str::<Arrivals>(r#"{"error":"x"}"#).is_err(), "no list");
    }

    #[test]
    fn a_page_without_end_is_not_read() {
        let of = |count| serde_json::from_str::<Arrivals>(&Value::from(vec![7; count]).to_string());
        assert!(of(MOST).is_ok() && of(MOST + 1).is_err());
    }

    #[test]
    fn bodies_lie_apart_however_long_they_are() {
        let notes: Vec<_> =
            [1, PIECE - 100, 200, 2 * PIECE, 3].iter().map(|&length| "n".repeat(length)).collect();
        let records = notes.iter().map(|note| record("history", 1, &json!({"note": note, "occurred_at": 1})));
        let page = read(&Value::Array(records.collect()));
        assert_eq!((page.len(), page.bodies.len()), (5, 4));
        for (arrival, note) in page.iter().zip(&notes) {
            let Arrival::Readable(Arrived { copy: Some(copy), .. }) = arrival else { panic!("unreadable") };
            assert_eq!(page.body(copy), json!({"note": note, "occurred_at": 1}).to_string());
        }
    }
}
