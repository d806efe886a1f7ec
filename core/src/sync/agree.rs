//! Before anything is sent: what the backend can do and wants held back (asked now and then, kept, followed), and the
//! parked operations that another version of the app or the backend's word sends again.

use super::capabilities::Capabilities;
use super::engine::{Run, Step, Stop};
use super::requests::Asked;
use super::revive::revive_parked;
use crate::error::Result;
use crate::outbox::{Said, judge_capabilities, store as outbox};
use crate::session::state::{self, SyncRow};
use rusqlite::Connection;

/// How long an answer is believed: a pause is noticed, and its end, within this time.
const ASK_AGAIN_MS: i64 = 15 * 60_000;

impl Run<'_> {
    /// Reads what is known, asks when it is old and there is something to send or to restore: an idle run asks nothing.
    pub(super) fn agree(&mut self, row: &SyncRow) -> Step<()> {
        self.capabilities = self.read(row.capabilities.as_deref());
        self.meet_app_version(row)?;
        let counts = self.inner.db.read(outbox::counts)?;
        let something = counts.pending + counts.failed > 0 || !row.restored;
        let forgotten = row.capabilities.is_none();
        if !(something || forgotten) || self.believed_until(row.capabilities_at).is_some() {
            return Ok(Ok(()));
        }
        if let Err(stop) = self.may_go_on()? {
            return Ok(Err(stop));
        }
        let asked = Asked::read("capabilities", self.endpoint().capabilities());
        let request_id = self.new_request_id();
        let outcome = match self.send(&asked, &request_id) {
            Ok(outcome) => outcome,
            Err(stop) => return Ok(Err(stop)),
        };
        let now = self.env().now_ms();
        let said = match judge_capabilities(&outcome, &self.inner.user, now) {
            Ok(Said::Capabilities(said)) => {
                self.proven = true;
                said
            }
            Ok(Said::Nothing) => "{}".to_owned(),
            // Not asked again at once, either: a path that leads nowhere must not cost a request a run.
            Ok(Said::NoAnswer) => row.capabilities.clone().unwrap_or_else(|| "{}".to_owned()),
            Err(signal) => return Ok(Err(Stop::Signal(signal))),
        };
        self.capabilities = self.read(Some(&said));
        self.inner.edit(|writer| state::put_capabilities(writer.tx, &said, now))?;
        if let Some(word) = self.capabilities.retry_parked.clone()
            && row.retry_parked.as_ref() != Some(&word)
        {
            revive_parked(self.inner)?;
            self.inner.edit(|writer| state::put_retry_parked(writer.tx, &word))?;
        }
        Ok(Ok(()))
    }

    fn read(&self, said: Option<&str>) -> Capabilities {
        Capabilities::read(said, self.inner.parts.config.app_version.as_deref())
    }

    /// Another version of the app may have better luck with what was refused.
    fn meet_app_version(&self, row: &SyncRow) -> Result<()> {
        let Some(version) = self.inner.parts.config.app_version.as_ref() else { return Ok(()) };
        if row.app_version.as_ref() == Some(version) {
            return Ok(());
        }
        if row.app_version.is_some() {
            revive_parked(self.inner)?;
        }
        self.inner.edit(|writer| state::put_app_version(writer.tx, version))
    }

    /// Until when an answer of that time is believed; `None`: it is too old (or a clock has jumped).
    fn believed_until(&self, asked_at: Option<i64>) -> Option<i64> {
        let (now, until) = (self.env().now_ms(), asked_at?.saturating_add(ASK_AGAIN_MS));
        (asked_at? <= now && now < until).then_some(until)
    }

    /// Until when what the backend wants held back stays here: it is asked again then.
    pub(super) fn hold_until(&self, conn: &Connection) -> Result<i64> {
        let asked_at = state::get(conn)?.capabilities_at;
        let again = || self.env().now_ms().saturating_add(ASK_AGAIN_MS);
        Ok(self.believed_until(asked_at).unwrap_or_else(again))
    }
}
