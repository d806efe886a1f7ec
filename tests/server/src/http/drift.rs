//! What the server reads of a request against what `openapi.yaml` says of it; answers are compared in `tests/http`.

use std::collections::BTreeSet;

use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde_json::Value;

use super::reads::{ChangesParams, HistoryParams};
use crate::service::BatchRequest;

/// Asks a type for its members, and gives it nothing.
struct Names<'a>(&'a mut BTreeSet<&'static str>);

impl<'de> Deserializer<'de> for Names<'_> {
    type Error = serde::de::value::Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        members: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Self::Error> {
        self.0.extend(members);
        Err(Error::custom("nothing"))
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Self::Error> {
        Err(Error::custom("no struct"))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

fn members<'de, T: Deserialize<'de>>() -> BTreeSet<&'static str> {
    let mut names = BTreeSet::new();
    let _ = T::deserialize(Names(&mut names));
    names
}

fn spec() -> Value {
    serde_saphyr::from_str(include_str!("../../../contract/openapi.yaml")).unwrap()
}

#[test]
fn the_body_of_a_batch_has_the_members_of_the_file() {
    let spec = spec();
    let listed = spec["components"]["schemas"]["BatchRequest"]["properties"].as_object().unwrap();
    assert_eq!(members::<BatchRequest>(), listed.keys().map(String::as_str).collect());
}

#[test]
fn the_parameters_of_a_query_are_those_of_the_file() {
    let spec = spec();
    for (path, read) in
        [("/v1/me/changes", members::<ChangesParams>()), ("/v1/me/history", members::<HistoryParams>())]
    {
        let listed = spec["paths"][path]["get"]["parameters"].as_array().unwrap();
        let queries = listed.iter().filter(|parameter| parameter["in"] == "query");
        assert_eq!(read, queries.map(|parameter| parameter["name"].as_str().unwrap()).collect(), "{path}");
    }
    let everywhere = spec["paths"].to_string().matches("\"in\":\"query\"").count();
    assert_eq!(
        everywhere,
        members::<ChangesParams>().len() + members::<HistoryParams>().len(),
        "nowhere else"
    );
}
