//! The clocks of recommendations: by when each is answered and acted on, as its maker or the answer says.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types as st;

use super::read::{Chosen, Clock, Clocks, FOUND, Of, Reader, unjudged};
use super::state::{ClockKind, Due};
use crate::clock::Id;
use crate::problem::Problem;
use crate::resources::bodies::CoveredKind;
use crate::resources::tracking::{self, Facts};
use crate::store::{Conn, Sql};

/// A recommendation, with one of the organisations that it is addressed to.
#[derive(QueryableByName)]
struct Found {
    #[diesel(embed)]
    of: Of,
    #[diesel(sql_type = st::Nullable<st::Date>)]
    starts: Option<NaiveDate>,
    #[diesel(sql_type = st::Nullable<st::Date>)]
    respond_by: Option<NaiveDate>,
    #[diesel(sql_type = st::Nullable<st::Date>)]
    act_by: Option<NaiveDate>,
    #[diesel(sql_type = st::Nullable<st::Date>)]
    closed_on: Option<NaiveDate>,
    /// Whether the maker of the report sets the days on its recommendations.
    #[diesel(sql_type = st::Bool)]
    set_by_maker: bool,
    #[diesel(sql_type = st::Nullable<st::BigInt>)]
    position: Option<i64>,
    #[diesel(sql_type = st::Nullable<st::Text>)]
    organisation: Option<String>,
}

/// The clocks of the recommendations that a condition chooses, with what is known of them: four statements.
pub fn of_recommendations(
    conn: &mut Conn,
    reader: &Reader<'_>,
    chosen: Chosen<'_>,
) -> Result<Vec<Clocks>, Problem> {
    let visibility = reader.visibility;
    let of_these = |column: &'static str| {
        Sql::new(column)
            .text(" IN (SELECT t.record FROM recommendation t WHERE ")
            .append(chosen("t"))
            .text(" AND ")
            .append(visibility.filter_of("recommendation", "t"))
            .text(")")
    };
    let facts = tracking::days(conn, visibility, &|_| of_these(""))?;
    of_recommendations_with(conn, reader, chosen, &facts)
}

/// The clocks of these recommendations, which the reader sees: four statements.
pub fn of_these(conn: &mut Conn, reader: &Reader<'_>, these: &[Id]) -> Result<Vec<Clocks>, Problem> {
    if these.is_empty() {
        return Ok(vec![]);
    }
    let pg = conn.is_pg();
    let among = |_| Sql::new("").one_of(pg, these.iter().copied());
    let chosen = |alias: &'static str| Sql::new(alias).text(".record").append(among(""));
    let facts = tracking::days(conn, reader.visibility, &among)?;
    of_recommendations_with(conn, reader, &chosen, &facts)
}

/// The clocks of these recommendations, where what is known of them was read already: one statement.
pub fn of_recommendations_with(
    conn: &mut Conn,
    reader: &Reader<'_>,
    chosen: Chosen<'_>,
    facts: &HashMap<Id, Facts>,
) -> Result<Vec<Clocks>, Problem> {
    let visibility = reader.visibility;
    // Where neither its maker nor an answer sets a day, nothing is counted.
    let rows: Vec<Found> = Sql::new(FOUND)
        .text(
            "t.made_on AS starts, t.respond_by, t.act_by, t.closed_on, coalesce(m.duty = 'set_by_maker', 1 = 0) AS set_by_maker,
             l.position, (SELECT o.reference FROM record o WHERE o.id = l.other) AS organisation
             FROM recommendation t
             JOIN record_version v ON v.record = t.record AND v.version = t.version
             LEFT JOIN link l ON l.record = t.record AND l.version = t.version AND l.member = 'addressed_to/*'
             LEFT JOIN report m ON m.record = t.report AND ",
        )
        .append(visibility.filter_of("report", "m"))
        .text(
            " WHERE (t.respond_by IS NOT NULL OR t.act_by IS NOT NULL OR m.duty = 'set_by_maker' OR EXISTS
             (SELECT 1 FROM link k WHERE k.other = t.record AND k.member = 'answers/*/recommendation')) AND ",
        )
        .append(chosen("t"))
        .text(" AND ")
        .append(visibility.filter_of("recommendation", "t"))
        .load(conn)?;
    let mut of_each: HashMap<Id, Vec<Found>> = HashMap::new();
    for row in rows {
        of_each.entry(row.of.record).or_default().push(row);
    }
    let none = Facts::default();
    let clocks = |mut rows: Vec<Found>| {
        rows.sort_by_key(|row| row.position);
        let first = rows.first()?;
        let facts = facts.get(&first.of.record).unwrap_or(&none);
        let clocks = rows.iter().flat_map(|row| reader.of_one(row, facts)).collect();
        Some(Clocks { subject: first.of.subject("recommendation"), clocks })
    };
    Ok(of_each.into_values().filter_map(clocks).collect())
}

impl Reader<'_> {
    /// The clocks of one recommendation and one of the organisations that it is addressed to.
    fn of_one(&self, of: &Found, facts: &Facts) -> Vec<Clock> {
        let (today, organisation) = (self.today, &of.organisation);
        let clock = |clock, basis, met_on| Clock {
            clock,
            basis,
            organisation: organisation.clone(),
            starts: of.starts,
            met_on,
            ..unjudged()
        };
        let due = of.respond_by.map(Due::On).or(of.set_by_maker.then_some(Due::Unset));
        let respond_by = due.map(|due| {
            let basis = "Set by the maker of the recommendation";
            let one = clock(ClockKind::RespondBy, basis, facts.answered_on(today));
            self.judge(&of.of, one, due, Some(CoveredKind::Response))
        });
        let promised = facts.answer(today).and_then(|answer| answer.action_by);
        let basis = match of.act_by {
            Some(_) => "Set by the maker of the recommendation",
            None => "Set by the answer to the recommendation",
        };
        let act_by = of.act_by.or(promised).map(|due| {
            let done = facts.completed(organisation.as_deref(), today);
            self.judge(
                &of.of,
                clock(ClockKind::ActBy, basis, done),
                Due::On(due),
                Some(CoveredKind::Progress),
            )
        });
        // What is closed is due no more.
        let is_closed = of.closed_on.is_some_and(|day| day <= today);
        respond_by.into_iter().chain(act_by).filter(|one| !is_closed || one.met_on.is_some()).collect()
    }
}
