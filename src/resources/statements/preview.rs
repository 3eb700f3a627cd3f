//! Which verdicts on statements would change if submitted figures were published now: the figures are published, the
//! statements are judged, and all of it is undone.

#![warn(missing_docs)]

use diesel::prelude::*;
use serde::Serialize;

use super::check::{StatementCheck, StatementVerdict, check, check_with_draft};
use super::dto::{StatementContent, StatementMethod};
use crate::clock::Id;
use crate::http::Call;
use crate::problem::{CONFLICT, Problem};
use crate::record::read;
use crate::record::row::Row;
use crate::record::visible::Visibility;
use crate::resources::indicators::IndicatorContent;
use crate::resources::series;
use crate::store::types::Uid;
use crate::store::{self, Conn, Count, Sql};

/// How many statements are judged: few enough that no other writer waits long for it.
const MOST: usize = 50;

/// What the publication of submitted observations would change of the verdicts on statements.
#[derive(Debug, Default, Serialize, utoipa::ToSchema)]
pub struct VerdictPreview {
    /// The number of public statements about the indicator that were judged.
    #[schema(minimum = 0, maximum = 50, format = "int64")]
    pub judged: usize,
    /// The number of those that were not judged, since there are more than 50.
    #[schema(minimum = 0, maximum = 1_000_000_000, format = "int64")]
    pub not_judged: usize,
    /// The statements whose verdict would change.
    #[schema(max_items = 50)]
    pub changed: Vec<NewVerdict>,
}

/// A statement whose verdict would change.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct NewVerdict {
    /// The statement, by its policing body and its reference.
    #[schema(max_length = 150)]
    pub statement: String,
    /// What was claimed, in brief.
    #[schema(max_length = 1000)]
    pub claim: String,
    /// The verdict by what is public.
    #[schema(value_type = String, max_length = 40)]
    pub before: StatementVerdict,
    /// The verdict if these observations were public.
    #[schema(value_type = String, max_length = 40)]
    pub after: StatementVerdict,
    /// That verdict in words.
    #[schema(max_length = 1000)]
    pub after_words: String,
}

/// The verdicts on the public statements about an indicator that would change. `publish` publishes the observations of the
/// release: those of all series, or only those of the series with these codes. None if they cannot be published now.
pub fn changed_verdicts(
    call: &Call,
    conn: &mut Conn,
    (indicator, content): (Id, &IndicatorContent),
    release: &Row,
    publish: impl FnOnce(&mut Conn, Option<&[String]>) -> Result<(), Problem>,
) -> Result<Option<VerdictPreview>, Problem> {
    let public = Visibility::as_of(call.now());
    let about = |columns: &'static str| {
        Sql::new("SELECT ")
            .text(columns)
            .text(" FROM statement t WHERE t.indicator = ")
            .bind(indicator)
            .text(" AND ")
            .append(public.filter_of("statement", "t"))
    };
    let all: Count = about("count(*) AS n").get_result(conn)?;
    let all = usize::try_from(all.n).unwrap_or(0);
    if all == 0 {
        return Ok(Some(VerdictPreview::default()));
    }
    #[derive(QueryableByName)]
    struct Found {
        #[diesel(sql_type = Uid)]
        record: Id,
    }
    let found: Vec<Found> = about("t.record")
        .text(" ORDER BY t.reference, t.record LIMIT ")
        .bind(i64::try_from(MOST).unwrap_or(i64::MAX))
        .load(conn)?;
    let ids: Vec<Id> = found.into_iter().map(|row| row.record).collect();
    let mut statements = read::many(conn, &ids, &public)?;
    statements.sort_by(|a, b| a.reference.cmp(&b.reference).then(a.record.cmp(&b.record)));
    let mut before = vec![];
    for statement in &statements {
        before.push(check(call, conn, statement)?.verdict);
    }
    let series = series_of(content, &statements)?;
    let after = store::undone(conn, |conn| {
        publish(conn, series.as_deref())?;
        statements.iter().map(|row| check_with_draft(call, conn, row, Some(release))).collect()
    });
    let after: Vec<StatementCheck> = match after {
        Err(problem) if problem.kind.status == CONFLICT.status => return Ok(None),
        other => other?,
    };
    let both = statements.iter().zip(before).zip(after);
    let changed = both.filter(|((_, before), after)| *before != after.verdict);
    Ok(Some(VerdictPreview {
        judged: statements.len(),
        not_judged: all.saturating_sub(statements.len()),
        changed: changed
            .map(|((row, before), after)| NewVerdict {
                statement: named(row),
                claim: after.claim,
                before,
                after: after.verdict,
                after_words: after.verdict_words,
            })
            .collect(),
    }))
}

/// The name of a record: that of its policing body and its reference.
fn named(row: &Row) -> String {
    match &row.body_reference {
        Some(body) => format!("{body}:{}", row.reference),
        None => row.reference.clone(),
    }
}

/// The codes of the series that decide on these statements; none where one of them compares areas or names no
/// one series, so that all may decide.
fn series_of(content: &IndicatorContent, statements: &[Row]) -> Result<Option<Vec<String>>, Problem> {
    let mut all = vec![];
    for row in statements {
        let statement: StatementContent = row.content()?;
        let assumed = statement.assumption.as_ref().and_then(|assumption| assumption.method);
        let methods = [Some(statement.method), assumed];
        if methods
            .into_iter()
            .flatten()
            .any(|method| matches!(method, StatementMethod::PeerRank | StatementMethod::PeerMean))
        {
            return Ok(None);
        }
        match series::codes_of_one(content, &statement.codes) {
            Some(codes) => all.push(codes),
            None => return Ok(None),
        }
    }
    Ok(Some(all))
}
