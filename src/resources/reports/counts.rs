//! How many recommendations a report has, and how many of them are open.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types as st;
use serde_json::{Value, json};

use crate::clock::Id;
use crate::problem::Problem;
use crate::record::row::Row;
use crate::record::visible::Visibility;
use crate::resources::recommendations;
use crate::store::types::Uid;
use crate::store::{Conn, Sql};

/// The schema of the computed fields of a report.
pub fn schema() -> Value {
    let number = |about: &str| json!({"type": "integer", "format": "int64", "minimum": 0, "maximum": 1_000_000_000, "readOnly": true, "description": about});
    json!({"type": "object", "properties": {
        "recommendations": number("How many recommendations of the report the caller sees."),
        "open": number("How many of them are not closed."),
    }})
}

#[derive(QueryableByName)]
struct Counted {
    #[diesel(sql_type = Uid)]
    report: Id,
    #[diesel(sql_type = st::BigInt)]
    n: i64,
    #[diesel(sql_type = st::BigInt)]
    open: i64,
}

/// The fields of each report, with one statement for all of them.
pub fn computed(conn: &mut Conn, rows: &[Row], visibility: &Visibility) -> Result<Vec<Value>, Problem> {
    if rows.is_empty() {
        return Ok(vec![]);
    }
    let counted: Vec<Counted> = Sql::new("SELECT t.report, count(*) AS n, count(CASE WHEN ")
        .append(recommendations::is_open(visibility.moment().day()))
        .text(" THEN 1 END) AS open FROM recommendation t JOIN record p ON p.id = t.report AND p.body = t.body WHERE ")
        .append(visibility.filter_of("recommendation", "t"))
        .text(" AND t.report IN (")
        .bind_all(rows.iter().map(|row| row.record))
        .text(") GROUP BY t.report")
        .one_off()
        .load(conn)?;
    let counted: HashMap<Id, Counted> = counted.into_iter().map(|row| (row.report, row)).collect();
    let fields = |row: &Row| {
        let (n, open) = counted.get(&row.record).map_or((0, 0), |row| (row.n, row.open));
        json!({"recommendations": n, "open": open})
    };
    Ok(rows.iter().map(fields).collect())
}
