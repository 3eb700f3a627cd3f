//! Rate limits: budgets by address and by credential.
//!
//! Each budget is a bucket that refills evenly: a minute's requests may come at once, and one comes back every
//! sixtieth, say, of a minute. It is stored as one number, the moment at which it will be full again (GCRA, the generic
//! cell rate algorithm), so that a full budget can be forgotten. At most [`MOST`] are remembered; when more addresses are
//! busy at a time, all further ones share one budget.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hash};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::clock::Ts;
use crate::config::Rates;
use crate::problem::{self, Problem, in_seconds};

/// How many budgets are remembered at a time.
pub const MOST: usize = SHARDS * SHARD_SIZE;
/// The number of parts, each with a lock of its own.
const SHARDS: usize = 16;
/// How many budgets each part remembers.
const SHARD_SIZE: usize = 4_096;
/// How many seconds it takes an empty budget to fill.
const WINDOW: i64 = 60;
/// The budget shared by all those for whom no other is left.
const SHARED: u64 = 0;
/// How many times more failures one client id may have than one address, so that nobody can lock a client out from a
/// single address.
const NAMED: u32 = 4;
/// How many requests a search by words counts as, in every operation that has one.
pub const SEARCH: u32 = 5;

/// What a budget counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Policy {
    /// Requests without a credential, by address.
    Address,
    /// Requests by credential.
    Credential,
    /// Requests by a key for open data.
    OpenData,
    /// Sign-ins and invalid credentials, by address.
    SignIn,
    /// Failed sign-ins, by the client id that they named.
    Client,
}

impl Policy {
    /// The policy's name in the headers.
    pub fn name(self) -> &'static str {
        match self {
            Policy::Address => "address",
            Policy::Credential => "credential",
            Policy::OpenData => "open-data",
            Policy::SignIn => "sign-in",
            Policy::Client => "client",
        }
    }

    fn quota(self, rates: &Rates) -> u32 {
        match self {
            Policy::Address => rates.address,
            Policy::Credential => rates.credential,
            Policy::OpenData => rates.open_data,
            Policy::SignIn => rates.sign_in,
            Policy::Client => rates.sign_in.saturating_mul(NAMED),
        }
    }
}

/// The state of a budget after a request was counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BudgetStatus {
    /// What the budget counts.
    pub policy: Policy,
    /// How many requests a full budget holds.
    pub quota: u32,
    /// How many requests it holds now.
    pub remaining: u32,
    /// In how many seconds it holds one more; `None` when it is full.
    pub refill_in: Option<i64>,
    /// In how many seconds it holds enough for the refused request; `None` when the request is permitted.
    pub retry_after: Option<i64>,
}

impl BudgetStatus {
    /// `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers-10).
    pub fn policy_header(&self) -> String {
        format!("\"{}\";q={};w={WINDOW}", self.policy.name(), self.quota)
    }

    /// `RateLimit` of the same draft: what remains, and when there will be more.
    pub fn header(&self) -> String {
        let refill = self.refill_in.map(|seconds| format!(";t={seconds}")).unwrap_or_default();
        format!("\"{}\";r={}{refill}", self.policy.name(), self.remaining)
    }

    /// 429 where the budget does not suffice. The text says nothing of what was requested.
    pub fn check(&self) -> Result<(), Problem> {
        let Some(seconds) = self.retry_after else { return Ok(()) };
        let what = match self.policy {
            Policy::Address => "requests from one address",
            Policy::Credential | Policy::OpenData => "requests with one credential",
            Policy::SignIn => "sign-ins and failed credentials from one address",
            Policy::Client => "failed sign-ins for one client",
        };
        let detail =
            format!("The limit is {} {what} in a minute. Try again in {}.", self.quota, in_seconds(seconds));
        Err(Problem::new(&problem::TOO_MANY, detail).header("Retry-After", seconds.to_string()))
    }
}

/// What addresses of IPv6 begin with that stand for one of IPv4 behind NAT64 (RFC 6052), without its 32 bits.
const NAT64: u128 = 0x0064_ff9b << 64;

/// The address that a budget counts: of IPv6 the first 64 bits, which is what one subscriber gets, or the address of IPv4 that it
/// stands for.
pub fn subscriber(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) if address.to_bits() >> 32 == NAT64 => {
            let [.., a, b, c, d] = address.octets();
            IpAddr::V4(Ipv4Addr::new(a, b, c, d))
        }
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64))),
        address => address,
    }
}

/// All budgets of this process.
pub struct Budgets {
    rates: Rates,
    hasher: RandomState,
    shards: Vec<Mutex<Shard>>,
}

/// Some of the budgets: the moment at which each is full, in microseconds since 1970.
#[derive(Default)]
struct Shard {
    full_at: HashMap<u64, i64>,
    swept: i64,
}

impl Shard {
    /// Forgets full budgets: a new one would be the same.
    fn sweep(&mut self, now: i64) {
        self.full_at.retain(|_, full_at| *full_at > now);
        self.swept = now;
    }

    /// The key under which a budget is remembered: its own, or the shared one.
    fn key_for(&mut self, who: u64, now: i64) -> u64 {
        if self.full_at.len() < SHARD_SIZE || self.full_at.contains_key(&who) {
            return who;
        }
        // At most once a second, since sweeping costs time.
        if (now - self.swept).abs() >= 1_000_000 {
            self.sweep(now);
        }
        if self.full_at.len() < SHARD_SIZE { who } else { SHARED }
    }
}

impl Budgets {
    /// Budgets that are all full.
    pub fn new(rates: Rates) -> Budgets {
        let shards = (0..SHARDS).map(|_| Mutex::default()).collect();
        Budgets { rates, hasher: RandomState::new(), shards }
    }

    /// Takes this many requests from a budget, if it holds them. `None` where there is no limit. A cost above the quota
    /// takes the whole budget.
    pub fn take(&self, policy: Policy, who: impl Hash, cost: u32, now: Ts) -> Option<BudgetStatus> {
        let quota = policy.quota(&self.rates);
        if quota == 0 {
            return None;
        }
        let one = WINDOW * 1_000_000 / i64::from(quota);
        let full = one * i64::from(quota);
        let cost = one * i64::from(cost.min(quota));
        let now = now.micros();
        let who = self.hasher.hash_one((policy, who));
        let mut shard = self.shard(who);
        let who = shard.key_for(who, now);
        // The debt can only exceed a full budget when the clock was set back: then it counts for nothing.
        let owed = shard.full_at.get(&who).map_or(0, |full_at| (full_at - now).max(0));
        let owed = if owed > full { 0 } else { owed };
        let after = owed + cost;
        let retry_after = (after > full).then(|| seconds(after - full));
        let owed = if retry_after.is_some() { owed } else { after };
        if retry_after.is_none() && cost > 0 {
            shard.full_at.insert(who, now + owed);
        }
        let remaining = u32::try_from((full - owed) / one).unwrap_or(0);
        let refill_in = (owed > 0).then(|| seconds((owed - 1) % one + 1));
        Some(BudgetStatus { policy, quota, remaining, refill_in, retry_after })
    }

    /// The status of a budget if this many requests were counted, without counting them.
    pub fn peek(&self, policy: Policy, who: impl Hash, cost: u32, now: Ts) -> Option<BudgetStatus> {
        let status = self.take(policy, who, 0, now)?;
        let short = cost.min(status.quota) > status.remaining;
        Some(BudgetStatus { retry_after: status.refill_in.filter(|_| short), ..status })
    }

    /// Forgets the full budgets.
    pub fn forget(&self, now: Ts) {
        for shard in &self.shards {
            lock(shard).sweep(now.micros());
        }
    }

    /// How many budgets are remembered.
    pub fn remembered(&self) -> usize {
        self.shards.iter().map(|shard| lock(shard).full_at.len()).sum()
    }

    fn shard(&self, who: u64) -> MutexGuard<'_, Shard> {
        let index = usize::try_from(who % SHARDS as u64).unwrap_or(0);
        lock(&self.shards[index])
    }
}

fn lock(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    // Each change is one insertion: a panic leaves nothing half done.
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whole seconds, rounded up, so that nobody who waits so long is too early.
fn seconds(micros: i64) -> i64 {
    (micros + 999_999) / 1_000_000
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATES: Rates = Rates { address: 60, credential: 120, open_data: 7, sign_in: 3, connections: 0 };

    fn at(micros: i64) -> Ts {
        Ts::from_micros(1_800_000_000_000_000 + micros).unwrap_or(Ts::NEVER)
    }

    fn take(budgets: &Budgets, who: &str, cost: u32, now: Ts) -> BudgetStatus {
        budgets.take(Policy::Address, who, cost, now).unwrap_or_else(|| panic!("no limit"))
    }

    #[test]
    fn a_minutes_requests_may_come_at_once_and_come_back_one_by_one() {
        let budgets = Budgets::new(RATES);
        for left in (0..60).rev() {
            assert_eq!((take(&budgets, "a", 1, at(0)).remaining, 1), (left, 1));
        }
        let refused = take(&budgets, "a", 1, at(0));
        assert_eq!((refused.remaining, refused.retry_after, refused.refill_in), (0, Some(1), Some(1)));
        assert_eq!(refused.header(), "\"address\";r=0;t=1");
        assert_eq!(refused.policy_header(), "\"address\";q=60;w=60");
        assert!(take(&budgets, "a", 1, at(999_999)).retry_after.is_some());
        assert!(take(&budgets, "a", 1, at(1_000_000)).retry_after.is_none());
        assert!(take(&budgets, "b", 1, at(0)).retry_after.is_none(), "another has its own");
        assert_eq!(take(&budgets, "a", 10, at(1_000_000)).retry_after, Some(10));
        assert_eq!(take(&budgets, "a", 60, at(61_000_000)).remaining, 0);
    }

    #[test]
    fn what_costs_more_than_all_takes_all() {
        let budgets = Budgets::new(RATES);
        assert_eq!(take(&budgets, "a", 100, at(0)).remaining, 0);
        assert_eq!(take(&budgets, "a", 100, at(0)).retry_after, Some(60));
    }

    #[test]
    fn a_quota_that_does_not_divide_a_minute_is_kept() {
        let budgets = Budgets::new(RATES);
        let take = || budgets.take(Policy::OpenData, "a", 1, at(0)).is_some_and(|s| s.retry_after.is_none());
        assert_eq!((0..20).filter(|_| take()).count(), 7);
    }

    #[test]
    fn peeking_takes_nothing() {
        let budgets = Budgets::new(RATES);
        let peek = |now| budgets.peek(Policy::SignIn, "a", 1, now).map(|status| status.retry_after);
        assert_eq!((peek(at(0)), budgets.remembered()), (Some(None), 0));
        for _ in 0..3 {
            budgets.take(Policy::SignIn, "a", 1, at(0));
        }
        assert_eq!(peek(at(0)), Some(Some(20)));
        assert_eq!(peek(at(20_000_000)), Some(None));
    }

    #[test]
    fn a_clock_set_back_keeps_nobody_out() {
        let budgets = Budgets::new(RATES);
        take(&budgets, "a", 60, at(0));
        let back = at(-3_600_000_000);
        assert_eq!(take(&budgets, "a", 60, back).retry_after, None);
        assert_eq!(take(&budgets, "a", 60, back).retry_after, Some(60));
    }

    #[test]
    fn off_is_off() {
        assert_eq!(Budgets::new(Rates::OFF).take(Policy::Address, "a", 1, at(0)), None);
    }

    #[test]
    fn whatever_addresses_come_memory_is_bounded_and_what_is_full_is_forgotten() {
        let budgets = Budgets::new(RATES);
        for n in 0..200_000_u32 {
            budgets.take(Policy::Address, n, 60, at(i64::from(n)));
        }
        assert!(budgets.remembered() <= MOST + SHARDS, "{}", budgets.remembered());
        // Those beyond the bound share a spent budget.
        let refused = |n: u32| take(&budgets, &n.to_string(), 1, at(300_000)).retry_after.is_some();
        assert!((200_000..200_100).all(refused));
        budgets.forget(at(61_000_000));
        assert_eq!(budgets.remembered(), 0);
    }

    #[test]
    fn addresses_are_known_as_subscribers() {
        let of = |text: &str| text.parse().map(subscriber).map(|address| address.to_string()).ok();
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), of("2001:db8:1:2::"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
        assert_eq!(of("64:ff9b::c000:201"), of("192.0.2.1"));
        assert_eq!(of("64:ff9b::1:c000:201").as_deref(), Some("64:ff9b::"), "no address of NAT64");
    }
}
