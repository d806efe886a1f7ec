//! Brings a database to this build's form. Several servers may start at once: one does it, the others wait and find it done.

use deadpool_postgres::Object;

use crate::clock::Seams;
use crate::store::{Meta, StoreError};

/// Each makes of the form before it the form of its number. What has been released is never changed.
const SCHEMAS: [&str; 1] = [include_str!("schema_0001.sql")];

/// Held until the transaction ends; the number is FoodLens's own. A change of the form may take its time.
const TAKE_TURN: &str = "SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0;
    SELECT pg_advisory_xact_lock(7246350197001)";

/// Past the walls: a migration is the operator's work.
const BEGIN: &str = "SET LOCAL foodlens.operator = 'on'; SET LOCAL client_min_messages = warning;
    CREATE TABLE IF NOT EXISTS schema_forms (version INTEGER PRIMARY KEY)";

const POWER: &str =
    "SELECT rolname::text, rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user";

pub(super) async fn run(client: &mut Object, seams: &Seams) -> Result<(), StoreError> {
    let transaction = client.transaction().await?;
    transaction.batch_execute(TAKE_TURN).await?;
    let role = transaction.query_one(POWER, &[]).await?;
    if role.try_get(1)? {
        return Err(StoreError::TooMuchPower(role.try_get(0)?));
    }
    transaction.batch_execute(BEGIN).await?;
    let forms = transaction.query("SELECT version FROM schema_forms", &[]).await?;
    let known = SCHEMAS.len();
    let missing = SCHEMAS.get(forms.len()..).ok_or(StoreError::NewerSchema { found: forms.len(), known })?;
    for (version, schema) in (1..).zip(SCHEMAS).skip(known - missing.len()) {
        transaction.batch_execute(schema).await?;
        transaction.execute("INSERT INTO schema_forms VALUES ($1)", &[&version]).await?;
    }
    for (name, value) in Meta::fresh(seams) {
        let sql = "INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
        transaction.execute(sql, &[&name, &value]).await?;
    }
    Ok(transaction.commit().await?)
}
