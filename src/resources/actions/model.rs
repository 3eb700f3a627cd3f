//! The definition of the kind: its columns, references and rules.

use chrono::NaiveDate;
use serde_json::Value;

use super::dto::{self, ActionContent};
use crate::access::rule;
use crate::record::kind::{
    Column, ComputedFilter, Definition, FilterOn, FilterValues, Include, Kind, Linked, Reference, Ty,
};
use crate::resources::shared::FINISHED;
use crate::store::Sql;

pub struct Action;

impl Kind for Action {
    type Content = ActionContent;

    const DEFINITION: Definition = Definition {
        title: "wording",
        about: "An action: a step towards an objective, with its lead, its partners, and its status with dated evidence.",
        rules: rule::OFFICE_WITH_ASSIGNED,
        columns: &[
            Column::new("objective", Ty::Ref("objective")).equal(),
            Column::new("number", Ty::Int),
            Column::new("verb", Ty::Text).equal(),
            Column::new("status", Ty::Text).equal(),
            Column::new("assigned_organisation", Ty::Ref("organisation")).equal(),
            Column::new("due", Ty::Date).range().sorted_nulls_last("due_asc", "due_desc"),
        ],
        references: &[
            Reference::new("objective", "objective", "part_of").in_thread(),
            Reference::new("partners/*", "organisation", "partner"),
            Reference::new("assigned_organisation", "organisation", "assigned_to"),
        ],
        linked: &[
            Linked::new("plan", &["objective"]).through("plan"),
            Linked::new("priority", &["objective"]).through("priority"),
        ],
        includes: &[
            Include::Named { name: "objective", path: "objective" },
            Include::Named { name: "partners", path: "partners/*" },
            Include::Named { name: "assigned_organisation", path: "assigned_organisation" },
        ],
        assigned: Some("assigned_organisation"),
        assigned_fields: &["status", "status_evidence"],
        words: &["status_evidence/*/summary", "note"],
        demo: include_str!("../../../demo/actions.jsonl"),
        shown: "derbyshire-pcc:ACT-3-2",
        ..Definition::office("action", "actions")
    };

    const FILTERS: &'static [ComputedFilter] = &[ComputedFilter {
        name: "overdue",
        about: "With `true`, only actions whose `due` is before today in Europe/London and that are neither completed nor discontinued; with `false`, only the others. With `as_of`, today is the day of that moment.",
        values: FilterValues::Flag,
        condition: overdue,
    }];

    fn example() -> Value {
        dto::example()
    }
}

/// The condition of the filter `overdue`. Every action has a status.
fn overdue(on: &FilterOn<'_>) -> Sql {
    match on.values {
        ["true"] => is_overdue(on.visibility.moment().day()),
        _ => is_not_overdue(on.visibility.moment().day()),
    }
}

/// The condition that the action `t` is overdue on a day.
pub fn is_overdue(today: NaiveDate) -> Sql {
    Sql::new("t.due < ").bind(today).text(" AND NOT ").append(is_finished())
}

fn is_not_overdue(today: NaiveDate) -> Sql {
    Sql::new("(t.due IS NULL OR t.due >= ").bind(today).text(" OR ").append(is_finished()).text(")")
}

fn is_finished() -> Sql {
    Sql::new("t.status IN (").bind_all(FINISHED.iter().copied()).text(")")
}
