//! The awards of a fund do not exceed it.

use diesel::prelude::*;
use diesel::sql_types as st;

use crate::clock::{Id, Ts};
use crate::problem::{Fault, Problem};
use crate::record::kind::CrossRecordCheck;
use crate::record::{lifecycle, money};
use crate::store::types::Uid;
use crate::store::{Conn, Sql};

/// A grant fits in what is left of its fund.
pub fn grant(conn: &mut Conn, this: &CrossRecordCheck<'_>, faults: &mut Vec<Fault>) -> Result<(), Problem> {
    let Some(fund) = this.named.get("fund").copied() else {
        return Ok(());
    };
    // Two that award from one fund at once: the second waits, and counts what the first has awarded.
    lifecycle::lock(conn, fund)?;
    if body_of(conn, fund)? != this.body {
        // Nothing is said of what another body has awarded.
        faults.push(Fault::pointer(
            "/fund",
            "other_body",
            "This is a fund of another policing body; a grant is awarded from its own body's.",
        ));
        return Ok(());
    }
    let (Some(limit), Some(award)) =
        (amount_of(conn, fund)?, money::pence_of(&this.content["amount_awarded"]))
    else {
        return Ok(());
    };
    let left = limit - awarded(conn, fund, Some(this.record))?;
    if award > left {
        faults.push(Fault::pointer(
            "/amount_awarded",
            "exceeds_fund",
            format!(
                "Of the fund £{} is left for this award; award that or less, or raise the fund first.",
                money::written(left.max(0))
            ),
        ));
    }
    Ok(())
}

/// A fund is not less than what is awarded from it.
pub fn fund(conn: &mut Conn, this: &CrossRecordCheck<'_>, faults: &mut Vec<Fault>) -> Result<(), Problem> {
    let Some(amount) = money::pence_of(&this.content["amount"]) else {
        return Ok(());
    };
    lifecycle::lock(conn, this.record)?;
    let awarded = awarded(conn, this.record, None)?;
    if amount < awarded {
        faults.push(Fault::pointer(
            "/amount",
            "less_than_awarded",
            format!("£{} is awarded from this fund; give that or more.", money::written(awarded)),
        ));
    }
    Ok(())
}

#[derive(QueryableByName)]
struct Body {
    #[diesel(sql_type = st::Nullable<Uid>)]
    body: Option<Id>,
}

fn body_of(conn: &mut Conn, fund: Id) -> Result<Option<Id>, Problem> {
    let found: Option<Body> =
        Sql::new("SELECT r.body FROM record r WHERE r.id = ").bind(fund).get_result(conn).optional()?;
    Ok(found.and_then(|found| found.body))
}

#[derive(QueryableByName)]
struct Pence {
    #[diesel(sql_type = st::Nullable<st::BigInt>)]
    pence: Option<i64>,
}

/// The condition on the rows of a record that count: its working version, what is public, and what will be again
/// if a scheduled publication is returned.
fn counted(sql: Sql) -> Sql {
    sql.text(" AND g.listed AND (g.is_head OR g.public_to = ")
        .bind(Ts::NEVER)
        .text(" OR EXISTS (SELECT 1 FROM scheduled s WHERE s.record = g.record AND s.due_at = g.public_to))")
}

/// How much can be awarded from a fund: the lesser of what it is worked on as and what is public. None without an
/// amount.
fn amount_of(conn: &mut Conn, fund: Id) -> Result<Option<i64>, Problem> {
    let least: Pence =
        counted(Sql::new("SELECT min(g.amount) AS pence FROM fund g WHERE g.record = ").bind(fund))
            .get_result(conn)?;
    if least.pence.is_some() {
        return Ok(least.pence);
    }
    // A fund that was withdrawn still holds its awards to what it was.
    let last: Pence = Sql::new(
        "SELECT min(g.amount) AS pence FROM fund g WHERE g.is_head AND NOT g.listed AND g.record = ",
    )
    .bind(fund)
    .get_result(conn)?;
    Ok(last.pence)
}

/// What the grants that name a fund award, each with the most that it awards in a version that counts.
fn awarded(conn: &mut Conn, fund: Id, but: Option<Id>) -> Result<i64, Problem> {
    let mut rows =
        Sql::new("SELECT max(g.amount_awarded) AS most FROM grant_award g WHERE g.fund = ").bind(fund);
    if let Some(but) = but {
        rows = rows.text(" AND g.record <> ").bind(but);
    }
    let sum: Pence = Sql::new("SELECT CAST(sum(x.most) AS BIGINT) AS pence FROM (")
        .append(counted(rows))
        .text(" GROUP BY g.record) x")
        .get_result(conn)?;
    Ok(sum.pence.unwrap_or_default())
}
