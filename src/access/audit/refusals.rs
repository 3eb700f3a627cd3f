//! What is put on record by the housekeeping: refusals, counted and not written one by one, so that nobody fills the
//! trail by being refused; and what is done by those who read, who wait for no writer.

use std::collections::BTreeMap;
use std::sync::Mutex;

use serde_json::{Map, Value, json};

use super::Entry;
use crate::access::Actor;
use crate::clock::{Clock, Id, Ts};
use crate::problem::Problem;
use crate::store::Db;

/// How many seconds are remembered while they cannot be written.
const SECONDS: usize = 600;

/// How often what was refused, by second and status.
#[derive(Debug, Default)]
pub struct Refusals {
    counts: Mutex<BTreeMap<i64, BTreeMap<u16, u64>>>,
    notes: Mutex<Vec<Note>>,
}

/// Something that was done and is to be put on record.
#[derive(Clone, Debug)]
pub struct Note {
    /// When.
    pub at: Ts,
    /// What.
    pub event: &'static str,
    /// By whom.
    pub actor: Actor,
    /// In which request.
    pub request: Option<Id>,
    /// Everything else.
    pub detail: Value,
}

impl Refusals {
    /// Counts an answer, if it is a refusal.
    pub fn count(&self, status: u16, now: Ts) {
        if !matches!(status, 401 | 403 | 429) {
            return;
        }
        if let Ok(mut seconds) = self.counts.lock() {
            let second = now.micros().div_euclid(1_000_000);
            *seconds.entry(second).or_default().entry(status).or_default() += 1;
            if seconds.len() > SECONDS {
                seconds.pop_first();
            }
        }
    }

    /// Remembers something until the housekeeping comes.
    pub fn later(&self, note: Note) {
        if let Ok(mut notes) = self.notes.lock() {
            notes.push(note);
        }
    }

    /// Puts all that waits on record.
    pub fn write(&self, db: &Db, clock: &Clock) -> Result<(), Problem> {
        self.write_notes(db, clock)?;
        self.write_counts(db, clock)
    }

    fn write_notes(&self, db: &Db, clock: &Clock) -> Result<(), Problem> {
        let notes = match self.notes.lock() {
            Ok(mut notes) => std::mem::take(&mut *notes),
            Err(_) => return Ok(()),
        };
        if notes.is_empty() {
            return Ok(());
        }
        let entries: Vec<Entry<'_>> = notes
            .iter()
            .map(|note| Entry {
                request: note.request,
                body: note.actor.body.as_ref().map(|body| body.id),
                ..Entry::new(
                    note.at,
                    note.event,
                    note.actor.name(),
                    &super::with_actor(note.detail.clone(), &note.actor),
                )
            })
            .collect();
        let written = db.write(|conn| super::record_all(conn, clock, &entries));
        drop(entries);
        if written.is_err()
            && let Ok(mut waiting) = self.notes.lock()
        {
            waiting.splice(0..0, notes);
        }
        written
    }

    /// The seconds that have ended, one entry for each.
    fn write_counts(&self, db: &Db, clock: &Clock) -> Result<(), Problem> {
        let now = clock.now().micros().div_euclid(1_000_000);
        let ended = match self.counts.lock() {
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
            && let Ok(mut seconds) = self.counts.lock()
        {
            seconds.extend(ended.into_iter().take(SECONDS));
        }
        written
    }
}
