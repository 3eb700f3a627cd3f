//! The recommendations of a report: how many there are, how many are open, and which nobody has answered.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types as st;
use serde_json::{Value, json};

use crate::clock::Id;
use crate::problem::Problem;
use crate::record::row::Row;
use crate::record::visible::Visibility;
use crate::resources::clocks;
use crate::resources::tracking;
use crate::store::types::Uid;
use crate::store::{Conn, Sql};

/// The schema of the computed fields of a report.
pub fn schema() -> Value {
    let number = |about: &str| json!({"type": "integer", "format": "int64", "minimum": 0, "maximum": 1_000_000_000, "readOnly": true, "description": about});
    json!({"type": "object", "properties": {
        "recommendations": number("How many recommendations of the report the caller sees."),
        "open": number("How many of them are not closed."),
        "unanswered": {"type": "array", "maxItems": 100_000, "items": {"type": "string", "maxLength": 64}, "description": "Those of them that no response that the caller sees has answered, by reference, without the body. Closed ones are left out."},
        "clocks": clocks::schema(),
    }})
}

#[derive(QueryableByName)]
struct Listed {
    #[diesel(sql_type = Uid)]
    record: Id,
    #[diesel(sql_type = Uid)]
    report: Id,
    #[diesel(sql_type = st::Text)]
    reference: String,
    #[diesel(sql_type = st::Nullable<st::Date>)]
    closed_on: Option<NaiveDate>,
}

/// The fields of each report, with eight statements for all of them.
pub fn computed(conn: &mut Conn, rows: &[Row], visibility: &Visibility) -> Result<Vec<Value>, Problem> {
    if rows.is_empty() {
        return Ok(vec![]);
    }
    let pg = conn.is_pg();
    let of_these = |column: &'static str| Sql::new(column).one_of(pg, rows.iter().map(|row| row.record));
    let listed: Vec<Listed> = Sql::new(
        "SELECT t.record, t.report, t.reference, t.closed_on FROM recommendation t JOIN record p ON p.id = t.report
         AND p.body = t.body WHERE ",
    )
    .append(visibility.filter_of("recommendation", "t"))
    .text(" AND ")
    .append(of_these("t.report"))
    .text(" ORDER BY t.reference, t.record")
    .load(conn)?;
    let among = |_| {
        Sql::new(" IN (SELECT o.record FROM recommendation o WHERE ").append(of_these("o.report")).text(")")
    };
    let facts = tracking::facts(conn, visibility, &among)?;
    let chosen = |alias: &'static str| Sql::new(alias).text(".record").append(of_these(""));
    let reader = clocks::reader(conn, visibility)?;
    let clocks = clocks::by_record(clocks::of_reports(conn, &reader, &chosen)?);
    let today = visibility.moment().day();
    let mut fields: HashMap<Id, (i64, Vec<&Listed>)> = HashMap::new();
    for one in &listed {
        let (all, open) = fields.entry(one.report).or_default();
        *all += 1;
        if one.closed_on.is_none_or(|day| day > today) {
            open.push(one);
        }
    }
    let is_unanswered =
        |one: &&&Listed| facts.get(&one.record).is_none_or(|facts| facts.answered_on(today).is_none());
    let mut value = |row: &Row| {
        let (all, open) = fields.remove(&row.record).unwrap_or_default();
        let unanswered: Vec<&str> =
            open.iter().filter(is_unanswered).map(|one| one.reference.as_str()).collect();
        let clocks = clocks.get(&row.record).map_or(&[][..], Vec::as_slice);
        json!({"recommendations": all, "open": open.len(), "unanswered": unanswered, "clocks": clocks})
    };
    Ok(rows.iter().map(&mut value).collect())
}
