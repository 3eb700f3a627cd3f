//! The kind `release`: its columns, references and rules.

use serde_json::Value;

use super::bundle_files::FILES;
use super::checks;
use super::dto::{self, ReleaseContent};
use super::lifecycle_hook::lifecycle_hook;
use crate::access::rule;
use crate::problem::{Fault, Problem};
use crate::record::kind::{
    Column, CrossRecordCheck, Definition, Files, Include, Kind, LifecycleHook, Reference, Ty,
};
use crate::resources::series;
use crate::store::Conn;

pub struct Release;

impl Kind for Release {
    type Content = ReleaseContent;

    const DEFINITION: Definition = Definition {
        // `release` is a reserved word of SQL.
        table: "data_release",
        about: "A release: one publication of observations of one indicator. Its observations are submitted while it is a draft (`PUT /v1/releases/{id}/observations`), become public with it, and do not change after that: a correction is another release. If it is withdrawn, its observations are no longer published, and the values that they replaced do not come back.",
        rules: rule::OFFICE_WITH_FIGURES,
        columns: &[
            Column::new("indicator", Ty::Ref("indicator")).equal(),
            Column::new("title", Ty::Text).sorted(),
        ],
        references: &[
            Reference::new("indicator", "indicator", "publishes").inverse(),
            Reference::new("organisation", "organisation", "published_by"),
        ],
        includes: &[
            Include::Named { name: "indicator", path: "indicator" },
            Include::Named { name: "organisation", path: "organisation" },
        ],
        companions: &[series::COMPANION],
        scrubbed: series::CONTENT_TABLES,
        demo: include_str!("../../../demo/releases.jsonl"),
        ..Definition::office("release", "releases")
    };

    // `CHECKS_OTHER_RECORDS` stays false: an imported release has no observations yet.
    fn cross_check(
        conn: &mut Conn,
        this: &CrossRecordCheck<'_>,
        faults: &mut Vec<Fault>,
    ) -> Result<(), Problem> {
        checks::cross_check(conn, this, faults)
    }

    const FILES: Option<Files> = Some(FILES);

    const LIFECYCLE_HOOK: Option<LifecycleHook> = Some(lifecycle_hook);

    fn example() -> Value {
        dto::example()
    }
}
