//! The working version of an indicator, for checks of what refers to it.

use diesel::prelude::*;
use diesel::sql_types as st;

use super::dto::IndicatorContent;
use crate::clock::Id;
use crate::problem::Problem;
use crate::store::{Conn, Sql};

#[derive(QueryableByName)]
struct ContentRow {
    #[diesel(sql_type = st::Text)]
    content: String,
}

/// The content of an indicator's working version; none if the indicator does not exist.
pub fn working_content(conn: &mut Conn, id: Id) -> Result<Option<IndicatorContent>, Problem> {
    let row: Option<ContentRow> = Sql::new(
        "SELECT v.content FROM indicator t JOIN record_version v ON v.record = t.record AND v.version = t.version \
         WHERE t.is_head AND t.record = ",
    )
    .bind(id)
    .get_result(conn)
    .optional()?;
    row.map(|row| serde_json::from_str(&row.content).map_err(Problem::internal)).transpose()
}
