//! What is to be known of a verdict besides it.

use std::collections::BTreeSet;

use diesel::prelude::*;
use diesel::sql_types as st;
use serde::Deserialize;

use super::dto::StatementFlag;
use crate::clock::Id;
use crate::problem::Problem;
use crate::record::kind::SourceUse;
use crate::record::row::Row;
use crate::record::visible::Visibility;
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
        let is_same = other.codes == content.codes
            && (other.quantity, other.value, other.period.as_ref())
                == (content.quantity, content.value, content.period.as_ref());
        let has_other_base =
            (other.method, other.base_period.as_ref()) != (content.method, content.base_period.as_ref());
        if is_same && has_other_base {
            let detail = format!("{} states the same figure with another base.", row.reference);
            return Ok(Some(flag("conflicting_baseline", detail)));
        }
    }
    Ok(None)
}

#[derive(Deserialize)]
struct TermDates {
    from: Option<chrono::NaiveDate>,
}

/// Whether the base begins before the term of office of whoever made the statement.
pub fn baseline_before_term(
    conn: &mut Conn,
    term: Option<Id>,
    base: Option<Period>,
    public: &Visibility,
) -> Result<Option<StatementFlag>, Problem> {
    let (Some(term), Some(base)) = (term, base) else { return Ok(None) };
    let row: Option<ContentRow> = Sql::new(
        "SELECT v.reference, v.content FROM office_term t JOIN record_version v ON v.record = t.record AND
         v.version = t.version WHERE t.record = ",
    )
    .bind(term)
    .text(" AND ")
    .append(public.filter_of("office_term", "t"))
    .get_result(conn)
    .optional()?;
    let Some(row) = row else { return Ok(None) };
    let dates: TermDates = serde_json::from_str(&row.content).map_err(Problem::internal)?;
    Ok(dates.from.filter(|from| base.end <= *from).map(|from| {
        flag(
            "baseline_before_term",
            format!("The base ends before the term of office, which began on {from}."),
        )
    }))
}

#[derive(Deserialize)]
struct Sources {
    #[serde(default)]
    sources: Vec<SourceUse>,
}

/// Whether the figures were taken from a source of the statement itself, so that they cannot bear it out.
pub fn is_own_source(
    conn: &mut Conn,
    statement: &Row,
    receipt: &Receipt,
    public: &Visibility,
) -> Result<bool, Problem> {
    let sources_of = |content: &str| serde_json::from_str::<Sources>(content).map_err(Problem::internal);
    let own = sources_of(&statement.content)?.sources;
    let releases: BTreeSet<&str> =
        receipt.inputs.iter().filter_map(|input| input.release.as_deref()).collect();
    for release in &releases {
        let (body, reference) = release.split_once(':').unwrap_or(("", release));
        let row: Option<ContentRow> = Sql::new(
            "SELECT v.reference, v.content FROM data_release t JOIN record_version v ON v.record = t.record AND
             v.version = t.version WHERE t.reference = ",
        )
        .bind(reference)
        .text(" AND v.body_reference = ")
        .bind(body)
        .text(" AND ")
        .append(public.filter_of("release", "t"))
        .get_result(conn)
        .optional()?;
        let Some(row) = row else { return Ok(false) };
        let sources = sources_of(&row.content)?.sources;
        if !sources.iter().any(|source| own.iter().any(|mine| mine.source == source.source)) {
            return Ok(false);
        }
    }
    Ok(!releases.is_empty())
}
