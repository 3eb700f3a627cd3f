//! The first clocks in the order of the day on which they are due, at a cost that does not grow with the number of
//! recommendations.

use std::cmp::Ordering;
use std::collections::HashSet;
use std::sync::Arc;

use chrono::NaiveDate;

use super::candidates::{self, Source};
use super::filter::{Days, Filter};
use super::read::{Clock, Clocks, Reader, Subject};
use super::recommendations::{of_recommendations, of_these};
use super::state::{ClockKind, ClockedKind};
use super::{of_proposals, of_questions, of_reports};
use crate::clock::Id;
use crate::problem::Problem;
use crate::store::Conn;

/// In which order clocks that are due on the same day come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// By the kind of clock, then by the name of the record.
    Clock,
    /// By the name of the record, then by the kind of clock.
    Name,
}

/// A clock with its record.
pub type Row = (Arc<Subject>, Clock);

/// The place of a clock in the order.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place(bool, Option<NaiveDate>, Option<ClockKind>, String, Option<ClockKind>);

impl Order {
    fn place(self, due: Option<NaiveDate>, clock: ClockKind, name: String) -> Place {
        let (first, last) = match self {
            Order::Clock => (Some(clock), None),
            Order::Name => (None, Some(clock)),
        };
        Place(due.is_none(), due, first, name, last)
    }

    fn compare(self, (a, one): &Row, (b, other): &Row) -> Ordering {
        let by_day = (one.due.is_none(), one.due).cmp(&(other.due.is_none(), other.due));
        let (by_clock, by_name) = (one.clock.cmp(&other.clock), a.name.cmp(&b.name));
        let then = match self {
            Order::Clock => by_clock.then(by_name),
            Order::Name => by_name.then(by_clock),
        };
        by_day
            .then(then)
            .then_with(|| one.organisation.cmp(&other.organisation))
            .then(a.record.cmp(&b.record))
    }

    fn is_before(self, (subject, clock): &Row, place: &Place) -> bool {
        let day = (clock.due.is_none(), clock.due);
        // The name is compared only on the same day.
        match day.cmp(&(place.0, place.1)) {
            Ordering::Equal => self.place(clock.due, clock.clock, subject.name.clone()) < *place,
            other => other == Ordering::Less,
        }
    }
}

/// A request for the clocks of some kinds.
pub struct ClockRequest<'a> {
    pub reader: &'a Reader<'a>,
    pub filter: &'a Filter,
    pub kinds: &'a [ClockedKind],
    pub order: Order,
}

/// How many times more candidates are read than the time before, and how often, before all recommendations are computed: most
/// of them are then needed.
const GROWTH: usize = 4;
const TIMES: usize = 3;

impl ClockRequest<'_> {
    /// All clocks, in order.
    pub fn all(&self, conn: &mut Conn) -> Result<Vec<Row>, Problem> {
        let mut rows = self.of_other_kinds(conn)?;
        if self.kinds.contains(&ClockedKind::Recommendation) {
            rows.extend(self.of_all_recommendations(conn)?);
        }
        rows.sort_by(|a, b| self.order.compare(a, b));
        Ok(rows)
    }

    /// The first clocks, in order: so many at most.
    pub fn first(&self, conn: &mut Conn, most: usize) -> Result<Vec<Row>, Problem> {
        let mut rows = self.of_other_kinds(conn)?;
        if self.kinds.contains(&ClockedKind::Recommendation) {
            rows = self.with_recommendations(conn, rows, most)?;
        }
        rows.sort_by(|a, b| self.order.compare(a, b));
        rows.truncate(most);
        Ok(rows)
    }

    /// Reports, questions and proposals are few: all of their clocks are computed.
    fn of_other_kinds(&self, conn: &mut Conn) -> Result<Vec<Row>, Problem> {
        let (reader, chosen) = (self.reader, |alias: &'static str| self.filter.of_body(alias));
        let mut rows = vec![];
        for kind in self.kinds {
            rows.extend(self.fitting(match *kind {
                ClockedKind::Report => of_reports(conn, reader, &chosen)?,
                ClockedKind::Question => of_questions(conn, reader, &chosen)?,
                ClockedKind::Proposal => of_proposals(conn, reader, &chosen)?.0,
                ClockedKind::Recommendation => continue,
            }));
        }
        Ok(rows)
    }

    fn of_all_recommendations(&self, conn: &mut Conn) -> Result<Vec<Row>, Problem> {
        let chosen = |alias: &'static str| self.filter.addressed(alias);
        Ok(self.fitting(of_recommendations(conn, self.reader, &chosen)?))
    }

    fn fitting(&self, all: Vec<Clocks>) -> Vec<Row> {
        let mut rows = vec![];
        for Clocks { subject, clocks } in all {
            let subject = Arc::new(subject);
            let fitting = clocks.into_iter().filter(|clock| self.filter.takes(clock));
            rows.extend(fitting.map(|clock| (subject.clone(), clock)));
        }
        rows
    }

    /// Adds clocks of recommendations to those of the other kinds, until the first are among them.
    fn with_recommendations(
        &self,
        conn: &mut Conn,
        mut rows: Vec<Row>,
        most: usize,
    ) -> Result<Vec<Row>, Problem> {
        let others = rows.len();
        let mut known = HashSet::new();
        // Some candidates have no clock: what is closed without an answer.
        let mut size = most + most / 8 + 8;
        for _ in 0..TIMES {
            let (these, next) = self.candidates(conn, size)?;
            let new: Vec<Id> = these.into_iter().filter(|record| known.insert(*record)).collect();
            rows.extend(self.fitting(of_these(conn, self.reader, &new)?));
            // All clocks before the next candidate are known.
            let Some(next) = next else { return Ok(rows) };
            if rows.iter().filter(|row| self.order.is_before(row, &next)).count() >= most {
                return Ok(rows);
            }
            size *= GROWTH;
        }
        rows.truncate(others);
        rows.extend(self.of_all_recommendations(conn)?);
        Ok(rows)
    }

    /// The recommendations of the first candidates, so many at most, and a place before which there are no others; none if these are
    /// all.
    fn candidates(&self, conn: &mut Conn, size: usize) -> Result<(Vec<Id>, Option<Place>), Problem> {
        let (reader, filter) = (self.reader, self.filter);
        let mut found: Vec<(Place, Id)> = vec![];
        let mut next: Option<Place> = None;
        // The last day on which one is needed.
        let mut until: Option<NaiveDate> = None;
        for source in Source::DATED {
            let Some(days) = filter.days(reader, source.clock()) else { continue };
            let before = [days.before, until.and_then(|day| day.succ_opt())].into_iter().flatten().min();
            let all = candidates::read(conn, reader, filter, source, Days { before, ..days }, size)?;
            if all.len() == size {
                next =
                    [next, all.last().and_then(|last| self.least(last, source))].into_iter().flatten().min();
            }
            found.extend(self.placed(all, source));
            found.sort();
            found.truncate(size + 1);
            let last = found.get(size).map(|(place, _)| place);
            until = [last, next.as_ref()].into_iter().flatten().min().and_then(|place| place.1);
        }
        if found.len() <= size && next.is_none() && filter.takes_undated() {
            let days = Days { from: None, before: None };
            let all = candidates::read(conn, reader, filter, Source::Nothing, days, size)?;
            if all.len() == size {
                next = all.last().and_then(|last| self.least(last, Source::Nothing));
            }
            found.extend(self.placed(all, Source::Nothing));
        }
        found.sort();
        if found.len() > size {
            next = [next, found.drain(size..).next().map(|(place, _)| place)].into_iter().flatten().min();
        }
        Ok((found.into_iter().map(|(_, record)| record).collect(), next))
    }

    fn placed(&self, all: Vec<candidates::Candidate>, source: Source) -> impl Iterator<Item = (Place, Id)> {
        let order = self.order;
        all.into_iter().map(move |one| (order.place(one.due, source.clock(), one.name()), one.record))
    }

    /// A place before which there are no more candidates than those that end with this one. They are in the order of the
    /// reference, those of all bodies together.
    fn least(&self, last: &candidates::Candidate, source: Source) -> Option<Place> {
        let names = self.reader.bodies.iter().map(|body| format!("{body}:{}", last.reference));
        let name = if self.filter.body.is_some() { Some(last.name()) } else { names.min() };
        Some(self.order.place(last.due, source.clock(), name.unwrap_or_default()))
    }
}
