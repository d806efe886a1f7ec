//! Which records of one moment are the same. Pure.

use crate::records::shelves::Place;
use serde::Deserialize;
use std::borrow::Cow;

/// Records of one kind and moment that are looked at, the eldest; the others are entries of their own.
pub(super) const MOST: u32 = 64;

/// What makes two records of one moment the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fingerprint {
    kind: String,
    barcode: String,
}

impl Fingerprint {
    /// Of a stored body; `None`: it has no barcode, or cannot be read.
    pub fn of(body: &str) -> Option<Self> {
        #[derive(Deserialize)]
        struct Body<'a> {
            #[serde(borrow)]
            kind: Option<Cow<'a, str>>,
            #[serde(borrow)]
            barcode: Option<Cow<'a, str>>,
        }
        let body: Body<'_> = serde_json::from_str(body).ok()?;
        let barcode = body.barcode?.trim().to_owned();
        let kind = body.kind.unwrap_or_default().into_owned();
        (!barcode.is_empty()).then_some(Self { kind, barcode })
    }
}

/// The records that are one entry. It stands in lists where the eldest does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::history) struct Group {
    pub eldest: Place,
    /// The others, from the elder to the younger.
    pub others: Vec<Place>,
}

impl Group {
    pub fn alone(place: Place) -> Self {
        Self { eldest: place, others: Vec::new() }
    }

    pub fn places(&self) -> impl Iterator<Item = &Place> {
        std::iter::once(&self.eldest).chain(&self.others)
    }

    /// How many of its records are on these shelves.
    pub fn count_on(&self, shelves: &[i64]) -> usize {
        self.places().filter(|place| shelves.contains(&place.shelf)).count()
    }
}

/// The records of one moment, the eldest first, put together where they are the same; those that are alone are left out.
pub(super) fn link(records: Vec<(Place, Option<Fingerprint>)>) -> Vec<Group> {
    let mut groups: Vec<(Fingerprint, Group)> = Vec::new();
    for (place, print) in records {
        let Some(print) = print else { continue };
        match groups.iter_mut().find(|(known, _)| *known == print) {
            Some((_, group)) => group.others.push(place),
            None => groups.push((print, Group::alone(place))),
        }
    }
    groups.into_iter().map(|(_, group)| group).filter(|group| !group.others.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::Cursor;

    #[test]
    fn a_fingerprint_is_the_kind_and_a_barcode_that_says_something() {
        let print = |kind: &str, barcode: &str| {
            Some(Fingerprint { kind: kind.to_owned(), barcode: barcode.to_owned() })
        };
        for (body, expected) in [
            (r#"{"barcode":"40123","kind":"scan","note":"x"}"#, print("scan", "40123")),
            (r#"{"barcode":" 40123\n","kind":"scan"}"#, print("scan", "40123")),
            (r#"{"barcode":"40 123","kind":"scan"}"#, print("scan", "40 123")),
            (r#"{"barcode":"40123","kind":"meal"}"#, print("meal", "40123")),
            (r#"{"barcode":"40123","kind":"dream"}"#, print("dream", "40123")),
            (r#"{"barcode":"40123"}"#, print("", "40123")),
            (r#"{"barcode":" \t","kind":"scan"}"#, None),
            (r#"{"barcode":"","kind":"scan"}"#, None),
            (r#"{"barcode":null,"kind":"scan"}"#, None),
            (r#"{"barcode":40123,"kind":"scan"}"#, None),
            (r#"{"kind":"scan","product_name":"Oat"}"#, None),
            ("", None),
        ] {
            assert_eq!(Fingerprint::of(body), expected, "{body}");
        }
    }

    fn place(id: u128) -> Place {
        let cursor = Cursor { sort_key: 7, id: uuid::Uuid::from_u128(id).into() };
        Place { cursor, shelf: 2 + (id % 2) as i64, rowid: 100 - id as i64 }
    }

    #[test]
    fn the_same_are_put_together_and_what_is_alone_is_left_out() {
        for (name, prints, expected) in [
            ("nothing", "", vec![]),
            ("one", "a", vec![]),
            ("two of one pack", "aa", vec![vec![0, 1]]),
            ("two packs", "ab", vec![]),
            ("without a barcode none is linked", "--", vec![]),
            ("others between them", "ab-ba-c", vec![vec![0, 4], vec![1, 3]]),
        ] {
            let records = prints.chars().enumerate().map(|(index, print)| {
                let body = format!(r#"{{"kind":"scan","barcode":"{print}"}}"#);
                (place(index as u128), Fingerprint::of(&body).filter(|_| print != '-'))
            });
            let expected: Vec<_> = expected
                .into_iter()
                .map(|ids| Group {
                    eldest: place(ids[0]),
                    others: ids[1..].iter().map(|id| place(*id)).collect(),
                })
                .collect();
            assert_eq!(link(records.collect()), expected, "{name}");
        }
        let group = Group { eldest: place(0), others: vec![place(1), place(3)] };
        assert_eq!((group.count_on(&[2]), group.count_on(&[3]), group.count_on(&[2, 3])), (1, 2, 3));
    }
}
