//! Live history records, newest first, by an index in that order.

use rusqlite::{Connection, params};

use super::records::{COLUMNS, page_of};
use crate::store::{Page, Place, StoreError};

pub(super) fn behind(
    conn: &Connection,
    user_id: i64,
    place: Option<&Place>,
    limit: usize,
    max_bytes: usize,
) -> Result<Page, StoreError> {
    let mut statement = conn.prepare_cached(&select(place.is_some()))?;
    let rows = match place {
        Some(place) => statement.query(params![user_id, place.occurred_at, place.id])?,
        None => statement.query([user_id])?,
    };
    page_of(rows, limit, max_bytes)
}

pub(super) fn place_of(conn: &Connection, user_id: i64, id: &str) -> Result<Place, StoreError> {
    let sql = "SELECT occurred_at FROM records WHERE user_id = ?1 AND entity = 'history' AND id = ?2";
    let occurred_at = conn.prepare_cached(sql)?.query_row(params![user_id, id], |row| row.get(0))?;
    Ok(Place { occurred_at, id: id.to_owned() })
}

fn select(from_place: bool) -> String {
    let choice = if from_place { "AND (occurred_at, id) < (?2, ?3)" } else { "" };
    format!(
        "SELECT {COLUMNS} FROM records WHERE user_id = ?1 AND entity = 'history' AND deleted = 0 {choice}
         ORDER BY occurred_at DESC, id DESC"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sqlite::tests::plan;

    #[test]
    fn a_page_is_read_from_the_index_and_nothing_is_sorted() {
        let first = plan(&select(false));
        assert_eq!(first, ["SEARCH records USING INDEX records_newest (user_id=?)"]);
        let next = plan(&select(true));
        assert_eq!(
            next,
            ["SEARCH records USING INDEX records_newest (user_id=? AND (occurred_at,id)<(?,?))"]
        );
    }
}
