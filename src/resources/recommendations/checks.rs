//! What the report and the owner require of a recommendation.

use diesel::prelude::*;
use diesel::sql_types as st;
use serde::Deserialize;

use super::dto::{Closing, RecommendationContent};
use crate::problem::{Fault, Problem};
use crate::record::kind::CrossRecordCheck;
use crate::resources::named::Seen;
use crate::resources::reports::ReportContent;
use crate::store::{Conn, Sql};

/// Checks that the recommendation has the maker of its report, belongs to one of the same report, and is closed by its
/// maker.
pub fn cross_check(
    conn: &mut Conn,
    this: &CrossRecordCheck<'_>,
    faults: &mut Vec<Fault>,
) -> Result<(), Problem> {
    let content = RecommendationContent::deserialize(this.content).map_err(Problem::internal)?;
    let (report, under) = (this.named.get("report").copied(), this.named.get("under").copied());
    let seen = Seen::read(conn, this, report.into_iter().chain(under))?;
    if let Some(report) = seen.content::<ReportContent>(report)?
        && report.made_by != content.made_by
    {
        let detail = format!(
            "The report was made by `{}`. Name the same organisation as the maker of the recommendation.",
            report.made_by
        );
        faults.push(Fault::pointer("/made_by", "mismatch", detail));
    }
    if under != Some(this.record)
        && let Some(above) = seen.content::<RecommendationContent>(under)?
        && above.report != content.report
    {
        let detail = "This is a recommendation of another report. Name one of the same report.";
        faults.push(Fault::pointer("/under", "other_report", detail));
    }
    let is_owners = this.owner == Some(content.made_by.as_str());
    if content.closing == Closing::Open || is_owners {
        return Ok(());
    }
    if content.closed_source.is_none() {
        let detail = "Another organisation made this recommendation, and only that organisation closes it. Name the source in which it did.";
        faults.push(Fault::pointer("/closed_source", "required", detail));
    } else if let Some(published) = published(conn, this)?
        && published.publisher.trim().to_lowercase() != published.maker.trim().to_lowercase()
    {
        let detail = format!(
            "This source was published by “{}”, but the recommendation was made by “{}”. Name a source that the maker published: its `publisher` must be the maker's name.",
            published.publisher, published.maker
        );
        faults.push(Fault::pointer("/closed_source", "other_publisher", detail));
    }
    Ok(())
}

/// Who published the source of the closing, and who made the recommendation, by name.
#[derive(QueryableByName)]
struct Published {
    #[diesel(sql_type = st::Text)]
    publisher: String,
    #[diesel(sql_type = st::Text)]
    maker: String,
}

fn published(conn: &mut Conn, this: &CrossRecordCheck<'_>) -> Result<Option<Published>, Problem> {
    let (source, maker) = (this.named.get("closed_source").copied(), this.named.get("made_by").copied());
    Ok(Sql::new(
        "SELECT s.publisher, o.name AS maker FROM source s JOIN organisation o ON o.is_head WHERE s.is_head AND s.record = ",
    )
    .bind(source)
    .text(" AND o.record = ")
    .bind(maker)
    .get_result(conn)
    .optional()?)
}
