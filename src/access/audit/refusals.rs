//! Entries that the housekeeping writes: refusals, which are counted by the minute, so that nobody can fill the trail by
//! being refused; and events of read requests, which must not wait for a writer.
//!
//! A cached response lasts until something is committed, or to the end of its minute. One entry when a minute has ended
//! does not shorten that.

use std::collections::BTreeMap;
use std::sync::Mutex;

use serde_json::{Map, Value, json};

use super::entry::{Entry, record_all, with_actor};
use crate::access::Actor;
use crate::clock::{Clock, Id, Ts};
use crate::problem::Problem;
use crate::store::Db;

/// How many minutes' counts, and how many events, are kept while the database cannot be written.
const MINUTES: usize = 1_440;
const EVENTS: usize = 10_000;

/// Refusals by minute and status, and the events that wait to be written.
#[derive(Debug, Default)]
pub struct Refusals {
    counts: Mutex<BTreeMap<i64, BTreeMap<u16, u64>>>,
    notes: Mutex<Vec<Note>>,
}

/// An event that is to be written to the trail.
#[derive(Clone, Debug)]
pub struct Note {
    pub at: Ts,
    pub event: &'static str,
    pub actor: Actor,
    pub request: Option<Id>,
    pub detail: Value,
}

impl Refusals {
    /// Counts a response, if its status is a refusal.
    pub fn count(&self, status: u16, now: Ts) {
        if !matches!(status, 401 | 403 | 429) {
            return;
        }
        if let Ok(mut minutes) = self.counts.lock() {
            *minutes.entry(now.minute()).or_default().entry(status).or_default() += 1;
            if minutes.len() > MINUTES {
                minutes.pop_first();
            }
        }
    }

    /// Keeps an event until the housekeeping runs.
    pub fn later(&self, note: Note) {
        if let Ok(mut notes) = self.notes.lock() {
            match notes.len() < EVENTS {
                true => notes.push(note),
                false => tracing::error!(
                    event = note.event,
                    actor = note.actor.name(),
                    "the audit trail cannot be written, and lacks this event"
                ),
            }
        }
    }

    /// Writes everything that waits.
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
                    &with_actor(note.detail.clone(), &note.actor),
                )
            })
            .collect();
        let written = db.write(|conn| record_all(conn, clock, &entries));
        drop(entries);
        if written.is_err()
            && let Ok(mut waiting) = self.notes.lock()
        {
            waiting.splice(0..0, notes);
        }
        written
    }

    /// Writes one entry for each minute that has ended.
    fn write_counts(&self, db: &Db, clock: &Clock) -> Result<(), Problem> {
        let now = clock.now().minute();
        let ended = match self.counts.lock() {
            Ok(mut minutes) => {
                let rest = minutes.split_off(&now);
                std::mem::replace(&mut *minutes, rest)
            }
            Err(_) => return Ok(()),
        };
        if ended.is_empty() {
            return Ok(());
        }
        let entries: Vec<Entry<'_>> = ended
            .iter()
            .map(|(minute, counts)| {
                let counts: Map<_, _> =
                    counts.iter().map(|(status, count)| (status.to_string(), json!(count))).collect();
                let at = Ts::from_micros(minute * 60_000_000).unwrap_or(Ts::NEVER);
                Entry::new(at, "refused", "anonymous", &json!({"refusals": counts}))
            })
            .collect();
        let written = db.write(|conn| record_all(conn, clock, &entries));
        if written.is_err()
            && let Ok(mut minutes) = self.counts.lock()
        {
            minutes.extend(ended.into_iter().take(MINUTES));
        }
        written
    }
}
