//! What this process has shown to the public, or committed: no reader of the public may see less.

use std::collections::BTreeSet;

use super::position::Position;

/// The least that a server must have before the public may read it: all that this process has shown or committed.
#[derive(Clone, Default, PartialEq)]
pub(super) struct LeastPosition {
    /// `None` until the first read. Until then no replica may be read.
    shown: Option<Position>,
    /// Transactions of this process that are not in it.
    own: BTreeSet<u64>,
}

/// How many transactions of this process are listed one by one. Without reads the list would grow without end.
const MOST_OWN: usize = 1_000;

impl LeastPosition {
    /// What there is at this position.
    pub(super) fn at(position: &Position) -> LeastPosition {
        LeastPosition { shown: Some(position.clone()), own: BTreeSet::new() }
    }

    /// A transaction of this process is committed.
    pub(super) fn add_own(&mut self, number: u64) {
        if self.shown.as_ref().is_some_and(|shown| shown.has(number)) {
            return;
        }
        self.own.insert(number);
        if self.own.len() > MOST_OWN
            && let Some(last) = self.own.last().copied()
        {
            self.raise(&Position::up_to(last));
        }
    }

    /// Whether a reader there sees all of it.
    pub(super) fn is_met_by(&self, position: &Position) -> bool {
        self.shown.as_ref().is_some_and(|shown| position.covers(shown))
            && self.own.iter().all(|number| position.has(*number))
    }

    /// A read has shown this.
    pub(super) fn raise(&mut self, position: &Position) {
        self.own.retain(|number| !position.has(*number));
        match &mut self.shown {
            Some(shown) => shown.add(position),
            None => self.shown = Some(position.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{LeastPosition, Position};

    fn at(text: &str) -> Position {
        Position::parse(text).expect("a position")
    }

    #[test]
    fn a_server_must_have_what_was_shown_and_what_was_committed() {
        let mut least = LeastPosition::default();
        assert!(!least.is_met_by(&at("99::")), "not known: no replica will do");
        least.raise(&at("10:8:"));
        assert!(least.is_met_by(&at("10:8:")) && !least.is_met_by(&at("9:8:")));
        // Our own is asked for, whatever others are still open.
        least.add_own(12);
        assert!(!least.is_met_by(&at("10:8:")) && !least.is_met_by(&at("13:8,12:")));
        assert!(least.is_met_by(&at("13:8,10,11:")));
        least.raise(&at("13:8,10,11:"));
        assert!(least.own.is_empty());
        assert!(least.is_met_by(&at("14:8,10,11:")) && !least.is_met_by(&at("14:8,12:")));
    }

    #[test]
    fn what_nobody_reads_is_not_listed_for_ever() {
        let mut least = LeastPosition::at(&at("10::"));
        for number in (20..4_020).step_by(2) {
            least.add_own(number);
            assert!(least.own.len() <= super::MOST_OWN);
        }
        assert!(least.is_met_by(&at("4019::")) && !least.is_met_by(&at("4018::")));
        assert!(!least.is_met_by(&at("4019:1000:")));
    }

    #[test]
    fn a_read_at_an_earlier_position_does_not_lower_what_is_required() {
        let mut least = LeastPosition::default();
        least.raise(&at("20::"));
        least.raise(&at("10::"));
        assert!(!least.is_met_by(&at("10::")) && least.is_met_by(&at("20::")));
    }
}
