//! The clocks of proposals: what the office and the Panel must do about a precept or an appointment, and by when.

use std::collections::{HashMap, HashSet};

use chrono::{Datelike, NaiveDate};
use diesel::prelude::*;
use diesel::sql_types as st;

use super::read::{Chosen, Clock, Clocks, FOUND, OWNER, Of, Owner, Reader, unjudged};
use super::state::{ClockKind, Due};
use crate::clock::Id;
use crate::problem::Problem;
use crate::resources::bodies::CoveredKind;
use crate::resources::proposals::{ProposalContent, ProposalKind};
use crate::stats::calendar::last_of_counted_days;
use crate::store::types::Uid;
use crate::store::{Conn, Sql};

/// How many days the Panel has to report on an appointment, that of the notification counted.
const APPOINTMENT_DAYS: u64 = 21;

#[derive(QueryableByName)]
struct Found {
    #[diesel(embed)]
    of: Of,
    #[diesel(embed)]
    owner: Owner,
    #[diesel(sql_type = st::Text)]
    content: String,
}

/// A proposal that revises another one.
#[derive(QueryableByName)]
struct Revision {
    #[diesel(sql_type = Uid)]
    record: Id,
    #[diesel(sql_type = Uid)]
    revises: Id,
    #[diesel(sql_type = st::Date)]
    notified_on: NaiveDate,
}

/// A decision of the Panel on a proposal.
#[derive(QueryableByName)]
struct Decided {
    #[diesel(sql_type = Uid)]
    record: Id,
    #[diesel(sql_type = Uid)]
    on_proposal: Id,
    #[diesel(sql_type = st::Date)]
    decided_on: NaiveDate,
    #[diesel(sql_type = st::Nullable<st::Date>)]
    reported_on: Option<NaiveDate>,
    #[diesel(sql_type = st::Bool)]
    is_veto: bool,
}

#[derive(QueryableByName)]
struct Answered {
    #[diesel(sql_type = Uid)]
    panel_decision: Id,
    #[diesel(sql_type = st::Date)]
    responded_on: NaiveDate,
}

/// What became of the proposals.
struct Facts {
    revisions: HashMap<Id, Vec<Revision>>,
    decisions: HashMap<Id, Vec<Decided>>,
    answers: HashMap<Id, NaiveDate>,
}

/// The clocks of the proposals that a condition chooses, and those of them whose veto is in force: four statements. A revision
/// has no clocks of its own; it meets one of the proposal that it revises.
pub fn of_proposals(
    conn: &mut Conn,
    reader: &Reader<'_>,
    chosen: Chosen<'_>,
) -> Result<(Vec<Clocks>, HashSet<Id>), Problem> {
    let found: Vec<Found> = Sql::new(FOUND)
        .text(OWNER)
        .text(
            "v.content FROM proposal t JOIN record_version v ON v.record = t.record AND v.version = t.version WHERE t.revises IS NULL AND ",
        )
        .append(chosen("t"))
        .text(" AND ")
        .append(reader.visibility.filter_of("proposal", "t"))
        .load(conn)?;
    let facts = facts(conn, reader, chosen)?;
    let (mut all, mut in_force) = (vec![], HashSet::new());
    for Found { of, owner, content } in found {
        let content: ProposalContent = serde_json::from_str(&content).map_err(Problem::internal)?;
        let proposal = Proposal { reader, facts: &facts, of: &of, owner, content: &content };
        if proposal.vetoes().any(|veto| proposal.in_time(veto.reported_on)) {
            in_force.insert(of.record);
        }
        let clocks = proposal.clocks();
        all.push(Clocks { subject: of.subject("proposal"), clocks });
    }
    Ok((all, in_force))
}

fn facts(conn: &mut Conn, reader: &Reader<'_>, chosen: Chosen<'_>) -> Result<Facts, Problem> {
    let (visibility, today) = (reader.visibility, reader.today);
    let first = || Sql::new("(SELECT c.record FROM proposal c WHERE ").append(chosen("c")).text(")");
    let mut facts = Facts { revisions: HashMap::new(), decisions: HashMap::new(), answers: HashMap::new() };
    let revisions: Vec<Revision> = Sql::new(
        "SELECT t.record, t.revises, t.notified_on FROM proposal t JOIN record p ON p.id = t.revises AND p.body = t.body
         WHERE t.notified_on <= ",
    )
    .bind(today)
    .text(" AND t.revises IN ")
    .append(first())
    .text(" AND ")
    .append(visibility.filter_of("proposal", "t"))
    .load(conn)?;
    for revision in revisions {
        facts.revisions.entry(revision.revises).or_default().push(revision);
    }
    let on_these = |alias: &'static str| {
        Sql::new(alias)
            .text(".on_proposal IN (SELECT q.record FROM proposal q WHERE q.record IN ")
            .append(first())
            .text(" OR q.revises IN ")
            .append(first())
            .text(") AND ")
            .append(visibility.filter_of("panel_decision", alias))
    };
    let decisions: Vec<Decided> = Sql::new(
        "SELECT t.record, t.on_proposal, t.decided_on, t.reported_on, t.outcome = 'veto' AS is_veto FROM panel_decision t
         JOIN record p ON p.id = t.on_proposal AND p.body = t.body WHERE t.decided_on <= ",
    )
    .bind(today)
    .text(" AND ")
    .append(on_these("t"))
    .load(conn)?;
    for decision in decisions {
        facts.decisions.entry(decision.on_proposal).or_default().push(decision);
    }
    let answers: Vec<Answered> = Sql::new(
        "SELECT a.panel_decision, a.responded_on FROM response a WHERE a.panel_decision IS NOT NULL AND a.responded_on <= ",
    )
    .bind(today)
    .text(" AND a.panel_decision IN (SELECT t.record FROM panel_decision t WHERE t.body = a.body AND ")
    .append(on_these("t"))
    .text(") AND ")
    .append(visibility.filter_of("response", "a"))
    .load(conn)?;
    for answer in answers {
        let first = facts.answers.entry(answer.panel_decision).or_insert(answer.responded_on);
        *first = answer.responded_on.min(*first);
    }
    Ok(facts)
}

/// A proposal with what became of it.
struct Proposal<'a> {
    reader: &'a Reader<'a>,
    facts: &'a Facts,
    of: &'a Of,
    owner: Owner,
    content: &'a ProposalContent,
}

impl<'a> Proposal<'a> {
    fn decisions(&self, on: Id) -> impl Iterator<Item = &'a Decided> {
        self.facts.decisions.get(&on).into_iter().flatten()
    }

    fn revisions(&self) -> impl Iterator<Item = &'a Revision> {
        self.facts.revisions.get(&self.of.record).into_iter().flatten()
    }

    fn decisions_on_revisions(&self) -> impl Iterator<Item = &'a Decided> {
        self.revisions().flat_map(|revision| self.decisions(revision.record))
    }

    fn vetoes(&self) -> impl Iterator<Item = &'a Decided> {
        self.decisions(self.of.record).filter(|decision| decision.is_veto)
    }

    /// A day of the calendar year in which the financial year of the precept begins.
    fn day(&self, month: u32, day: u32) -> Option<NaiveDate> {
        let year = self.content.precept.as_ref()?.financial_year.start()?.year();
        NaiveDate::from_ymd_opt(year, month, day)
    }

    /// The last day on which the Panel reports.
    fn report_by(&self) -> Option<NaiveDate> {
        match self.content.proposal_kind {
            ProposalKind::Precept => self.day(2, 8),
            ProposalKind::Appointment => {
                let ignored = self.content.appointment.as_ref().and_then(|one| one.ignored.as_ref());
                let ignored = ignored.map(|days| (days.from, days.to));
                last_of_counted_days(self.content.notified_on, APPOINTMENT_DAYS, ignored)
            }
        }
    }

    /// Whether a report of this day is in time.
    fn in_time(&self, reported_on: Option<NaiveDate>) -> bool {
        let reported_on = reported_on.filter(|day| *day <= self.reader.today);
        reported_on.zip(self.report_by()).is_some_and(|(reported, last)| reported <= last)
    }

    /// The first day on which one of these was reported, or decided where no day of the report is known.
    fn first(&self, decisions: impl Iterator<Item = &'a Decided>) -> Option<NaiveDate> {
        let days = decisions.map(|decision| decision.reported_on.unwrap_or(decision.decided_on));
        days.filter(|day| *day <= self.reader.today).min()
    }

    fn clocks(&self) -> Vec<Clock> {
        use ClockKind::{
            AppointmentReport, PreceptAnswer, PreceptNotify, PreceptReport, PreceptReview, PreceptRevise,
        };
        let (office, panel) = (self.reader.office(self.of, self.owner), self.reader.panel(self.of));
        let notified = Some(self.content.notified_on).filter(|day| *day <= self.reader.today);
        if self.content.proposal_kind == ProposalKind::Appointment {
            let days = self.decisions(self.of.record).filter_map(|decision| decision.reported_on);
            let met_on = days.filter(|day| *day <= self.reader.today).min();
            let starts = Some(self.content.notified_on);
            let by = CoveredKind::PanelDecision;
            return vec![self.clock(AppointmentReport, panel, starts, self.report_by(), met_on, by)];
        }
        let reported = self.first(self.decisions(self.of.record));
        let mut clocks = vec![
            self.clock(PreceptNotify, office, None, self.day(2, 1), notified, CoveredKind::Proposal),
            self.clock(PreceptReport, panel, None, self.report_by(), reported, CoveredKind::PanelDecision),
        ];
        // A veto that was reported too late lapses: nothing follows from it. Where no day of the report is known, it was reported on
        // the day of the decision at the earliest.
        if self.vetoes().any(|veto| self.in_time(veto.reported_on.or(Some(veto.decided_on)))) {
            let revised = self.revisions().map(|revision| revision.notified_on).min();
            let reviewed = self.first(self.decisions_on_revisions());
            let answers =
                self.decisions_on_revisions().filter_map(|decision| self.facts.answers.get(&decision.record));
            let answered = answers.min().copied();
            clocks.extend([
                self.clock(PreceptRevise, office, None, self.day(2, 15), revised, CoveredKind::Proposal),
                self.clock(PreceptReview, panel, None, self.day(2, 22), reviewed, CoveredKind::PanelDecision),
                self.clock(PreceptAnswer, office, None, self.day(3, 1), answered, CoveredKind::Response),
            ]);
        }
        clocks
    }

    fn clock(
        &self,
        clock: ClockKind,
        organisation: Option<&String>,
        starts: Option<NaiveDate>,
        due: Option<NaiveDate>,
        met_on: Option<NaiveDate>,
        by: CoveredKind,
    ) -> Clock {
        let basis = match clock {
            ClockKind::PreceptNotify => "SI 2012/2271, regulation 3: by 1 February",
            ClockKind::PreceptReport => "SI 2012/2271, regulation 4: by 8 February",
            ClockKind::PreceptRevise => "SI 2012/2271, regulation 5: after a veto, by 15 February",
            ClockKind::PreceptReview => "SI 2012/2271, regulation 6: after a veto, by 22 February",
            ClockKind::PreceptAnswer => "SI 2012/2271, regulation 7: after a veto, by 1 March",
            _ => "Police Reform and Social Responsibility Act 2011, Schedule 8: within three weeks",
        };
        let one = Clock { clock, basis, organisation: organisation.cloned(), starts, met_on, ..unjudged() };
        self.reader.judge(self.of, one, due.map_or(Due::StartUnknown, Due::On), Some(by))
    }
}
