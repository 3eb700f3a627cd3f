//! The definition of the kind: its columns, references and rules.

use serde::Deserialize;
use serde_json::Value;

use super::dto::{self, BodyContent};
use crate::problem::{Fault, Problem};
use crate::record::kind::{Column, CrossRecordCheck, Definition, Include, Kind, Reference, Ty};
use crate::store::Conn;

pub struct PolicingBody;

impl Kind for PolicingBody {
    type Content = BodyContent;

    const DEFINITION: Definition = Definition {
        one: "policing body",
        many: "policing bodies",
        title: "name",
        about: "A policing body, such as a Police and Crime Commissioner. Every membership belongs to one, and every role's access ends at it.",
        columns: &[Column::new("name", Ty::Text).sorted(), Column::new("body_kind", Ty::Text).equal()],
        references: &[
            Reference::new("area", "area", "polices"),
            Reference::new("predecessors/*", "policing_body", "succeeds").in_thread(),
        ],
        includes: &[
            Include::Named { name: "area", path: "area" },
            Include::Named { name: "predecessors", path: "predecessors/*" },
            Include::Naming { name: "successors", kind: "policing_body", path: "predecessors/*" },
        ],
        added: &["coverage"],
        demo: include_str!("../../../demo/bodies.jsonl"),
        shown: "derbyshire-pcc",
        ..Definition::reference("policing_body", "bodies")
    };

    const CHECKS_OTHER_RECORDS: bool = true;

    fn cross_check(
        _: &mut Conn,
        this: &CrossRecordCheck<'_>,
        faults: &mut Vec<Fault>,
    ) -> Result<(), Problem> {
        let content = BodyContent::deserialize(this.content).map_err(Problem::internal)?;
        let today = this.now.day();
        for (n, coverage) in content.coverage.iter().flatten().enumerate() {
            if coverage.from > today {
                let detail = format!(
                    "{} is to come, and only what is past can be complete. Give a day until today.",
                    coverage.from
                );
                faults.push(Fault::pointer(format!("/coverage/{n}/from"), "out_of_range", detail));
            }
        }
        Ok(())
    }

    fn example() -> Value {
        dto::example()
    }
}
