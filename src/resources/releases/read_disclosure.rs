//! `GET /v1/releases/{id}/disclosure`: what disclosure control hides of a release, why, and what protects it.

#![warn(missing_docs)]

use std::sync::atomic::{AtomicBool, Ordering};

use serde::Serialize;

use super::dto::ReleaseContent;
use super::list_observations::sees_concealed;
use super::summary::DisclosureHits;
use crate::access::rule::READ_CONCEALED;
use crate::http::kinds;
use crate::http::operation::{Answer, Handler, Method, Operation};
use crate::http::{Call, Reply};
use crate::problem::Problem;
use crate::record::kind::KindDef;
use crate::resources::disclosure::{self, Review};
use crate::resources::series;
use crate::stats::decimal::Scaled;
use crate::stats::disclosure::Shown;

/// A sum that a hidden observation belongs to.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct HiddenSum {
    /// The sum in words: the dimension, or `time`, the total, and its parts.
    #[schema(max_length = 700)]
    pub sum: String,
    /// The other hidden observations of the sum, which protect this one. Each is the key of its series and its period.
    #[schema(max_items = 50_000)]
    pub hidden_with: Vec<String>,
}

/// A hidden observation.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct HiddenObservation {
    /// The key of the series.
    #[schema(max_length = 400)]
    pub series: String,
    /// The period, in ISO 8601.
    #[serde(rename = "TIME_PERIOD")]
    #[schema(max_length = 40)]
    pub time_period: String,
    /// The period in words.
    #[schema(max_length = 60)]
    pub period: String,
    /// The value that was submitted. Null if it was hidden before.
    #[schema(value_type = Option<String>, required = true, max_length = 24)]
    pub value: Option<Scaled>,
    /// Why it is hidden: `primary` (1 to 4 people), `secondary` (it would give another away), `small_total` (1 to 4 people, and
    /// that it is so small would give its parts away; the public cannot tell it from a secondary one).
    #[schema(max_length = 16)]
    pub why: &'static str,
    /// SDMX's confidentiality status in public.
    #[serde(rename = "CONF_STATUS")]
    #[schema(max_length = 1)]
    pub conf_status: &'static str,
    /// The smallest value that the public can work out for it.
    #[schema(minimum = 0, maximum = 1_000_000_000_000_i64, format = "int64")]
    pub least: i64,
    /// The largest value that the public can work out for it. Null if there is no most.
    #[schema(required = true, minimum = 0, maximum = 1_000_000_000_000_i64, format = "int64")]
    pub most: Option<i64>,
    /// The sums that it belongs to, with what protects it in each.
    #[schema(max_items = 1000)]
    pub sums: Vec<HiddenSum>,
}

/// What disclosure control does with the observations of a release.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ReleaseDisclosure {
    /// The counts, and what the public could work out. Null if the indicator has the profile `none`.
    #[schema(required = true)]
    pub disclosure: Option<DisclosureHits>,
    /// The hidden observations.
    #[schema(max_items = 50_000)]
    pub hidden: Vec<HiddenObservation>,
}

/// The operation.
pub fn operation(kind: &'static KindDef) -> Operation {
    let mut operation = Operation::new(
        Method::Get,
        "/v1/releases/{id}/disclosure",
        "get_release_disclosure",
        READ_CONCEALED,
        Handler::Blocking(get),
    );
    operation.kind = Some(kind);
    operation.tag = kind.def.path;
    operation.path_params = vec![kinds::ID];
    operation.summary = "Read what disclosure control hides of a release".to_owned();
    operation.description = "For the office and the organisation that submitted the release; others get 404. Returns each hidden observation with its value, why it is hidden, what the public can work out of it, and the sums that it belongs to with the other hidden observations that protect it. `open` lists what the public could work out all the same: while there is anything, the release cannot be published (409, `disclosure_open`).".to_owned();
    operation.answers = vec![Answer::named(200, "What is hidden.", "ReleaseDisclosure")];
    operation.problems = vec![404, 410, 422, 503];
    operation.cost = 10;
    operation
}

/// Whether an audit is being worked out: one at a time, so that the others leave the processors to the rest.
static RUNNING: AtomicBool = AtomicBool::new(false);

/// The permit to work out an audit.
struct Permit;

impl Permit {
    fn take() -> Result<Permit, Problem> {
        match RUNNING.swap(true, Ordering::AcqRel) {
            false => Ok(Permit),
            true => Err(Problem::unavailable("another audit of disclosure is being worked out")),
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        RUNNING.store(false, Ordering::Release);
    }
}

fn get(call: &Call) -> Result<Reply, Problem> {
    let kind = kinds::kind_of(call)?;
    let read = call.db.snapshot(|conn| {
        let row = kinds::find(call, conn, kind, &call.visibility())?;
        if !sees_concealed(call, kind, &row) {
            return Err(Problem::not_found());
        }
        let content: ReleaseContent = row.content()?;
        let Some(release) = series::of_release(conn, row.record)? else { return Ok(None) };
        let review = Review::read(conn, &release, content.publication_moment(call.now()), call.now())?;
        Ok(review.map(|review| (release.number, review)))
    })?;
    let answer = match read {
        None => ReleaseDisclosure { disclosure: None, hidden: vec![] },
        Some((release, review)) => {
            let _permit = Permit::take()?;
            answer(release, review)?
        }
    };
    Reply::value(&answer)
}

fn answer(release: i64, review: Review) -> Result<ReleaseDisclosure, Problem> {
    let (content, plan) = review.plan()?;
    let bounds = plan.bounds()?;
    let sums = plan.sums_of();
    let hidden = plan.cells_of(release).filter_map(|planned| {
        let index = planned.index?;
        let Some(Shown::Hidden(hidden)) = plan.shown(planned) else { return None };
        let (least, most) = match bounds.get(&index) {
            Some(bounds) => (bounds.least, bounds.most),
            None => Shown::Hidden(hidden).range(),
        };
        let of_cell = sums.get(&index).into_iter().flatten();
        let of_cell = of_cell
            .take(1000)
            .map(|(sum, hidden_with)| HiddenSum { sum: sum.clone(), hidden_with: hidden_with.clone() });
        Some(HiddenObservation {
            series: planned.cell.series_key.clone(),
            time_period: planned.cell.period.text(planned.cell.frequency),
            period: planned.cell.period.words(planned.cell.frequency),
            value: planned.cell.submitted.value,
            why: disclosure::why(hidden),
            conf_status: hidden.statuses().1.code(),
            least,
            most,
            sums: of_cell.collect(),
        })
    });
    let hidden = hidden.collect();
    let hits = disclosure::hits(&content, &plan, release);
    Ok(ReleaseDisclosure { disclosure: Some(hits.into()), hidden })
}
