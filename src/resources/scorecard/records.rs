//! A record as a scorecard names it.

use super::dto::ScorecardRecord;
use crate::http::Call;
use crate::record::row::Row;

pub fn record_of(call: &Call, row: &Row) -> ScorecardRecord {
    let path = call.state.path_of(&row.kind).unwrap_or_default();
    ScorecardRecord {
        id: row.record,
        kind: row.kind.clone(),
        reference: row.reference.clone(),
        self_link: format!("/v1/{path}/{}", row.record),
    }
}
