//! A reader of the public, in one request.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::position::Position;

/// A reader of the public, for one request.
#[derive(Debug, Default)]
pub struct Reader {
    /// The position that it sent along.
    required: Option<Position>,
    seen: Mutex<Positions>,
}

#[derive(Debug, Default)]
struct Positions {
    /// What it has seen by now.
    all: Option<Position>,
    /// Where its latest read began.
    latest: Option<Position>,
}

impl Reader {
    /// A reader who sees at least what there was at this position.
    pub fn new(required: Option<Position>) -> Reader {
        Reader { required, ..Reader::default() }
    }

    /// The position that it sent along.
    pub fn required(&self) -> Option<&Position> {
        self.required.as_ref()
    }

    /// What it has seen by now.
    pub fn seen(&self) -> Option<Position> {
        self.positions().all.clone()
    }

    /// Where its latest read began.
    pub fn latest(&self) -> Option<Position> {
        self.positions().latest.clone()
    }

    fn positions(&self) -> MutexGuard<'_, Positions> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A read begins at this position.
    pub fn begins(&self, position: &Position) {
        self.positions().latest = Some(position.clone());
    }

    /// It has seen what there is at this position.
    pub fn saw(&self, position: &Position) {
        let mut seen = self.positions();
        match &mut seen.all {
            Some(all) => all.add(position),
            None => seen.all = Some(position.clone()),
        }
    }
}
