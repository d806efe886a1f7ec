//! How often what goes wrong, as text: `drop=0.05,delay=0.2:50..2000ms`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// Shares of all requests, each from 0 to 1. A request meets at most one fault, and may be late besides.
#[derive(Debug, Clone, PartialEq)]
pub struct Mixture {
    /// Late ones.
    pub delay: Option<Delay>,
    /// The connection closes, and nothing took effect.
    pub drop: f64,
    /// The connection closes, and the request took effect.
    pub silence: f64,
    /// 500, 502 or 503, and nothing took effect.
    pub error: f64,
    /// 429 with a `Retry-After`, and nothing took effect.
    pub limit: f64,
    /// Half the answer, and the request took effect.
    pub truncate: f64,
    /// 401 as for a token that has expired, and nothing took effect.
    pub expire: f64,
}

/// Late requests.
#[derive(Debug, Clone, PartialEq)]
pub struct Delay {
    /// How many of all, from 0 to 1.
    pub share: f64,
    /// The shortest, in milliseconds.
    pub min_ms: u64,
    /// The longest, in milliseconds.
    pub max_ms: u64,
}

impl Delay {
    /// `place` is from 0 to 1.
    pub(super) fn at(&self, place: f64) -> Duration {
        let (min, max) = (Duration::from_millis(self.min_ms), Duration::from_millis(self.max_ms));
        min + (max - min).mul_f64(place)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Drop,
    Silence,
    Error,
    Limit,
    Truncate,
    Expire,
}

impl Default for Mixture {
    /// A bad day on the train: a third is late, a fifth fails.
    fn default() -> Self {
        Self {
            delay: Some(Delay { share: 0.3, min_ms: 50, max_ms: 1500 }),
            drop: 0.04,
            silence: 0.04,
            error: 0.05,
            limit: 0.03,
            truncate: 0.02,
            expire: 0.02,
        }
    }
}

impl Mixture {
    const NONE: Self =
        Self { delay: None, drop: 0.0, silence: 0.0, error: 0.0, limit: 0.0, truncate: 0.0, expire: 0.0 };

    pub(super) fn faults(&self) -> [(Kind, f64); 6] {
        [
            (Kind::Drop, self.drop),
            (Kind::Silence, self.silence),
            (Kind::Error, self.error),
            (Kind::Limit, self.limit),
            (Kind::Truncate, self.truncate),
            (Kind::Expire, self.expire),
        ]
    }
}

impl FromStr for Mixture {
    type Err = String;

    /// What is not named does not happen.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut mixture = Self::NONE;
        for part in text.split(',') {
            let (name, value) = part.split_once('=').ok_or_else(|| format!("{part:?} is no NAME=SHARE"))?;
            match name.trim() {
                "delay" => mixture.delay = Some(delay_of(value)?),
                "drop" => mixture.drop = share_of(value)?,
                "silence" => mixture.silence = share_of(value)?,
                "error" => mixture.error = share_of(value)?,
                "limit" => mixture.limit = share_of(value)?,
                "truncate" => mixture.truncate = share_of(value)?,
                "expire" => mixture.expire = share_of(value)?,
                name => {
                    return Err(format!(
                        "{name:?} is none of delay, drop, silence, error, limit, truncate, expire"
                    ));
                }
            }
        }
        // A little more than 1 is what sums of decimal fractions come to.
        if mixture.faults().iter().map(|(_, share)| share).sum::<f64>() > 1.000_001 {
            return Err("all but the delay together are more than 1".to_owned());
        }
        Ok(mixture)
    }
}

fn share_of(text: &str) -> Result<f64, String> {
    let share = text.trim().parse::<f64>().ok().filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| format!("{text:?} is no share from 0 to 1"))
}

fn delay_of(text: &str) -> Result<Delay, String> {
    let form = || format!("{text:?} is no delay such as 0.2:50..2000ms");
    let (share, range) = text.split_once(':').ok_or_else(form)?;
    let (min, max) =
        range.trim().strip_suffix("ms").and_then(|range| range.split_once("..")).ok_or_else(form)?;
    let number = |text: &str| text.parse::<u64>().map_err(|_| form());
    let delay = Delay { share: share_of(share)?, min_ms: number(min)?, max_ms: number(max)? };
    if delay.min_ms <= delay.max_ms { Ok(delay) } else { Err(form()) }
}

impl fmt::Display for Mixture {
    /// As it can be given again.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(Delay { share, min_ms, max_ms }) = &self.delay {
            write!(f, "delay={share}:{min_ms}..{max_ms}ms,")?;
        }
        let Self { delay: _, drop, silence, error, limit, truncate, expire } = self;
        write!(
            f,
            "drop={drop},silence={silence},error={error},limit={limit},truncate={truncate},expire={expire}"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mixture_as_text() {
        let read = |text: &str| text.parse::<Mixture>();
        let expected = Mixture {
            drop: 0.05,
            delay: Some(Delay { share: 0.2, min_ms: 50, max_ms: 2000 }),
            ..Mixture::NONE
        };
        assert_eq!(read("drop=0.05,delay=0.2:50..2000ms"), Ok(expected));
        assert_eq!(
            read("drop=0.4, silence=0.3,error=0.1,limit=0.1,truncate=0.05,expire=0.05").map(|_| ()),
            Ok(())
        );
        assert_eq!(read(&Mixture::default().to_string()), Ok(Mixture::default()));
        let wrong = [
            "",
            "drop",
            "drop=",
            "drop=2",
            "drop=-0.1",
            "drop=NaN",
            "drops=0.1",
            "drop=0.6,error=0.6",
            "delay=0.2",
            "delay=0.2:50ms",
            "delay=0.2:50..20ms",
            "delay=0.2:50..2000",
            "delay=2:1..2ms",
        ];
        for text in wrong {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
