//! What a reader sees of the answers, progress and verifications of recommendations, read with a fixed number of
//! statements.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types as st;
use serde::de::DeserializeOwned;

use crate::clock::Id;
use crate::problem::Problem;
use crate::record::visible::Visibility;
use crate::resources::progress::{ProgressContent, ProgressStatus};
use crate::resources::responses::{ResponseContent, ResponsePosition};
use crate::resources::verifications::VerificationFinding;
use crate::store::types::Uid;
use crate::store::{Conn, Sql};

/// What is known of one recommendation.
#[derive(Debug, Default)]
pub struct Facts {
    /// The answers to it, in no order.
    pub answers: Vec<AnswerFact>,
    /// The progress that is reported on it, by organisation.
    pub progress: Vec<ProgressFact>,
}

/// An answer to a recommendation.
#[derive(Debug)]
pub struct AnswerFact {
    /// The day of the response.
    pub responded_on: NaiveDate,
    /// The position; none where only the days were read.
    pub position: Option<ResponsePosition>,
    /// The day by which it is to be carried out.
    pub action_by: Option<NaiveDate>,
}

/// The progress that one organisation reports.
#[derive(Debug)]
pub struct ProgressFact {
    /// The organisation.
    pub by: String,
    /// The days and statuses of the entries, in order.
    pub entries: Vec<(NaiveDate, ProgressStatus)>,
    /// The verifications, in no order.
    pub verifications: Vec<VerificationFact>,
}

/// A verification of progress.
#[derive(Debug)]
pub struct VerificationFact {
    /// The day.
    pub on: NaiveDate,
    /// The finding.
    pub finding: VerificationFinding,
    /// Who verified it.
    pub by: String,
}

/// The condition that a column has one of the recommendations in question.
pub type Among<'a> = &'a dyn Fn(&'static str) -> Sql;

/// A recommendation that a content names, with the content.
#[derive(QueryableByName)]
pub struct Named {
    #[diesel(sql_type = Uid)]
    pub record: Id,
    #[diesel(sql_type = Uid)]
    pub other: Id,
    #[diesel(sql_type = st::BigInt)]
    pub position: i64,
}

#[derive(QueryableByName)]
struct Content {
    #[diesel(sql_type = Uid)]
    record: Id,
    #[diesel(sql_type = Uid)]
    of: Id,
    #[diesel(sql_type = st::Text)]
    content: String,
}

fn parsed<C: DeserializeOwned>(content: &str) -> Result<C, Problem> {
    serde_json::from_str(content).map_err(Problem::internal)
}

/// What the reader sees of the recommendations that a condition chooses: four statements, however many there are. Records
/// of another body than the recommendation's do not count.
pub fn facts(
    conn: &mut Conn,
    visibility: &Visibility,
    among: Among<'_>,
) -> Result<HashMap<Id, Facts>, Problem> {
    let mut all: HashMap<Id, Facts> = HashMap::new();
    answers(conn, visibility, among, &mut all)?;
    progress(conn, visibility, among, &mut all)?;
    Ok(all)
}

/// What [`facts`] returns without the positions of the answers, for the clocks: three statements, of which none reads a
/// response's content.
pub fn days(
    conn: &mut Conn,
    visibility: &Visibility,
    among: Among<'_>,
) -> Result<HashMap<Id, Facts>, Problem> {
    #[derive(QueryableByName)]
    struct Answered {
        #[diesel(sql_type = Uid)]
        other: Id,
        #[diesel(sql_type = st::Date)]
        responded_on: NaiveDate,
        #[diesel(sql_type = st::Nullable<st::Date>)]
        day: Option<NaiveDate>,
    }
    let mut all: HashMap<Id, Facts> = HashMap::new();
    let answers: Vec<Answered> =
        links(visibility, among, "l.other, t.responded_on, l.day").text(IN_ORDER).load(conn)?;
    for Answered { other, responded_on, day } in answers {
        let answer = AnswerFact { responded_on, position: None, action_by: day };
        all.entry(other).or_default().answers.push(answer);
    }
    progress(conn, visibility, among, &mut all)?;
    Ok(all)
}

/// Of answers of one day the last in this order is the latest.
const IN_ORDER: &str = " ORDER BY l.record, l.position";

/// The answers to the recommendations in question: these columns of the link `l` and of the response `t`.
fn links(visibility: &Visibility, among: Among<'_>, what: &'static str) -> Sql {
    Sql::new("SELECT ")
        .text(what)
        .text(
            " FROM link l JOIN record p ON p.id = l.other JOIN response t ON t.record = l.record AND t.version = l.version
             AND t.body = p.body WHERE l.member = 'answers/*/recommendation' AND l.other",
        )
        .append(among("l.other"))
        .text(" AND ")
        .append(visibility.filter_of("response", "t"))
}

fn answers(
    conn: &mut Conn,
    visibility: &Visibility,
    among: Among<'_>,
    all: &mut HashMap<Id, Facts>,
) -> Result<(), Problem> {
    let links = |what: &'static str| links(visibility, among, what);
    let named: Vec<Named> = links("l.record, l.other, l.position").text(IN_ORDER).load(conn)?;
    let rows: Vec<Content> = Sql::new(
        "SELECT t.record, t.record AS of, v.content FROM response t
         JOIN record_version v ON v.record = t.record AND v.version = t.version WHERE t.record IN (",
    )
    .append(links("l.record"))
    .text(") AND ")
    .append(visibility.filter_of("response", "t"))
    .load(conn)?;
    let mut contents: HashMap<Id, ResponseContent> = HashMap::new();
    for row in rows {
        contents.insert(row.of, parsed(&row.content)?);
    }
    for Named { record, other, position } in named {
        let content = contents.get(&record);
        let answer = |content: &ResponseContent| {
            let answer = usize::try_from(position).ok().and_then(|n| content.answers.get(n))?;
            let (position, action_by) = (Some(answer.position), answer.action_by);
            Some(AnswerFact { responded_on: content.responded_on, position, action_by })
        };
        all.entry(other).or_default().answers.extend(content.and_then(answer));
    }
    Ok(())
}

#[derive(QueryableByName)]
struct VerificationRow {
    #[diesel(sql_type = Uid)]
    progress: Id,
    #[diesel(sql_type = st::Text)]
    content: String,
}

#[derive(serde::Deserialize)]
struct VerificationParts {
    on: NaiveDate,
    finding: VerificationFinding,
    verified_by: String,
}

fn progress(
    conn: &mut Conn,
    visibility: &Visibility,
    among: Among<'_>,
    all: &mut HashMap<Id, Facts>,
) -> Result<(), Problem> {
    let of_these = || {
        Sql::new(" JOIN record p ON p.id = q.recommendation AND p.body = q.body WHERE q.recommendation")
            .append(among("q.recommendation"))
            .text(" AND ")
            .append(visibility.filter_of("progress", "q"))
    };
    let rows: Vec<Content> = Sql::new(
        "SELECT q.record, q.recommendation AS of, v.content FROM progress q
         JOIN record_version v ON v.record = q.record AND v.version = q.version",
    )
    .append(of_these())
    .text(" ORDER BY q.reference, q.record")
    .load(conn)?;
    let verifications: Vec<VerificationRow> = Sql::new(
        "SELECT t.progress, v.content FROM verification t JOIN progress q ON q.record = t.progress AND q.body = t.body
         JOIN record_version v ON v.record = t.record AND v.version = t.version",
    )
    .append(of_these())
    .text(" AND ")
    .append(visibility.filter_of("verification", "t"))
    .text(" ORDER BY t.on_day, t.record")
    .load(conn)?;
    let mut found: HashMap<Id, Vec<VerificationFact>> = HashMap::new();
    for row in verifications {
        let VerificationParts { on, finding, verified_by } = parsed(&row.content)?;
        let fact = VerificationFact { on, finding, by: verified_by };
        found.entry(row.progress).or_default().push(fact);
    }
    for row in rows {
        let content: ProgressContent = parsed(&row.content)?;
        let entries = content.entries.iter().map(|entry| (entry.on, entry.status)).collect();
        let verifications = found.remove(&row.record).unwrap_or_default();
        let fact = ProgressFact { by: content.by, entries, verifications };
        all.entry(row.of).or_default().progress.push(fact);
    }
    Ok(())
}
