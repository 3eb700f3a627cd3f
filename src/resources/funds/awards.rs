//! The awards from a fund must not exceed it.

use diesel::prelude::*;
use diesel::sql_types as st;
use serde::Deserialize;

use super::dto::FundContent;
use crate::clock::{Id, Ts};
use crate::problem::{Fault, Problem};
use crate::record::kind::CrossRecordCheck;
use crate::record::{lifecycle, money};
use crate::resources::grants::GrantContent;
use crate::store::types::Uid;
use crate::store::{Conn, Sql};

/// Checks that a grant does not exceed what is left of its fund.
pub fn grant(conn: &mut Conn, this: &CrossRecordCheck<'_>, faults: &mut Vec<Fault>) -> Result<(), Problem> {
    let Some(fund) = this.named.get("fund").copied() else {
        return Ok(());
    };
    // Of two concurrent awards from one fund, the second waits and then counts the first.
    lifecycle::lock(conn, fund)?;
    if body_of(conn, fund)? != this.body {
        // Says nothing about what another body has awarded.
        faults.push(Fault::pointer(
            "/fund",
            "other_body",
            "This fund belongs to another policing body. Choose a fund of the grant's own body.",
        ));
        return Ok(());
    }
    let content = GrantContent::deserialize(this.content).map_err(Problem::internal)?;
    let (Some(limit), Some(award)) = (amount_of(conn, fund)?, content.amount_awarded.pence()) else {
        return Ok(());
    };
    let left = limit - awarded(conn, fund, Some(this.record))?;
    if award > left {
        faults.push(Fault::pointer(
            "/amount_awarded",
            "exceeds_fund",
            format!(
                "£{} is left in the fund for this award. Award that amount or less, or raise the amount of the fund first.",
                money::pounds(left.max(0))
            ),
        ));
    }
    Ok(())
}

/// Checks that a fund is not less than what has been awarded from it.
pub fn fund(conn: &mut Conn, this: &CrossRecordCheck<'_>, faults: &mut Vec<Fault>) -> Result<(), Problem> {
    let content = FundContent::deserialize(this.content).map_err(Problem::internal)?;
    let Some(amount) = content.amount.and_then(|amount| amount.pence()) else {
        return Ok(());
    };
    lifecycle::lock(conn, this.record)?;
    let awarded = awarded(conn, this.record, None)?;
    if amount < awarded {
        faults.push(Fault::pointer(
            "/amount",
            "less_than_awarded",
            format!("£{} has been awarded from this fund. Give that amount or more.", money::pounds(awarded)),
        ));
    }
    Ok(())
}

#[derive(QueryableByName)]
struct BodyRow {
    #[diesel(sql_type = st::Nullable<Uid>)]
    body: Option<Id>,
}

fn body_of(conn: &mut Conn, fund: Id) -> Result<Option<Id>, Problem> {
    let row: Option<BodyRow> =
        Sql::new("SELECT r.body FROM record r WHERE r.id = ").bind(fund).get_result(conn).optional()?;
    Ok(row.and_then(|row| row.body))
}

#[derive(QueryableByName)]
struct Pence {
    #[diesel(sql_type = st::Nullable<st::BigInt>)]
    pence: Option<i64>,
}

/// Restricts the rows of a record to those that count: the working version, the public version, and the version that
/// becomes public again if a scheduled publication is cancelled.
fn counted(sql: Sql) -> Sql {
    sql.text(" AND g.listed AND (g.is_head OR g.public_to = ")
        .bind(Ts::NEVER)
        .text(" OR EXISTS (SELECT 1 FROM scheduled s WHERE s.record = g.record AND s.due_at = g.public_to))")
}

/// The amount that can be awarded from a fund: the smallest of those that count; none if the fund has no amount.
fn amount_of(conn: &mut Conn, fund: Id) -> Result<Option<i64>, Problem> {
    let least: Pence =
        counted(Sql::new("SELECT min(g.amount) AS pence FROM fund g WHERE g.record = ").bind(fund))
            .get_result(conn)?;
    if least.pence.is_some() {
        return Ok(least.pence);
    }
    // The last amount of a withdrawn fund still limits its awards.
    let last: Pence = Sql::new(
        "SELECT min(g.amount) AS pence FROM fund g WHERE g.is_head AND NOT g.listed AND g.record = ",
    )
    .bind(fund)
    .get_result(conn)?;
    Ok(last.pence)
}

/// The sum of the awards from a fund: of each grant the largest amount in a version that counts. One grant can be left
/// out.
fn awarded(conn: &mut Conn, fund: Id, except: Option<Id>) -> Result<i64, Problem> {
    let mut rows =
        Sql::new("SELECT max(g.amount_awarded) AS most FROM grant_award g WHERE g.fund = ").bind(fund);
    if let Some(except) = except {
        rows = rows.text(" AND g.record <> ").bind(except);
    }
    let sum: Pence = Sql::new("SELECT CAST(sum(x.most) AS BIGINT) AS pence FROM (")
        .append(counted(rows))
        .text(" GROUP BY g.record) x")
        .get_result(conn)?;
    Ok(sum.pence.unwrap_or_default())
}
