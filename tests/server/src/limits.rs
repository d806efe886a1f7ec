//! How much is too much: requests a second of one user or one address, requests at once, and slow ones.

use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::str::FromStr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota};

use crate::service::{MAX_BODY_BYTES, MAX_PAGE};

/// After so many requests, who has not come for a while is forgotten.
const TIDY_EVERY: u32 = 4096;

/// What the server takes from its clients.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Requests of one user; more are answered 429. None for any number.
    pub user_rate: Option<Rate>,
    /// Requests without a good token, by the address they come from. None for any number.
    pub stranger_rate: Option<Rate>,
    /// Bytes of a request's body, after unpacking; more are answered 413.
    pub body_bytes: usize,
    /// Records on a page.
    pub page: usize,
    /// Requests at once; more are answered 503.
    pub in_flight: usize,
    /// How long a connection may take to send the head of its next request.
    pub header_timeout: Duration,
    /// How long a request may take to send its body; a slower one is answered 408.
    pub body_timeout: Duration,
}

impl Default for Limits {
    /// No rates, bodies of 1 MiB, pages of 1000, 256 requests at once, 30 seconds for a head and 60 for a body.
    fn default() -> Self {
        Self {
            user_rate: None,
            stranger_rate: None,
            body_bytes: MAX_BODY_BYTES,
            page: MAX_PAGE,
            in_flight: 256,
            header_timeout: Duration::from_secs(30),
            body_timeout: Duration::from_secs(60),
        }
    }
}

/// So many requests a second for long, and so many at once after a pause. As text: `20:200`; `20` alone allows ten
/// times as many at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// In the long run.
    pub per_second: NonZeroU32,
    /// At once.
    pub burst: NonZeroU32,
}

impl FromStr for Rate {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const FORM: &str = "give requests a second, and how many at once: 20:200";
        let number = |text: &str| text.parse::<NonZeroU32>().map_err(|_| FORM);
        match text.split_once(':') {
            Some((per_second, burst)) => Ok(Self { per_second: number(per_second)?, burst: number(burst)? }),
            None => {
                let per_second = number(text)?;
                Ok(Self { per_second, burst: per_second.saturating_mul(NonZeroU32::MIN.saturating_add(9)) })
            }
        }
    }
}

/// What has been asked lately, and by whom.
pub(crate) struct Rates {
    users: Option<Buckets<String>>,
    strangers: Option<Buckets<IpAddr>>,
}

impl Rates {
    pub fn new(limits: &Limits) -> Self {
        Self { users: limits.user_rate.map(Buckets::new), strangers: limits.stranger_rate.map(Buckets::new) }
    }

    /// Counts a request of this user. When it is one too many: the seconds until the next may come.
    pub fn wait_of_user(&self, user: &str) -> Option<u32> {
        self.users.as_ref()?.wait_s(&user.to_owned())
    }

    /// See [`Self::wait_of_user`]. IPv6 addresses count by their network: one machine has as many as it likes.
    pub fn wait_of_stranger(&self, address: IpAddr) -> Option<u32> {
        let network = match address.to_canonical() {
            IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (!0 << 64))),
            address => address,
        };
        self.strangers.as_ref()?.wait_s(&network)
    }
}

struct Buckets<K: Clone + Hash + Eq> {
    limiter: DefaultKeyedRateLimiter<K>,
    clock: DefaultClock,
    checks: AtomicU32,
}

impl<K: Clone + Hash + Eq> Buckets<K> {
    fn new(rate: Rate) -> Self {
        let quota = Quota::per_second(rate.per_second).allow_burst(rate.burst);
        Self {
            limiter: DefaultKeyedRateLimiter::keyed(quota),
            clock: DefaultClock::default(),
            checks: AtomicU32::new(0),
        }
    }

    fn wait_s(&self, key: &K) -> Option<u32> {
        if self.checks.fetch_add(1, Ordering::Relaxed) % TIDY_EVERY == TIDY_EVERY - 1 {
            self.limiter.retain_recent();
            self.limiter.shrink_to_fit();
        }
        let too_early = self.limiter.check_key(key).err()?;
        let wait = too_early.wait_time_from(self.clock.now());
        // Rounded up: who comes after zero seconds comes too early again.
        Some(u32::try_from(wait.as_secs()).unwrap_or(u32::MAX).saturating_add(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_as_text() {
        let read =
            |text: &str| text.parse::<Rate>().ok().map(|rate| (rate.per_second.get(), rate.burst.get()));
        assert_eq!(read("20:200"), Some((20, 200)));
        assert_eq!(read("3"), Some((3, 30)));
        for wrong in ["", "0", "5:0", "-1", "1.5", "1:2:3", "many"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn each_has_a_bucket_and_strangers_of_one_network_share_one() {
        let rate = Some("1:2".parse().unwrap());
        let rates = Rates::new(&Limits { user_rate: rate, stranger_rate: rate, ..Limits::default() });
        let user = |name: &str| rates.wait_of_user(name);
        assert_eq!((user("anna"), user("anna"), user("anna")), (None, None, Some(1)));
        assert_eq!(user("bert"), None);
        let stranger = |address: &str| rates.wait_of_stranger(address.parse().unwrap());
        assert_eq!((stranger("2001:db8::1"), stranger("2001:db8::2")), (None, None));
        assert_eq!(stranger("2001:db8::3"), Some(1));
        assert_eq!(stranger("2001:db8:0:1::1"), None);
        assert_eq!(
            (stranger("10.0.0.1"), stranger("::ffff:10.0.0.1"), stranger("10.0.0.1")),
            (None, None, Some(1))
        );
        assert_eq!(stranger("10.0.0.2"), None);
    }

    #[test]
    fn who_stays_away_is_forgotten() {
        let buckets = Buckets::<u32>::new("1000000:1".parse().unwrap());
        for key in 0..3 * TIDY_EVERY {
            buckets.wait_s(&key);
        }
        assert!(buckets.limiter.len() < 2 * TIDY_EVERY as usize, "{}", buckets.limiter.len());
    }
}
