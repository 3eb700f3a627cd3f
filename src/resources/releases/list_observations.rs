//! `GET /v1/releases/{id}/observations`: the observations of a release, compared with what is public.

use std::collections::HashMap;

use super::dto::{ReleaseContent, ReleaseObservation};
use crate::access::{Action, rule};
use crate::http::kinds::{self, list_reply, values};
use crate::http::operation::{Answer, Handler, Method, Operation};
use crate::http::paging::PageRequest;
use crate::http::{Call, Reply};
use crate::problem::Problem;
use crate::record::kind::KindDef;
use crate::record::row::Row;
use crate::record::visible::Visibility;
use crate::resources::disclosure;
use crate::resources::series::{self, CellSide, ComparedCell, ReleaseObservations, StoredCell};
use crate::store::{Conn, Val};

/// The operation.
pub fn operation(kind: &'static KindDef) -> Operation {
    let mut operation = Operation::new(
        Method::Get,
        "/v1/releases/{id}/observations",
        "list_release_observations",
        kind.rule(Action::Read).unwrap_or(&[]),
        Handler::Read(list),
    );
    operation.kind = Some(kind);
    operation.tag = kind.def.path;
    operation.path_params = vec![kinds::ID];
    operation.params = vec![kinds::cursor_param(), kinds::limit_param(), kinds::format_param()];
    operation.summary = "Read the observations of a release".to_owned();
    operation.description = "Returns the observations of a release. If the release is not public yet, those who may see it get each observation with what it would change (`inserted`, `revised`, `unchanged` or `deleted`) and the value that is public now, so that a second person can check them. The observations of a public release are returned as it published them. Of an indicator under disclosure control, the office and the organisation that submitted the release also see what is hidden or rounded: the submitted value, with the `CONF_STATUS` that the observation has in public (`A` or `D`).".to_owned();
    operation.answers =
        vec![Answer::named(200, "A page of observations.", "ReleaseObservationList").or_csv()];
    operation.problems = vec![404, 409, 410];
    operation
}

/// The columns of the CSV, which are the fields of [`ReleaseObservation`].
const FIELDS: &[&str] = &[
    "series",
    "TIME_PERIOD",
    "period",
    "change",
    "value_before",
    "value",
    "numerator",
    "denominator",
    "OBS_STATUS",
    "CONF_STATUS",
    "complete",
    "reason",
    "note",
];

fn list(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let kind = kinds::kind_of(call)?;
    let row = kinds::find(call, conn, kind, &call.visibility())?;
    let content: ReleaseContent = row.content()?;
    let page_request = PageRequest::own(call, &format!("figures of {}", row.record));
    let after = page_request.after(|keys| match keys {
        [Val::Int(series), Val::Int(starts), Val::Int(ends)] => Some((*series, *starts, *ends)),
        _ => None,
    })?;
    let at = content.publication_moment(call.now());
    let release = match series::of_release(conn, row.record)? {
        Some(release) if is_shown(call, conn, kind, &row, &release)? => Some(release),
        _ => None,
    };
    let mut cells = match &release {
        None => vec![],
        Some(release) => series::compared_cells(conn, release, at, after, page_request.rows_to_read())?,
    };
    let page = page_request.truncate(&mut cells, |last| {
        vec![last.cell.series.into(), last.cell.starts.into(), last.cell.ends.into()]
    })?;
    let concealed = match (&release, cells.first(), cells.last()) {
        (Some(release), Some(first), Some(last)) if sees_concealed(call, kind, &row) => {
            series::concealed_between(conn, release, position(&first.cell), position(&last.cell))?
        }
        _ => vec![],
    };
    let concealed: HashMap<_, _> =
        concealed.into_iter().map(|cell| (cell.position(), cell.submitted)).collect();
    let observations = cells.iter().filter_map(|cell| {
        let observation = observation(cell)?;
        match concealed.get(&position(&cell.cell)) {
            Some(submitted) => as_submitted(observation, submitted),
            None => Some(observation),
        }
    });
    list_reply(call, FIELDS, &values(observations)?, &page)
}

/// The series, the first day and the end of a cell.
fn position(cell: &StoredCell) -> (i64, i64, i64) {
    (cell.series, cell.starts, cell.ends)
}

/// Whether the caller sees what is hidden or rounded of the release.
pub fn sees_concealed(call: &Call, kind: &KindDef, row: &Row) -> bool {
    Visibility::under(&call.actor, &kind.def, rule::READ_CONCEALED, call.now()).covers(row)
}

/// Whether the caller sees the observations. Those that were submitted before their indicator was protected are as they were
/// submitted until it is decided what the public sees of them.
fn is_shown(
    call: &Call,
    conn: &mut Conn,
    kind: &KindDef,
    row: &Row,
    release: &ReleaseObservations,
) -> Result<bool, Problem> {
    if release.profile.is_some() || release.valid_from.is_some() || sees_concealed(call, kind, row) {
        return Ok(true);
    }
    disclosure::is_unprotected(conn, release.indicator, call.now())
}

/// An observation as it was submitted, with the confidentiality status that it has in public.
fn as_submitted(public: ReleaseObservation, submitted: &CellSide) -> Option<ReleaseObservation> {
    let (obs, _) = submitted.statuses()?;
    Some(ReleaseObservation {
        value: submitted.value,
        numerator: submitted.numerator,
        denominator: submitted.denominator,
        obs_status: obs.code(),
        reason: submitted.reason.clone(),
        note: submitted.note.clone(),
        ..public
    })
}

fn observation(compared: &ComparedCell) -> Option<ReleaseObservation> {
    let cell = &compared.cell;
    let (frequency, period) = (cell.frequency()?, cell.period()?);
    let (obs, conf) = cell.statuses()?;
    Some(ReleaseObservation {
        series: cell.series_key.clone(),
        time_period: period.text(frequency),
        period: period.words(frequency),
        change: compared.change().name(),
        value_before: compared.previous_value(),
        value: cell.value(),
        numerator: cell.numerator(),
        denominator: cell.denominator(),
        obs_status: obs.code(),
        conf_status: conf.code(),
        complete: cell.is_complete(),
        reason: cell.reason.clone(),
        note: cell.note.clone(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::record::kind::object_schema;

    #[test]
    fn the_columns_of_the_csv_are_the_fields_of_the_json() {
        let schema = object_schema::<ReleaseObservation>();
        let fields: Vec<&String> = schema["properties"].as_object().unwrap().keys().collect();
        assert_eq!(fields, FIELDS);
        assert_eq!(schema["required"], json!(FIELDS));
    }
}
