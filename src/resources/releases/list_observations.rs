//! `GET /v1/releases/{id}/observations`: the observations of a release, compared with what is public.

use super::dto::{ReleaseContent, ReleaseObservation};
use crate::access::Action;
use crate::http::kinds::{self, list_reply, values};
use crate::http::operation::{Answer, Handler, Method, Operation};
use crate::http::paging::PageRequest;
use crate::http::{Call, Reply};
use crate::problem::Problem;
use crate::record::kind::KindDef;
use crate::resources::series::{self, ComparedCell};
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
    operation.description = "Returns the observations of a release. If the release is not public yet, those who may see it get each observation with what it would change (`inserted`, `revised`, `unchanged` or `deleted`) and the value that is public now, so that a second person can check them. The observations of a public release are returned as it published them.".to_owned();
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
    let mut cells = match series::of_release(conn, row.record)? {
        None => vec![],
        Some(release) => series::compared_cells(conn, &release, at, after, page_request.rows_to_read())?,
    };
    let page = page_request.truncate(&mut cells, |last| {
        vec![last.cell.series.into(), last.cell.starts.into(), last.cell.ends.into()]
    })?;
    list_reply(call, FIELDS, &values(cells.iter().filter_map(observation))?, &page)
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
