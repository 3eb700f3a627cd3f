//! An entry of the change feed, as the API shows it.

use std::collections::HashMap;

use serde::Serialize;

use crate::clock::{Id, Ts};
use crate::http::Call;
use crate::record::changes::ChangeRow;
use crate::record::event::Event;
use crate::record::kind::KindDef;
use crate::resources::releases::Release;
use crate::resources::series::ReleaseObservations;
use crate::resources::statements::VerdictChange;
use crate::stats::words::capitalised;

/// How the observations of a release changed what was public. `GET /v1/releases/{id}/observations` has each cell.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct FiguresChange {
    /// The number of cells in the release.
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    pub cells: i64,
    /// The number of new cells.
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    pub inserted: i64,
    /// The number of revised cells.
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    pub revised: i64,
    /// The number of unchanged cells.
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    pub unchanged: i64,
    /// The number of deleted cells.
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    pub deleted: i64,
    /// When they were first published, here or elsewhere.
    #[schema(value_type = Option<String>, format = "date-time", max_length = 32)]
    pub published_at: Option<Ts>,
}

/// A change, as the feed shows it.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Change {
    /// The id of this entry.
    #[schema(value_type = String, format = "uuid", max_length = 36)]
    pub id: Id,
    /// The event. The public sees `published`, `withdrawn`, `redacted` and `verdict_changed` (of a statement); the office also sees `created`, `edited`,
    /// `submitted`, `returned`, `approved`, `shared` and `scheduled`.
    #[schema(max_length = 16)]
    pub event: String,
    /// When it happened.
    #[schema(value_type = String, format = "date-time", max_length = 32)]
    pub at: Ts,
    /// The id of the record.
    #[schema(value_type = String, format = "uuid", max_length = 36)]
    pub record: Id,
    /// The kind of the record.
    #[schema(max_length = 64)]
    pub kind: String,
    /// The reference of the record.
    #[schema(max_length = 64)]
    pub reference: String,
    /// The reference of the record's policing body.
    #[schema(max_length = 64)]
    pub body: Option<String>,
    /// The number of the publication, for events of a publication.
    #[schema(minimum = 1, maximum = 1000000)]
    pub version: Option<i64>,
    /// The address of the record.
    #[serde(rename = "self")]
    #[schema(max_length = 200)]
    pub self_link: String,
    /// The reason for a withdrawal.
    #[schema(max_length = 2000)]
    pub reason: Option<String>,
    /// The reference of the office that withdrew the record.
    #[schema(max_length = 64)]
    pub withdrawn_by: Option<String>,
    /// How the observations of a release changed what was public, when they are published or withdrawn.
    pub figures: Option<FiguresChange>,
    /// The title of the version. Null where the record was withdrawn, its content destroyed, or where you may not read the version.
    #[schema(max_length = 4000)]
    pub title: Option<String>,
    /// What happened, in a sentence.
    #[schema(max_length = 8000)]
    pub sentence: String,
    /// How the verdict on a statement changed, for `verdict_changed`.
    pub verdict: Option<VerdictChange>,
}

/// Whether a change is one of observations: the first publication of a record that has them, or its withdrawal.
pub fn changes_observations(call: &Call, row: &ChangeRow) -> bool {
    let has_observations = || call.state.kind(&row.kind).is_some_and(|kind| kind.is::<Release>());
    let first = row.event == Event::Published && row.publication == Some(1);
    row.public && (first || row.event == Event::Withdrawn) && has_observations()
}

/// What entries say besides their row.
pub struct Details {
    /// The observations of the releases.
    pub figures: HashMap<Id, ReleaseObservations>,
    /// How verdicts changed, by statement and moment.
    pub verdicts: HashMap<(Id, Ts), VerdictChange>,
}

/// The entry of a row, with `net` as what all changes of its record come to; none if its kind is no more.
pub fn change(call: &Call, row: &ChangeRow, details: &Details, net: bool) -> Option<Change> {
    let kind = call.state.kind(&row.kind)?;
    let figures = details.figures.get(&row.record).filter(|_| changes_observations(call, row));
    let verdict = details.verdicts.get(&(row.record, row.at)).filter(|_| row.event == Event::VerdictChanged);
    let title = row.title.clone().filter(|title| !title.is_empty());
    let withdrawn = matches!(row.event, Event::Withdrawn | Event::Redacted);
    Some(Change {
        id: row.id,
        event: row.event.name().to_owned(),
        at: row.at,
        record: row.record,
        kind: row.kind.clone(),
        reference: row.reference.clone(),
        body: row.body_reference.clone(),
        version: row.publication,
        self_link: kind.self_link(row.record),
        reason: row.withdrawn_reason.clone().filter(|_| withdrawn),
        withdrawn_by: row.office.clone().filter(|_| withdrawn),
        sentence: match verdict {
            Some(verdict) => {
                let record = named(kind, row, title.as_deref());
                match verdict.before == verdict.after {
                    true => format!("The verdict on {record} changed and is `{}` again.", verdict.after),
                    false => {
                        format!(
                            "The verdict on {record} was `{}` and is now `{}`.",
                            verdict.before, verdict.after
                        )
                    }
                }
            }
            None => sentence(kind, row, title.as_deref(), figures, net),
        },
        title,
        verdict: verdict.cloned(),
        figures: figures.map(|figures| FiguresChange {
            cells: figures.cells,
            inserted: figures.counts.inserted,
            revised: figures.counts.revised,
            unchanged: figures.counts.unchanged,
            deleted: figures.counts.deleted,
            published_at: figures.valid_from,
        }),
    })
}

/// The record by its title, then its kind and reference.
fn named(kind: &KindDef, row: &ChangeRow, title: Option<&str>) -> String {
    let (one, reference) = (kind.def.one, &row.reference);
    match title {
        Some(title) => format!("“{title}” ({one} {reference})"),
        None => format!("the {one} {reference}"),
    }
}

/// What happened to the record, in a sentence: with `net`, what all its changes since a moment come to.
fn sentence(
    kind: &KindDef,
    row: &ChangeRow,
    title: Option<&str>,
    figures: Option<&ReleaseObservations>,
    net: bool,
) -> String {
    let record = named(kind, row, title);
    let happened = match row.event {
        Event::Created => "was drafted",
        Event::Edited => "was edited",
        Event::Submitted => "was submitted",
        Event::Returned => "was returned to its authors",
        Event::Approved => "was approved",
        Event::Shared => "was shared with the Panel",
        Event::Scheduled => "was scheduled for publication",
        Event::Published if net && !row.was_public => "was published",
        Event::Published if row.publication.is_some_and(|number| number > 1) => "was changed",
        Event::Published => "was published",
        Event::Withdrawn if net && !row.was_public => "was published and withdrawn again",
        Event::Withdrawn => "was withdrawn",
        Event::Redacted if row.is_withdrawn => "was withdrawn, and its content destroyed",
        Event::Redacted => "lost content that must not be kept",
        Event::VerdictChanged => "was judged anew",
    };
    let figures = figures.map(|figures| {
        let counts = &figures.counts;
        let parts = [(counts.inserted, "new"), (counts.revised, "revised"), (counts.deleted, "deleted")];
        let words: Vec<String> =
            parts.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
        match words.is_empty() {
            true => ", without a change of figures".to_owned(),
            false => format!("; figures: {}", words.join(", ")),
        }
    });
    format!("{} {happened}{}.", capitalised(&record), figures.unwrap_or_default())
}
