//! The definition of the kind: its columns, references and rules.

use serde_json::Value;

use super::disclosure;
use super::dto::{self, IndicatorContent};
use super::observations_check;
use crate::access::rule;
use crate::problem::{Fault, Problem};
use crate::record::kind::{
    Column, ComputedFields, CrossRecordCheck, Definition, Include, Kind, Linked, Reference, Ty,
};
use crate::store::Conn;

pub struct Indicator;

impl Kind for Indicator {
    type Content = IndicatorContent;

    const DEFINITION: Definition = Definition {
        about: "An indicator: what is measured and how to read its values, with its targets, baselines and breaks.",
        rules: rule::OFFICE_WITH_ANALYST,
        columns: &[
            Column::new("slug", Ty::Text).equal().sorted().unique(),
            Column::new("title", Ty::Text).sorted(),
            Column::new("unit", Ty::Text).equal(),
            Column::new("polarity", Ty::Text).equal(),
            Column::new("frequency", Ty::Text).equal(),
            Column::new("disclosure_profile", Ty::Text).equal(),
        ],
        references: &[
            Reference::new("objectives/*", "objective", "measures").in_thread(),
            Reference::new("priorities/*", "priority", "measures").in_thread(),
        ],
        linked: &Linked::OF_OBJECTIVES_AND_PRIORITIES,
        includes: &[
            Include::Named { name: "objectives", path: "objectives/*" },
            Include::Named { name: "priorities", path: "priorities/*" },
        ],
        demo: include_str!("../../../demo/indicators.jsonl"),
        shown: "derbyshire-pcc:IND-ALL-CRIME",
        ..Definition::office("indicator", "indicators")
    };

    // `CHECKS_OTHER_RECORDS` stays false: an import has no observations that a check could find.
    fn cross_check(
        conn: &mut Conn,
        this: &CrossRecordCheck<'_>,
        faults: &mut Vec<Fault>,
    ) -> Result<(), Problem> {
        observations_check::cross_check(conn, this, faults)
    }

    const COMPUTED: Option<ComputedFields> =
        Some(ComputedFields { schema: disclosure::schema, in_lists: true, read: disclosure::computed });

    fn example() -> Value {
        dto::example()
    }
}
