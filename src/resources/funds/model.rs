//! The definition of the kind: its columns, references and rules.

use serde_json::Value;

use super::awards;
use super::dto::{self, FundContent};
use crate::access::rule;
use crate::problem::{Fault, Problem};
use crate::record::kind::{Column, CrossRecordCheck, Definition, Include, Kind, Linked, Reference, Ty};
use crate::resources::shared::YEARS;
use crate::store::Conn;

pub struct Fund;

impl Kind for Fund {
    type Content = FundContent;

    const DEFINITION: Definition = Definition {
        about: "A fund: money that a policing body receives or sets aside, with its amount and what the amount represents.",
        rules: rule::OFFICE,
        columns: &[
            Column::new("title", Ty::Text).sorted(),
            Column::new("direction", Ty::Text).equal(),
            Column::new("stage", Ty::Text).equal(),
            Column::new("financial_year", Ty::Text)
                .equal()
                .forms(YEARS)
                .sorted_nulls_last("financial_year_asc", "financial_year_desc"),
            Column::new("amount", Ty::Money).range().sorted_nulls_last("amount_asc", "amount_desc"),
            Column::new("giver", Ty::Ref("organisation")).equal(),
        ],
        references: &[
            Reference::new("giver", "organisation", "given_by"),
            Reference::new("objectives/*", "objective", "delivers").in_thread(),
            Reference::new("priorities/*", "priority", "delivers").in_thread(),
        ],
        linked: &Linked::OF_OBJECTIVES_AND_PRIORITIES,
        includes: &[
            Include::Named { name: "giver", path: "giver" },
            Include::Named { name: "objectives", path: "objectives/*" },
            Include::Named { name: "priorities", path: "priorities/*" },
            Include::Naming { name: "grants", kind: "grant", path: "fund" },
            Include::Naming { name: "services", kind: "service", path: "fund" },
        ],
        demo: include_str!("../../../demo/funds.jsonl"),
        shown: "derbyshire-pcc:FUND-ASB-2024",
        ..Definition::office("fund", "funds")
    };

    const CHECKS_OTHER_RECORDS: bool = true;

    fn cross_check(
        conn: &mut Conn,
        this: &CrossRecordCheck<'_>,
        faults: &mut Vec<Fault>,
    ) -> Result<(), Problem> {
        awards::fund(conn, this, faults)
    }

    fn example() -> Value {
        dto::example()
    }
}
