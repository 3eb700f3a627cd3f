//! The definition of the kind: its columns, references and rules.

use serde_json::Value;

use super::checks;
use super::dto::{self, VerificationContent};
use crate::access::rule;
use crate::problem::{Fault, Problem};
use crate::record::kind::{Column, CrossRecordCheck, Definition, Include, Kind, Reference, Ty};
use crate::store::Conn;

pub struct Verification;

impl Kind for Verification {
    type Content = VerificationContent;

    const DEFINITION: Definition = Definition {
        title: "basis",
        about: "A verification: whether what an organisation reports about a recommendation was found to be so, by another organisation, on a given day and on what basis.",
        rules: rule::OWNERS,
        columns: &[
            Column::new("progress", Ty::Ref("progress")).equal(),
            Column::new("verified_by", Ty::Ref("organisation")).equal(),
            Column::new("on", Ty::Date).stored_as("on_day").range().sorted(),
            Column::new("finding", Ty::Text).equal(),
        ],
        references: &[
            Reference::new("progress", "progress", "verifies").in_thread(),
            Reference::new("verified_by", "organisation", "verified_by"),
        ],
        includes: &[
            Include::Named { name: "progress", path: "progress" },
            Include::Named { name: "verified_by", path: "verified_by" },
        ],
        words: &["evidence/*/summary", "note"],
        demo: include_str!("../../../demo/verifications.jsonl"),
        shown: "derbyshire-pcc:VER-CHILD-PROTECTION-2022",
        ..Definition::office("verification", "verifications")
    };

    const CHECKS_OTHER_RECORDS: bool = true;

    fn cross_check(
        conn: &mut Conn,
        this: &CrossRecordCheck<'_>,
        faults: &mut Vec<Fault>,
    ) -> Result<(), Problem> {
        checks::cross_check(conn, this, faults)
    }

    fn example() -> Value {
        dto::example()
    }
}
