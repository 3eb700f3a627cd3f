//! Sums in pence, computed by the database.

use diesel::prelude::*;
use diesel::sql_types as st;

use super::keys::{self, Grouping, content_field, financial_year};
use crate::clock::Id;
use crate::problem::Problem;
use crate::record::visible::Visibility;
use crate::resources::link_conditions;
use crate::store::types::Uid;
use crate::store::{Conn, Sql};

/// What the sums are grouped by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// Funds.
    Fund,
    /// Priorities that are delivered.
    Priority,
    /// Objectives that are delivered.
    Objective,
    /// Organisations that give, provide or receive.
    Organisation,
    /// Financial years.
    Year,
}

impl By {
    /// The grouping of that name.
    pub fn named(name: &str) -> By {
        match name {
            "priority" => By::Priority,
            "objective" => By::Objective,
            "organisation" => By::Organisation,
            "year" => By::Year,
            _ => By::Fund,
        }
    }

    /// The note of a row, or of the one without a key.
    pub fn note(self, none: bool) -> Option<&'static str> {
        match (self, none) {
            (By::Fund, false) => Some(
                "Awards from a fund, and the cost of services that it pays for, are part of the fund's amount: do not add them.",
            ),
            (By::Fund, true) => Some("Money that comes from no fund on record."),
            (By::Priority, false) => {
                Some("Money that delivers several priorities counts in full under each: do not add the rows.")
            }
            (By::Priority, true) => Some("Money that delivers no priority."),
            (By::Objective, false) => {
                Some("Money that delivers several objectives counts in full under each: do not add the rows.")
            }
            (By::Objective, true) => Some("Money that delivers no objective."),
            (By::Organisation, false) => Some(
                "The organisation gives the money of the funds, provides the services and receives the grants.",
            ),
            (By::Organisation, true) => Some(
                "Money of no named organisation, and services of several providers, which count for none of them.",
            ),
            (By::Year, false) => None,
            (By::Year, true) => Some("Money without a date."),
        }
    }
}

/// Which money is summed, and how it is grouped.
pub struct SumFilter<'a> {
    /// What the sums are grouped by.
    pub by: By,
    /// Only money of this body.
    pub body: Option<Id>,
    /// Only money that delivers an objective or a priority of this plan.
    pub plan: Option<Id>,
    /// What the caller sees.
    pub visibility: &'a Visibility,
}

/// A sum of one group, of one kind and stage.
#[derive(Debug, QueryableByName)]
pub struct Sum {
    /// The key of the group.
    #[diesel(sql_type = st::Text)]
    pub k: String,
    /// The record that the key identifies.
    #[diesel(sql_type = st::Nullable<Uid>)]
    pub id: Option<Id>,
    /// The name of a key that identifies no record.
    #[diesel(sql_type = st::Nullable<st::Text>)]
    pub name: Option<String>,
    /// What is summed: a direction of funds, services or grants.
    #[diesel(sql_type = st::Text)]
    pub what: String,
    /// The stage of the money.
    #[diesel(sql_type = st::Text)]
    pub stage: String,
    /// The sum in pence.
    #[diesel(sql_type = st::BigInt)]
    pub pence: i64,
    /// The number of amounts.
    #[diesel(sql_type = st::BigInt)]
    pub records: i64,
    /// The number of amounts that are not exact.
    #[diesel(sql_type = st::BigInt)]
    pub inexact: i64,
}

/// Reads the sums of the groups after a key.
pub fn read(
    conn: &mut Conn,
    filter: &SumFilter<'_>,
    after: Option<String>,
    groups: i64,
) -> Result<Vec<Sum>, Problem> {
    let pg = conn.is_pg();
    let mut entries = Sql::new("");
    for (n, part) in [funds(pg, filter), services(pg, filter), awarded(pg, filter), disbursed(pg, filter)]
        .into_iter()
        .enumerate()
    {
        entries = entries.text(if n == 0 { "" } else { " UNION ALL " }).append(part);
    }
    let sums = "x.what, x.stage, CAST(sum(x.pence) AS BIGINT) AS pence, count(*) AS records, CAST(sum(x.inexact) AS BIGINT) AS inexact";
    Ok(keys::page(entries, sums, "x.what, x.stage", after, groups).load(conn)?)
}

/// The amounts of one kind.
fn amounts(
    filter: &SumFilter<'_>,
    pg: bool,
    grouping: &Grouping,
    select: Sql,
    kind: &str,
    table: &'static str,
) -> Sql {
    let mut sql = grouping
        .select(pg)
        .append(select)
        .text(" FROM ")
        .text(table)
        .text(" t JOIN record_version v ON v.record = t.record AND v.version = t.version")
        .append(grouping.joins.clone())
        .text(" WHERE ")
        .append(filter.visibility.filter_of(kind, "t"));
    if let Some(body) = filter.body {
        sql = sql.text(" AND t.body = ").bind(body);
    }
    if let Some(plan) = filter.plan {
        sql = sql
            .text(" AND ")
            .append(link_conditions::names_objective_or_priority(filter.visibility, Some(plan)));
    }
    sql
}

/// 1 where the qualifier of an amount is not `exact`.
fn inexact(qualifier: Sql) -> Sql {
    Sql::new("CASE WHEN ").append(qualifier).text(" = 'exact' THEN 0 ELSE 1 END AS inexact")
}

fn funds(pg: bool, filter: &SumFilter<'_>) -> Sql {
    let visibility = filter.visibility;
    let grouping = match filter.by {
        By::Fund => Grouping::by_record(),
        By::Priority => Grouping::by_priorities(visibility, filter.plan),
        By::Objective => Grouping::by_objectives(visibility, filter.plan),
        By::Organisation => organisation(Grouping::by_named(visibility, "t.giver", "organisation")),
        By::Year => Grouping::by(Sql::new("t.financial_year")),
    };
    let select = Sql::new("t.direction AS what, t.stage AS stage, t.amount AS pence, ")
        .append(inexact(content_field(pg, "{amount_qualifier}", "$.amount_qualifier")));
    amounts(filter, pg, &grouping, select, "fund", "fund").text(" AND t.amount IS NOT NULL")
}

fn services(pg: bool, filter: &SumFilter<'_>) -> Sql {
    let visibility = filter.visibility;
    let grouping = match filter.by {
        By::Fund => Grouping::by_named(visibility, "t.fund", "fund"),
        By::Priority => Grouping::by_priorities(visibility, filter.plan),
        By::Objective => Grouping::by_objectives(visibility, filter.plan),
        By::Organisation => organisation(Grouping::by_only_named(visibility, "providers/*", "organisation")),
        By::Year => Grouping::by(financial_year(pg, "t.from_date")),
    };
    let select = Sql::new("'services' AS what, t.value_stage AS stage, t.value AS pence, ")
        .append(inexact(content_field(pg, "{value_qualifier}", "$.value_qualifier")));
    amounts(filter, pg, &grouping, select, "service", "service").text(" AND t.value IS NOT NULL")
}

fn awarded(pg: bool, filter: &SumFilter<'_>) -> Sql {
    let select = Sql::new("'grants' AS what, 'awarded' AS stage, t.amount_awarded AS pence, 0 AS inexact");
    amounts(filter, pg, &grants(pg, filter), select, "grant", "grant_award")
}

fn disbursed(pg: bool, filter: &SumFilter<'_>) -> Sql {
    // Always stored with two decimals, so the digits without the point are pence.
    let amount = || content_field(pg, "{amount_disbursed,amount}", "$.amount_disbursed.amount");
    let select = Sql::new("'grants' AS what, 'paid' AS stage, CAST(replace(")
        .append(amount())
        .text(", '.', '') AS BIGINT) AS pence, 0 AS inexact");
    amounts(filter, pg, &grants(pg, filter), select, "grant", "grant_award")
        .text(" AND ")
        .append(amount())
        .text(" IS NOT NULL")
}

fn grants(pg: bool, filter: &SumFilter<'_>) -> Grouping {
    let visibility = filter.visibility;
    match filter.by {
        By::Fund => Grouping::by_named(visibility, "t.fund", "fund"),
        By::Priority => Grouping::by_priorities(visibility, filter.plan),
        By::Objective => Grouping::by_objectives(visibility, filter.plan),
        By::Year => Grouping::by(financial_year(pg, "t.award_date")),
        By::Organisation => {
            // A recipient that is not on record is identified by the org-id in the award.
            let linked = organisation(Grouping::by_named(visibility, "t.recipient", "organisation"));
            let key = Sql::new("CASE WHEN f.record IS NULL THEN 'x:' || ")
                .append(content_field(pg, "{recipient,id}", "$.recipient.id"))
                .text(" ELSE ")
                .append(linked.key.clone())
                .text(" END");
            let name = Sql::new("CASE WHEN f.record IS NULL THEN ")
                .append(content_field(pg, "{recipient,name}", "$.recipient.name"))
                .text(" END");
            Grouping { key, name, ..linked }
        }
    }
}

/// Sorts organisations on record before those that are only named.
fn organisation(grouping: Grouping) -> Grouping {
    Grouping { key: Sql::new("'o:' || ").append(grouping.key), ..grouping }
}
