//! A record's content as the engine sees it: named JSON values, patched and compared field by field.

use crate::error::{Error, ErrorKind, Result, Rule};
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Largest record as JSON, in bytes; the contract's limit for one write.
pub(crate) const MAX_BYTES: usize = 64 * 1024;

/// Named values. A missing field and one that is null are the same: `null` in a patch clears.
/// Keys are sorted, so that the JSON text of equal fields is equal.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Fields(Map<String, Value>);

impl Fields {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn get(&self, name: &str) -> &Value {
        self.0.get(name).unwrap_or(&Value::Null)
    }

    pub(crate) fn set(&mut self, name: impl Into<String>, value: impl Into<Value>) {
        self.0.insert(name.into(), value.into());
    }

    pub(crate) fn contains(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// These fields with the patch laid over them; what the patch clears is gone.
    pub(crate) fn patched(&self, patch: &Self) -> Self {
        let mut out = self.clone();
        for (name, value) in &patch.0 {
            if value.is_null() {
                out.0.remove(name);
            } else {
                out.0.insert(name.clone(), value.clone());
            }
        }
        out
    }

    /// One patch that does what this one and then `later` do: clearing stays a clearing.
    pub(crate) fn overlaid(&self, later: &Self) -> Self {
        let mut out = self.clone();
        out.0.extend(later.0.iter().map(|(name, value)| (name.clone(), value.clone())));
        out
    }

    /// The patch that turns these fields into `to`.
    pub(crate) fn patch_to(&self, to: &Self) -> Self {
        let mut patch = Self::new();
        for (name, value) in &to.0 {
            if self.get(name) != value {
                patch.set(name.clone(), value.clone());
            }
        }
        for name in self.0.keys().filter(|name| !to.contains(name)) {
            patch.set(name.clone(), Value::Null);
        }
        patch
    }

    /// The present values (null where there is none) of the fields that `patch` touches.
    pub(crate) fn touched_by(&self, patch: &Self) -> Self {
        Self(patch.0.keys().map(|name| (name.clone(), self.get(name).clone())).collect())
    }

    /// The same fields but this one.
    pub(crate) fn without(&self, name: &str) -> Self {
        let mut out = self.clone();
        out.0.remove(name);
        out
    }

    /// The same fields without the nulls, which mean nothing outside a patch.
    pub(crate) fn without_nulls(mut self) -> Self {
        self.0.retain(|_, value| !value.is_null());
        self
    }

    pub(crate) fn to_json(&self) -> String {
        // Text keys and JSON values only: this cannot fail.
        serde_json::to_string(&self.0).unwrap_or_default()
    }

    /// Refuses what the server would refuse for its size.
    pub(crate) fn check_size(&self) -> Result<()> {
        self.to_checked_json().map(drop)
    }

    /// The text, if the server would not refuse it for its size.
    pub(crate) fn to_checked_json(&self) -> Result<String> {
        let json = self.to_json();
        if json.len() > MAX_BYTES {
            return Err(Error::invalid("record", Rule::TooLarge { limit: MAX_BYTES as u64 }));
        }
        Ok(json)
    }

    /// Reads stored JSON.
    pub(crate) fn from_json(text: &str) -> Result<Self> {
        // serde_json's error would quote the value: only the kind is kept.
        serde_json::from_str(text).map_err(|_| ErrorKind::Unreadable.into())
    }
}

impl From<Map<String, Value>> for Fields {
    fn from(map: Map<String, Value>) -> Self {
        Self(map)
    }
}

impl ToSql for Fields {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(self.to_json()))
    }
}

impl FromSql for Fields {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Self::from_json(value.as_str()?).map_err(|_| FromSqlError::InvalidType)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn fields(value: Value) -> Fields {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn a_patch_from_a_to_b_laid_over_a_gives_b() {
        let a = fields(json!({"x": 1, "y": "old", "gone": true}));
        let b = fields(json!({"x": 1, "y": "new", "z": [1]}));
        let patch = a.patch_to(&b);
        assert_eq!(patch, fields(json!({"y": "new", "z": [1], "gone": null})));
        assert_eq!(a.patched(&patch), b);
        assert_eq!(a.touched_by(&patch), fields(json!({"y": "old", "z": null, "gone": true})));
    }

    #[test]
    fn equal_fields_have_equal_text() {
        let one: Fields = Fields::from_json(r#"{"b":1,"a":2}"#).unwrap();
        let two: Fields = Fields::from_json(r#"{"a":2,"b":1}"#).unwrap();
        assert_eq!(one.to_json(), two.to_json());
    }
}
