//! Rate limits: so many units a minute for each caller, so many tries a minute from each address. A limit is told with every answer that it counts.
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use governor::clock::Clock as _;
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};

use crate::platform::clock::Clock;
use crate::platform::config::Config;
use crate::platform::problem::{Code, Problem};

/// All limits refill over this time.
const WINDOW_SECONDS: u64 = 60;
/// Keys that are counted each by itself. When more come than the window forgets, further ones share what is below: memory stays bounded.
const MOST_KEYS: usize = 100_000;
const SHARED_KEYS: u64 = 4_096;

/// What a call costs, in units.
#[must_use]
pub fn cost(method: &str, path: &str, searches: bool, accept: &str, content_type: &str) -> u32 {
    const EXPORTS: [&str; 3] = ["text/csv", "application/x-ndjson", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"];
    if content_type.eq_ignore_ascii_case("multipart/form-data") {
        50
    } else if EXPORTS.iter().any(|export| export.eq_ignore_ascii_case(favourite(accept))) {
        20
    } else if method == "POST" && path.ends_with("/batch") {
        10
    } else if searches {
        5
    } else {
        1
    }
}

/// The media type that an `Accept` field likes best.
fn favourite(accept: &str) -> &str {
    let mut best = (0.0, "");
    for range in accept.split(',') {
        let mut pieces = range.split(';').map(str::trim);
        let name = pieces.next().unwrap_or_default();
        let weight = pieces.find_map(|piece| piece.strip_prefix("q=")).map_or(1.0, |q| q.parse::<f32>().unwrap_or(0.0));
        if weight > best.0 {
            best = (weight, name);
        }
    }
    best.1
}

/// How a caller or an address stands after a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    policy: &'static str,
    quota: u32,
    remaining: u32,
    /// Until all is there again or, where the call is refused, until there is enough for it.
    seconds: u64,
    refused: bool,
}

impl Standing {
    /// Fails with 429 where the call was too much.
    pub fn check(self) -> Result<(), Problem> {
        if !self.refused {
            return Ok(());
        }
        Err(Problem::new(Code::TooManyRequests).param("seconds", self.seconds).header("retry-after", self.seconds))
    }
}

/// The limits that counted one request; the envelope tells them (draft-ietf-httpapi-ratelimit-headers).
#[derive(Clone, Debug, Default)]
pub struct Standings(pub Vec<Standing>);

impl Standings {
    /// The values of `RateLimit-Policy` and `RateLimit`.
    #[must_use]
    pub fn fields(&self) -> Option<(String, String)> {
        let list = |one: &dyn Fn(&Standing) -> String| self.0.iter().map(one).collect::<Vec<_>>().join(", ");
        let policy = |s: &Standing| format!("\"{}\";q={};w={WINDOW_SECONDS}", s.policy, s.quota);
        let left = |s: &Standing| format!("\"{}\";r={};t={}", s.policy, s.remaining, s.seconds);
        (!self.0.is_empty()).then(|| (list(&policy), list(&left)))
    }
}

/// The limits of this process; none where the settings say `off`.
#[derive(Debug)]
pub struct Limits {
    callers: Option<Limiter>,
    addresses: Option<Limiter>,
}

impl Limits {
    #[must_use]
    pub fn new(config: &Config, clock: &Clock) -> Self {
        let limiter = |policy, units: Option<u32>| units.and_then(NonZeroU32::new).map(|units| Limiter::new(policy, units, clock.clone()));
        Self { callers: limiter("default", config.rate_limit), addresses: limiter("login", config.login_rate_limit) }
    }
    /// Counts a call of a user or an API key.
    pub fn caller(&self, id: &str, cost: u32) -> Option<Standing> {
        self.callers.as_ref().map(|limiter| limiter.count(id, cost))
    }
    /// Counts a try from an address.
    pub fn address(&self, address: IpAddr) -> Option<Standing> {
        self.addresses.as_ref().map(|limiter| limiter.count(&network(address).to_string(), 1))
    }
}

/// An IPv6 customer has a network of 64 bits to choose addresses from: they are one.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64).into(),
        v4 @ IpAddr::V4(_) => v4,
    }
}

/// Time as the limiter takes it: never backwards.
#[derive(Clone, Debug)]
struct Ticks(Clock);

impl governor::clock::Clock for Ticks {
    type Instant = Duration;
    fn now(&self) -> Duration {
        self.0.ticks()
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    Own(String),
    Shared(u64),
}

struct Limiter {
    policy: &'static str,
    units: NonZeroU32,
    clock: Ticks,
    inner: RateLimiter<Key, DefaultKeyedStateStore<Key>, Ticks, StateInformationMiddleware>,
    most_keys: usize,
    /// The second in which it was last tidied.
    tidied: AtomicU64,
    full: AtomicBool,
}

impl std::fmt::Debug for Limiter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} a minute, {} keys", self.units, self.inner.len())
    }
}

impl Limiter {
    fn new(policy: &'static str, units: NonZeroU32, clock: Clock) -> Self {
        let clock = Ticks(clock);
        let inner = RateLimiter::new(Quota::per_minute(units), DefaultKeyedStateStore::default(), clock.clone());
        Self { policy, units, clock, inner, most_keys: MOST_KEYS, tidied: AtomicU64::new(0), full: AtomicBool::new(false) }
    }

    fn count(&self, id: &str, cost: u32) -> Standing {
        self.tidy();
        // A call that costs more than there ever is takes all there is.
        let cost = NonZeroU32::new(cost).unwrap_or(NonZeroU32::MIN).min(self.units);
        let quota = self.units.get();
        let standing = |remaining, seconds, refused| Standing { policy: self.policy, quota, remaining, seconds, refused };
        match self.inner.check_key_n(&self.key(id), cost) {
            Ok(Ok(state)) => {
                let remaining = state.remaining_burst_capacity();
                let missing = u64::from(quota.saturating_sub(remaining));
                standing(remaining, (missing * WINDOW_SECONDS).div_ceil(u64::from(quota)), false)
            }
            Ok(Err(until)) => standing(0, until.wait_time_from(self.clock.now()).as_millis().div_ceil(1000).max(1) as u64, true),
            Err(_) => standing(0, WINDOW_SECONDS, true),
        }
    }

    fn key(&self, id: &str) -> Key {
        if !self.full.load(Ordering::Relaxed) {
            return Key::Own(id.to_owned());
        }
        let mut hasher = DefaultHasher::new();
        id.hash(&mut hasher);
        Key::Shared(hasher.finish() % SHARED_KEYS)
    }

    /// Forgets, once a second at most, who is as good as new.
    fn tidy(&self) {
        let second = self.clock.now().as_secs();
        if self.tidied.swap(second, Ordering::Relaxed) == second || self.inner.len() <= self.most_keys {
            return;
        }
        self.inner.retain_recent();
        self.inner.shrink_to_fit();
        self.full.store(self.inner.len() > self.most_keys, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::db::UtcTime;

    fn limiter(units: u32) -> (Limiter, Clock) {
        let clock = Clock::held_at(UtcTime(1_000_000_000_000));
        (Limiter::new("default", NonZeroU32::new(units).unwrap(), clock.clone()), clock)
    }

    #[test]
    fn a_call_costs_what_it_makes_us_do() {
        let xlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
        for (method, path, searches, accept, content_type, expected) in [
            ("GET", "/api/v1/orders", false, "", "", 1),
            ("GET", "/api/v1/orders", true, "*/*", "", 5),
            ("POST", "/api/v1/orders/batch", false, "", "application/json", 10),
            ("GET", "/api/v1/orders/batch", false, "", "", 1),
            ("GET", "/api/v1/orders", true, "text/csv", "", 20),
            ("GET", "/api/v1/orders", false, "application/json;q=0.5, TEXT/CSV", "", 20),
            ("GET", "/api/v1/orders", false, "application/json, text/csv;q=0.5", "", 1),
            ("GET", "/api/v1/orders", false, "text/csv;q=0", "", 1),
            ("GET", "/api/v1/orders", false, "application/x-ndjson", "", 20),
            ("GET", "/api/v1/orders", false, xlsx, "", 20),
            ("POST", "/api/v1/imports", false, "", "multipart/form-data", 50),
        ] {
            assert_eq!(cost(method, path, searches, accept, content_type), expected, "{method} {path} {accept} {content_type}");
        }
    }

    #[test]
    fn units_are_used_up_and_come_back() {
        let (limiter, clock) = limiter(1200);
        let first = Standings(vec![limiter.count("a", 1)]);
        assert_eq!(first.fields(), Some(("\"default\";q=1200;w=60".into(), "\"default\";r=1199;t=1".into())));
        assert_eq!(limiter.count("a", 1199), Standing { policy: "default", quota: 1200, remaining: 0, seconds: 60, refused: false });
        let refused = limiter.count("a", 20);
        assert_eq!((refused.refused, refused.remaining, refused.seconds), (true, 0, 1));
        assert_eq!(refused.check().unwrap_err().headers(), [("retry-after", "1".to_owned())]);
        assert!(!limiter.count("b", 1).refused, "another caller");
        clock.advance_seconds(1);
        assert_eq!(limiter.count("a", 20).remaining, 0);
        assert!(limiter.count("a", 1).refused);
        clock.advance_seconds(60);
        assert_eq!(limiter.count("a", 1).remaining, 1199);
    }

    #[test]
    fn a_call_dearer_than_the_limit_is_possible_now_and_then() {
        let (limiter, clock) = limiter(10);
        assert!(!limiter.count("a", 50).refused);
        assert_eq!(limiter.count("a", 50).seconds, 60);
        clock.advance_seconds(60);
        assert!(!limiter.count("a", 50).refused);
    }

    #[test]
    fn memory_is_bounded_and_a_crowd_is_counted_together() {
        let (mut limiter, clock) = limiter(2);
        limiter.most_keys = 100;
        for i in 0..101 {
            limiter.count(&i.to_string(), 1);
        }
        clock.advance_seconds(1);
        for i in 0..20_000 {
            limiter.count(&format!("flood {i}"), 1);
        }
        assert!(limiter.inner.len() <= 101 + SHARED_KEYS as usize);
        assert!((0..10).any(|i| limiter.count(&format!("flood {i}"), 1).refused));
        // Once the crowd has gone, everybody is counted alone again.
        clock.advance_seconds(120);
        assert!(!limiter.count("a", 1).refused);
        assert!(limiter.inner.len() <= 2);
        assert_eq!(limiter.count("a", 1).remaining, 0);
    }

    #[test]
    fn addresses_of_one_network_are_one() {
        let same = |a: &str, b: &str| network(a.parse().unwrap()) == network(b.parse().unwrap());
        assert!(same("2001:db8::1", "2001:db8::ffff:1") && !same("2001:db8::1", "2001:db8:0:1::1") && !same("192.0.2.1", "192.0.2.2"));
    }
}
