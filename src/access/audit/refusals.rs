//! Refusals: counted, not written one by one, so that nobody fills the trail by being refused.

use std::collections::BTreeMap;
use std::sync::Mutex;

use serde_json::{Map, json};

use super::Entry;
use crate::clock::{Clock, Ts};
use crate::problem::Problem;
use crate::store::Db;

/// How many seconds are remembered while they cannot be written.
const SECONDS: usize = 600;

/// How often what was refused, by second and status.
#[derive(Debug, Default)]
pub struct Refusals(Mutex<BTreeMap<i64, BTreeMap<u16, u64>>>);

impl Refusals {
    /// Counts an answer, if it is a refusal.
    pub fn count(&self, status: u16, now: Ts) {
        if !matches!(status, 401 | 403 | 429) {
            return;
        }
        if let Ok(mut seconds) = self.0.lock() {
            let second = now.micros().div_euclid(1_000_000);
            *seconds.entry(second).or_default().entry(status).or_default() += 1;
            if seconds.len() > SECONDS {
                seconds.pop_first();
            }
        }
    }

    /// Puts the seconds that have ended on record, one entry for each.
    pub fn write(&self, db: &Db, clock: &Clock) -> Result<(), Problem> {
        let now = clock.now().micros().div_euclid(1_000_000);
        let ended = match self.0.lock() {
            Ok(mut seconds) => {
                let rest = seconds.split_off(&now);
                std::mem::replace(&mut *seconds, rest)
            }
            Err(_) => return Ok(()),
        };
        if ended.is_empty() {
            return Ok(());
        }
        let entries: Vec<Entry<'_>> = ended
            .iter()
            .map(|(second, counts)| {
                let counts: Map<_, _> =
                    counts.iter().map(|(status, count)| (status.to_string(), json!(count))).collect();
                let at = Ts::from_micros(second * 1_000_000).unwrap_or(Ts::NEVER);
                Entry::new(at, "refused", "anonymous", &json!({"refusals": counts}))
            })
            .collect();
        let written = db.write(|conn| super::record_all(conn, clock, &entries));
        if written.is_err()
            && let Ok(mut seconds) = self.0.lock()
        {
            seconds.extend(ended.into_iter().take(SECONDS));
        }
        written
    }
}
