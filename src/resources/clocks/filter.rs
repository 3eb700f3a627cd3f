//! Which clocks a request asks for, and what follows of the days on which they are due.

use chrono::NaiveDate;

use super::read::{Clock, Reader};
use super::state::{ClockKind, ClockState};
use crate::access::actor::Named;
use crate::clock::Id;
use crate::resources::bodies::CoveredKind;
use crate::store::Sql;

/// Which clocks are asked for.
#[derive(Debug, Default)]
pub struct Filter {
    pub body: Option<Id>,
    pub clocks: Vec<ClockKind>,
    pub states: Vec<ClockState>,
    /// The organisation that must act.
    pub organisation: Option<Named>,
    pub on: Option<NaiveDate>,
    pub from: Option<NaiveDate>,
    pub before: Option<NaiveDate>,
}

/// The days on which clocks that a filter takes can be due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Days {
    pub from: Option<NaiveDate>,
    pub before: Option<NaiveDate>,
}

impl Filter {
    /// The condition on a record of any kind.
    pub fn of_body(&self, alias: &'static str) -> Sql {
        match self.body {
            Some(body) => Sql::new(alias).text(".body = ").bind(body),
            None => Sql::new("1 = 1"),
        }
    }

    /// The condition on a recommendation.
    pub fn addressed(&self, alias: &'static str) -> Sql {
        let all = self.of_body(alias);
        let Some(organisation) = &self.organisation else { return all };
        all.text(" AND EXISTS (SELECT 1 FROM link d WHERE d.record = ")
            .text(alias)
            .text(".record AND d.version = ")
            .text(alias)
            .text(".version AND d.member = 'addressed_to/*' AND d.other = ")
            .bind(organisation.id)
            .text(")")
    }

    /// Whether it takes a clock of a record that the request chooses.
    pub fn takes(&self, clock: &Clock) -> bool {
        let due = |fits: &dyn Fn(NaiveDate) -> bool| clock.due.is_some_and(fits);
        let organisation = self.organisation.as_ref().map(|one| one.reference.as_str());
        (self.clocks.is_empty() || self.clocks.contains(&clock.clock))
            && (self.states.is_empty() || self.states.contains(&clock.state))
            && (organisation.is_none() || organisation == clock.organisation.as_deref())
            && self.on.is_none_or(|day| due(&|due| due == day))
            && self.from.is_none_or(|day| due(&|due| due >= day))
            && self.before.is_none_or(|day| due(&|due| due < day))
    }

    /// Whether clocks of recommendations without a day can be among those asked for.
    pub fn takes_undated(&self) -> bool {
        let states = [ClockState::Met, ClockState::NoDate];
        self.takes_clock(ClockKind::RespondBy)
            && (self.states.is_empty() || states.iter().any(|state| self.states.contains(state)))
            && self.on.is_none()
            && self.from.is_none()
            && self.before.is_none()
    }

    fn takes_clock(&self, clock: ClockKind) -> bool {
        self.clocks.is_empty() || self.clocks.contains(&clock)
    }

    /// The days on which a clock of a recommendation is due if it is among those asked for; none if no such clock is. It can
    /// be among them and still not be taken.
    pub fn days(&self, reader: &Reader<'_>, clock: ClockKind) -> Option<Days> {
        if !self.takes_clock(clock) {
            return None;
        }
        let all = Days { from: None, before: None };
        let by_state: Option<Days> = if self.states.is_empty() {
            Some(all)
        } else {
            let states = self.states.iter().filter_map(|state| self.days_of_state(reader, clock, *state));
            states.reduce(|a, b| Days {
                from: a.from.zip(b.from).map(|(a, b)| a.min(b)),
                before: a.before.zip(b.before).map(|(a, b)| a.max(b)),
            })
        };
        let Days { from, before } = by_state?;
        let from = [from, self.from, self.on].into_iter().flatten().max();
        let before =
            [before, self.before, self.on.and_then(|day| day.succ_opt())].into_iter().flatten().min();
        let none = from.zip(before).is_some_and(|(from, before)| from >= before);
        (!none).then_some(Days { from, before })
    }

    fn days_of_state(&self, reader: &Reader<'_>, clock: ClockKind, state: ClockState) -> Option<Days> {
        // Only of the reader's own body can a clock be overdue that is met without a publication.
        let own = reader.visibility.body();
        let body = if state == ClockState::Overdue { Some(own?) } else { self.body };
        let by = if clock == ClockKind::RespondBy { CoveredKind::Response } else { CoveredKind::Progress };
        let covered = reader.covered_from(body, by);
        match state {
            ClockState::Met | ClockState::MetLate | ClockState::NotOnRecord => {
                Some(Days { from: None, before: None })
            }
            ClockState::NotStarted | ClockState::NoDate => None,
            ClockState::Running => Some(Days { from: Some(covered?.max(reader.today)), before: None }),
            ClockState::Overdue | ClockState::NotPublic => {
                Some(Days { from: Some(covered?), before: Some(reader.today) })
            }
        }
    }
}
