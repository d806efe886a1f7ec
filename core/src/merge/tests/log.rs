//! The log of replaced values, on a file of its own.

use super::*;
use crate::merge::overwritten::{add, list};

#[test]
fn the_log_keeps_the_newest_thousand() {
    crate::outbox::tests::in_a_file(|tx| {
        let id = uuid::Uuid::from_u128(2).into();
        for number in 1..=1_002 {
            add(tx, Collection::Profile, id, "country", &json!(number), number)?;
        }
        let kept = list(tx, None, 2_000)?;
        assert_eq!((kept.len(), kept[0].noticed_at, kept[999].noticed_at), (1_000, 1_002, 3));
        let page = list(tx, Some(kept[0].position), 2)?;
        assert_eq!(page, kept[1..3]);
        Ok(())
    });
}
