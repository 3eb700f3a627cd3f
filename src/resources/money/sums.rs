//! The sums, in pence, made by the database.

use diesel::prelude::*;
use diesel::sql_types as st;

use super::keys::{self, Keyed, financial_year, member};
use crate::clock::Id;
use crate::problem::Problem;
use crate::record::visible::Visibility;
use crate::resources::ties;
use crate::store::types::Uid;
use crate::store::{Conn, Sql};

/// What the rows are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// Funds.
    Fund,
    /// What is delivered.
    Priority,
    /// Who gives, provides or receives.
    Organisation,
    /// Financial years.
    Year,
}

impl By {
    /// By its name.
    pub fn of(name: &str) -> By {
        match name {
            "priority" => By::Priority,
            "organisation" => By::Organisation,
            "year" => By::Year,
            _ => By::Fund,
        }
    }

    /// What to know of a row, and of the one without a key.
    pub fn note(self, none: bool) -> Option<&'static str> {
        match (self, none) {
            (By::Fund, false) => Some(
                "What is awarded from a fund, and what services cost that it pays for, is part of the fund's amount: do not add them.",
            ),
            (By::Fund, true) => Some("Money that is tied to no fund."),
            (By::Priority, false) => Some(
                "Money that delivers several priorities counts in full under each: do not add the rows up.",
            ),
            (By::Priority, true) => Some("Money that delivers no priority."),
            (By::Organisation, false) => Some(
                "The organisation gives what stands under funds, provides the services and receives the grants.",
            ),
            (By::Organisation, true) => Some(
                "Money of no named organisation, and services of several providers, which are divided between none of them.",
            ),
            (By::Year, false) => None,
            (By::Year, true) => Some("Money without a date."),
        }
    }
}

/// What is asked for.
pub struct Asked<'a> {
    /// What the rows are.
    pub by: By,
    /// Only money of this body.
    pub body: Option<Id>,
    /// Only money that delivers something of this plan.
    pub plan: Option<Id>,
    /// Who reads.
    pub visibility: &'a Visibility,
}

/// A sum of one group, of one kind and stage.
#[derive(Debug, QueryableByName)]
pub struct Sum {
    /// The group.
    #[diesel(sql_type = st::Text)]
    pub k: String,
    /// The record that it stands for.
    #[diesel(sql_type = st::Nullable<Uid>)]
    pub id: Option<Id>,
    /// Its name where it stands for none.
    #[diesel(sql_type = st::Nullable<st::Text>)]
    pub name: Option<String>,
    /// Of what: a direction of funds, services, grants.
    #[diesel(sql_type = st::Text)]
    pub what: String,
    /// How far the money has come.
    #[diesel(sql_type = st::Text)]
    pub stage: String,
    /// How much.
    #[diesel(sql_type = st::BigInt)]
    pub pence: i64,
    /// Of how many amounts.
    #[diesel(sql_type = st::BigInt)]
    pub records: i64,
    /// How many of them are not exact.
    #[diesel(sql_type = st::BigInt)]
    pub inexact: i64,
}

/// Reads the sums of the groups behind a key.
pub fn read(
    conn: &mut Conn,
    asked: &Asked<'_>,
    after: Option<String>,
    groups: i64,
) -> Result<Vec<Sum>, Problem> {
    let pg = conn.is_pg();
    let mut entries = Sql::new("");
    for (n, part) in [funds(pg, asked), services(pg, asked), awarded(pg, asked), disbursed(pg, asked)]
        .into_iter()
        .enumerate()
    {
        entries = entries.text(if n == 0 { "" } else { " UNION ALL " }).append(part);
    }
    let sums = "x.what, x.stage, CAST(sum(x.pence) AS BIGINT) AS pence, count(*) AS records, CAST(sum(x.inexact) AS BIGINT) AS inexact";
    Ok(keys::page(entries, sums, "x.what, x.stage", after, groups).load(conn)?)
}

/// The amounts of one kind: what is selected of each, from which table, grouped how.
fn amounts(asked: &Asked<'_>, pg: bool, keyed: &Keyed, select: Sql, kind: &str, table: &'static str) -> Sql {
    let mut sql = keyed
        .select(pg)
        .append(select)
        .text(" FROM ")
        .text(table)
        .text(" t JOIN record_version v ON v.record = t.record AND v.version = t.version")
        .append(keyed.joins.clone())
        .text(" WHERE ")
        .append(asked.visibility.filter_of(kind, "t"));
    if let Some(body) = asked.body {
        sql = sql.text(" AND t.body = ").bind(body);
    }
    if let Some(plan) = asked.plan {
        sql = sql.text(" AND ").append(ties::names_an_aim(asked.visibility, Some(plan)));
    }
    sql
}

/// 1 where a member that says how exact an amount is says anything else.
fn inexact(qualifier: Sql) -> Sql {
    Sql::new("CASE WHEN ").append(qualifier).text(" = 'exact' THEN 0 ELSE 1 END AS inexact")
}

fn funds(pg: bool, asked: &Asked<'_>) -> Sql {
    let visibility = asked.visibility;
    let keyed = match asked.by {
        By::Fund => Keyed::itself(),
        By::Priority => Keyed::priorities(visibility, asked.plan),
        By::Organisation => organisation(Keyed::named(visibility, "t.giver", "organisation")),
        By::Year => Keyed::by(Sql::new("t.financial_year")),
    };
    let select = Sql::new("t.direction AS what, t.stage AS stage, t.amount AS pence, ")
        .append(inexact(member(pg, "{amount_qualifier}", "$.amount_qualifier")));
    amounts(asked, pg, &keyed, select, "fund", "fund").text(" AND t.amount IS NOT NULL")
}

fn services(pg: bool, asked: &Asked<'_>) -> Sql {
    let visibility = asked.visibility;
    let keyed = match asked.by {
        By::Fund => Keyed::named(visibility, "t.fund", "fund"),
        By::Priority => Keyed::priorities(visibility, asked.plan),
        By::Organisation => organisation(Keyed::only_one(visibility, "providers/*", "organisation")),
        By::Year => Keyed::by(financial_year(pg, "t.from_date")),
    };
    let select = Sql::new("'services' AS what, t.value_stage AS stage, t.value AS pence, ")
        .append(inexact(member(pg, "{value_qualifier}", "$.value_qualifier")));
    amounts(asked, pg, &keyed, select, "service", "service").text(" AND t.value IS NOT NULL")
}

fn awarded(pg: bool, asked: &Asked<'_>) -> Sql {
    let select = Sql::new("'grants' AS what, 'awarded' AS stage, t.amount_awarded AS pence, 0 AS inexact");
    amounts(asked, pg, &grants(pg, asked), select, "grant", "grant_award")
}

fn disbursed(pg: bool, asked: &Asked<'_>) -> Sql {
    // Stored with two decimals always: without the point it is pence.
    let amount = || member(pg, "{amount_disbursed,amount}", "$.amount_disbursed.amount");
    let select = Sql::new("'grants' AS what, 'paid' AS stage, CAST(replace(")
        .append(amount())
        .text(", '.', '') AS BIGINT) AS pence, 0 AS inexact");
    amounts(asked, pg, &grants(pg, asked), select, "grant", "grant_award")
        .text(" AND ")
        .append(amount())
        .text(" IS NOT NULL")
}

fn grants(pg: bool, asked: &Asked<'_>) -> Keyed {
    let visibility = asked.visibility;
    match asked.by {
        By::Fund => Keyed::named(visibility, "t.fund", "fund"),
        By::Priority => Keyed::priorities(visibility, asked.plan),
        By::Year => Keyed::by(financial_year(pg, "t.award_date")),
        By::Organisation => {
            // Who is no organisation on record is told by the org-id that the award gives.
            let linked = organisation(Keyed::named(visibility, "t.recipient", "organisation"));
            let key = Sql::new("CASE WHEN f.record IS NULL THEN 'x:' || ")
                .append(member(pg, "{recipient,id}", "$.recipient.id"))
                .text(" ELSE ")
                .append(linked.key.clone())
                .text(" END");
            let name = Sql::new("CASE WHEN f.record IS NULL THEN ")
                .append(member(pg, "{recipient,name}", "$.recipient.name"))
                .text(" END");
            Keyed { key, name, ..linked }
        }
    }
}

/// Organisations on record stand before those that are only named.
fn organisation(keyed: Keyed) -> Keyed {
    Keyed { key: Sql::new("'o:' || ").append(keyed.key), ..keyed }
}
