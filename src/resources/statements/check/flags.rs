//! What is to be known of a verdict besides it.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types as st;

use super::dto::StatementFlag;
use super::question::Question;
use crate::clock::Id;
use crate::http::Call;
use crate::problem::Problem;
use crate::record::kind::sources_of;
use crate::record::read;
use crate::record::row::{COLUMNS, Row};
use crate::record::visible::Visibility;
use crate::resources::office_terms::OfficeTermContent;
use crate::resources::receipts::Receipt;
use crate::resources::statements::dto::StatementContent;
use crate::stats::period::Period;
use crate::store::{Conn, Sql};

/// A flag with its sentence.
pub fn flag(code: &'static str, detail: impl Into<String>) -> StatementFlag {
    StatementFlag { code, detail: detail.into() }
}

#[derive(QueryableByName)]
struct ContentRow {
    #[diesel(sql_type = st::Text)]
    reference: String,
    #[diesel(sql_type = st::Text)]
    content: String,
}

/// Whether another public statement gives the same figure with another base.
pub fn conflicting_baseline(
    conn: &mut Conn,
    (record, indicator): (Id, Id),
    content: &StatementContent,
    public: &Visibility,
) -> Result<Option<StatementFlag>, Problem> {
    if content.value.is_none() {
        return Ok(None);
    }
    let rows: Vec<ContentRow> = Sql::new(
        "SELECT v.reference, v.content FROM statement t JOIN record_version v ON v.record = t.record AND
         v.version = t.version WHERE t.indicator = ",
    )
    .bind(indicator)
    .text(" AND t.record <> ")
    .bind(record)
    .text(" AND ")
    .append(public.filter_of("statement", "t"))
    .text(" ORDER BY v.reference")
    .load(conn)?;
    for row in rows {
        let other: StatementContent = serde_json::from_str(&row.content).map_err(Problem::internal)?;
        if figure_of(&other) == figure_of(content) && has_other_base(&other, content) {
            let detail = format!("{} states the same figure with another base.", row.reference);
            return Ok(Some(flag("conflicting_baseline", detail)));
        }
    }
    Ok(None)
}

/// What a statement says of a figure, besides its base.
fn figure_of(content: &StatementContent) -> impl PartialEq + '_ {
    let value = (content.quantity, content.qualifier, content.value, content.value_to);
    (&content.codes, value, content.period.as_ref())
}

/// Whether two statements compare with different bases: by the periods that they come to, where the methods say which.
fn has_other_base(one: &StatementContent, other: &StatementContent) -> bool {
    let base_of = |content| Question::of(content).ok().and_then(|question| question.base_period());
    match (base_of(one), base_of(other)) {
        (Some(one), Some(other)) => one != other,
        _ => (one.method, one.base_period.as_ref()) != (other.method, other.base_period.as_ref()),
    }
}

/// Whether the base ends before the term of office that the statement names. A statement can name none, as one that a newspaper
/// reports. Then the term that ran on its day counts, if the period that the statement is about reaches into it.
pub fn baseline_before_term(
    conn: &mut Conn,
    (statement, term, said_on): (&Row, Option<Id>, Option<NaiveDate>),
    (period, base): (Period, Option<Period>),
    public: &Visibility,
) -> Result<Option<StatementFlag>, Problem> {
    let Some(base) = base else { return Ok(None) };
    let (row, whose) = match (term, said_on) {
        (Some(term), _) => (read::many(conn, &[term], public)?.pop(), "the term of office"),
        (None, Some(day)) => {
            (term_on(conn, statement.body, day, public)?, "the term of office that ran when it was said")
        }
        (None, None) => return Ok(None),
    };
    let row_is_named = term.is_some();
    let Some(term) = row.map(|row| row.content::<OfficeTermContent>()).transpose()? else { return Ok(None) };
    // In a vacancy nobody's term runs.
    let had_ended = said_on.is_some_and(|day| term.to.is_some_and(|to| to < day));
    let is_of_term = |from: &NaiveDate| row_is_named || (period.end > *from && !had_ended);
    Ok(term.from.filter(|from| base.end <= *from).filter(is_of_term).map(|from| {
        flag("baseline_before_term", format!("The base ends before {whose}, which began on {from}."))
    }))
}

/// The term of office that ran at a body on a day: that of the commissioner, the mayor or the chair of the board.
fn term_on(
    conn: &mut Conn,
    body: Option<Id>,
    day: NaiveDate,
    public: &Visibility,
) -> Result<Option<Row>, Problem> {
    Ok(Sql::new("SELECT ")
        .text(COLUMNS)
        .text(
            " FROM office_term t JOIN record_version v ON v.record = t.record AND v.version = t.version WHERE t.office IN
             ('police_and_crime_commissioner', 'mayor', 'policing_and_crime_board_chair') AND t.body = ",
        )
        .bind(body)
        .text(" AND t.from_date <= ")
        .bind(day)
        .text(" AND ")
        .append(public.filter_of("office_term", "t"))
        .text(" ORDER BY t.from_date DESC, t.record LIMIT 1")
        .get_result(conn)
        .optional()?)
}

/// Whether the figures were taken from a source of the statement itself, so that they cannot bear it out. A release that is a
/// draft is looked up as it is there.
pub fn is_own_source(
    call: &Call,
    conn: &mut Conn,
    (statement, draft): (&Row, Option<&Row>),
    receipt: &Receipt,
    public: &Visibility,
) -> Result<bool, Problem> {
    let own = sources_of(&statement.content).map_err(Problem::internal)?;
    let kind = call.state.kind("release").ok_or_else(|| Problem::internal("there is no kind of releases"))?;
    let releases: BTreeSet<&str> =
        receipt.inputs.iter().filter_map(|input| input.release.as_deref()).collect();
    for release in &releases {
        let row = read::by_name(conn, kind, release, public)?;
        let draft = draft.filter(|draft| draft.full_reference() == *release);
        let Some(row) = row.as_ref().or(draft) else { return Ok(false) };
        let sources = sources_of(&row.content).map_err(Problem::internal)?;
        if !sources.iter().any(|source| own.iter().any(|mine| mine.source == source.source)) {
            return Ok(false);
        }
    }
    Ok(!releases.is_empty())
}
