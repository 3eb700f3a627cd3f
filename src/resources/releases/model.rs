//! The kind: its columns, its links, its rules.

use serde_json::Value;

use super::checks;
use super::dto::{self, ReleaseContent};
use super::files::FILES;
use super::follow::follow;
use crate::access::rule;
use crate::problem::{Fault, Problem};
use crate::record::kind::{
    Column, CrossRecordCheck, Definition, Files, Include, Kind, LifecycleHook, Reference, Ty,
};
use crate::resources::series;
use crate::store::Conn;

/// The kind.
pub struct Release;

impl Kind for Release {
    type Content = ReleaseContent;

    const DEFINITION: Definition = Definition {
        // `release` is a word of SQL.
        table: "data_release",
        about: "A release: one publication of figures of one indicator. Its figures are handed in while it is a draft (`PUT /v1/releases/{id}/observations`), become public with it, and stay as they are; a correction is another release. When it is withdrawn they are not published any more, and what they replaced does not come back.",
        rules: rule::OFFICE_WITH_FIGURES,
        columns: &[
            Column::new("indicator", Ty::Ref("indicator")).equal(),
            Column::new("title", Ty::Text).sorted(),
        ],
        references: &[
            Reference {
                path: "indicator",
                kind: "indicator",
                rel: "publishes",
                inverse: true,
                thread: false,
            },
            Reference {
                path: "organisation",
                kind: "organisation",
                rel: "published_by",
                inverse: false,
                thread: false,
            },
        ],
        includes: &[
            Include::Named { name: "indicator", path: "indicator" },
            Include::Named { name: "organisation", path: "organisation" },
        ],
        companions: &[series::FIGURES],
        scrubbed: series::TABLES,
        demo: include_str!("../../../demo/releases.jsonl"),
        ..Definition::office("release", "releases")
    };

    fn check(content: &Self::Content, faults: &mut Vec<Fault>) {
        checks::check(content, faults);
    }

    // Nothing to say of what is imported: that has no figures yet.
    fn cross_check(
        conn: &mut Conn,
        this: &CrossRecordCheck<'_>,
        faults: &mut Vec<Fault>,
    ) -> Result<(), Problem> {
        checks::cross_check(conn, this, faults)
    }

    const FILES: Option<Files> = Some(FILES);

    const LIFECYCLE_HOOK: Option<LifecycleHook> = Some(follow);

    fn example() -> Value {
        dto::example()
    }
}
