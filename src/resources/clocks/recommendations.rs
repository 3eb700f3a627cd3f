//! The clocks of recommendations: by when each is answered and acted on, as its maker or the answer says.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types as st;

use super::read::{Chosen, Clock, Clocks, FOUND, Found, Reader, unjudged};
use super::state::{ClockKind, Due};
use crate::clock::Id;
use crate::problem::Problem;
use crate::resources::bodies::CoveredKind;
use crate::resources::tracking::{self, Facts};
use crate::store::types::Uid;
use crate::store::{Conn, Sql};

/// The clocks of the recommendations that a condition chooses, with what is known of them: five statements.
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

/// The clocks of these recommendations, which the reader sees: five statements.
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

/// The clocks of these recommendations, where what is known of them was read already.
pub fn of_recommendations_with(
    conn: &mut Conn,
    reader: &Reader<'_>,
    chosen: Chosen<'_>,
    facts: &HashMap<Id, Facts>,
) -> Result<Vec<Clocks>, Problem> {
    let visibility = reader.visibility;
    // Where neither its maker nor an answer sets a day, nothing is counted.
    let found: Vec<Found> = Sql::new(FOUND)
        .text(
            "t.made_on AS starts, t.respond_by, t.act_by, t.closed_on, coalesce(m.duty = 'set_by_maker', 1 = 0) AS set_by_maker
             FROM recommendation t
             JOIN record_version v ON v.record = t.record AND v.version = t.version
             LEFT JOIN report m ON m.record = t.report AND ",
        )
        .append(visibility.filter_of("report", "m"))
        .text(
            " WHERE (t.respond_by IS NOT NULL OR t.act_by IS NOT NULL OR m.duty = 'set_by_maker' OR EXISTS
             (SELECT 1 FROM link l WHERE l.other = t.record AND l.member = 'answers/*/recommendation')) AND ",
        )
        .append(chosen("t"))
        .text(" AND ")
        .append(visibility.filter_of("recommendation", "t"))
        .one_off()
        .load(conn)?;
    #[derive(QueryableByName)]
    struct Addressed {
        #[diesel(sql_type = Uid)]
        record: Id,
        #[diesel(sql_type = st::Text)]
        organisation: String,
    }
    let addressed: Vec<Addressed> = Sql::new(
        "SELECT t.record, (SELECT o.reference FROM record o WHERE o.id = l.other) AS organisation FROM recommendation t
         JOIN link l ON l.record = t.record AND l.version = t.version AND l.member = 'addressed_to/*' WHERE ",
    )
    .append(chosen("t"))
    .text(" AND ")
    .append(visibility.filter_of("recommendation", "t"))
    .text(" ORDER BY l.position")
    .one_off()
    .load(conn)?;
    let mut organisations: HashMap<Id, Vec<Option<String>>> = HashMap::new();
    for row in addressed {
        organisations.entry(row.record).or_default().push(Some(row.organisation));
    }
    let (none, nobody) = (Facts::default(), vec![None]);
    let clocks = |of: &Found| {
        let facts = facts.get(&of.of.record).unwrap_or(&none);
        let organisations = organisations.get(&of.of.record).unwrap_or(&nobody);
        let all = organisations.iter().flat_map(|organisation| reader.of_one(of, facts, organisation));
        Clocks { subject: of.of.subject("recommendation"), clocks: all.collect() }
    };
    Ok(found.iter().map(clocks).collect())
}

impl Reader<'_> {
    /// The clocks of one recommendation and one of the organisations that it is addressed to.
    fn of_one(&self, of: &Found, facts: &Facts, organisation: &Option<String>) -> Vec<Clock> {
        let today = self.today;
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
