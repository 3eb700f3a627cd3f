//! What anybody can cause any number of times is logged by its number, once a minute at most.

use std::sync::{Mutex, PoisonError};

use crate::clock::Ts;

/// How long the log says nothing more, in microseconds.
const PAUSE: i64 = 60 * 1_000_000;

/// A count that is logged now and then.
#[derive(Debug, Default)]
pub struct Often(Mutex<Counted>);

#[derive(Debug, Default)]
struct Counted {
    logged: Option<i64>,
    since: u64,
}

impl Often {
    /// Counts one, and returns the number since the last time if it is to be logged now.
    pub fn due(&self, now: Ts) -> Option<u64> {
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counted.since += 1;
        let now = now.micros();
        // abs(), so that a clock that was set back does not silence the log.
        if counted.logged.is_some_and(|last| (now - last).abs() < PAUSE) {
            return None;
        }
        counted.logged = Some(now);
        Some(std::mem::take(&mut counted.since))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_one_line_a_minute_with_its_number() {
        let at = |second: i64| Ts::from_micros(1_800_000_000_000_000 + second * 1_000_000).unwrap();
        let often = Often::default();
        assert_eq!(often.due(at(0)), Some(1));
        let logged: Vec<u64> = (1..=120).filter_map(|second| often.due(at(second))).collect();
        assert_eq!(logged, [60, 60]);
    }
}
