//! SQL conditions on links, for counts and sums: a link counts where the reader sees both the version that has it and the
//! record that it names.

use crate::clock::Id;
use crate::record::visible::Visibility;
use crate::store::Sql;

/// The version `t` names an objective or a priority: any, or one of a plan. A pledge is fulfilled by it, money
/// delivers it, an indicator measures it.
pub fn names_objective_or_priority(visibility: &Visibility, plan: Option<Id>) -> Sql {
    Sql::new("(")
        .append(names_one(visibility, plan, "objectives/*", "objective"))
        .text(" OR ")
        .append(names_one(visibility, plan, "priorities/*", "priority"))
        .text(")")
}

fn names_one(visibility: &Visibility, plan: Option<Id>, field: &'static str, kind: &'static str) -> Sql {
    let mut sql = Sql::new("EXISTS (SELECT 1 FROM link l JOIN ")
        .text(kind)
        .text(" o ON o.record = l.other WHERE l.record = t.record AND l.version = t.version AND l.member = ")
        .bind(field);
    if let Some(plan) = plan {
        sql = sql.text(" AND o.plan = ").bind(plan);
    }
    sql.text(" AND ").append(visibility.filter_of(kind, "o")).text(")")
}

/// An indicator of the same body names the record `t` in this field, and so measures it.
pub fn measured(visibility: &Visibility, field: &'static str) -> Sql {
    Sql::new(
        "EXISTS (SELECT 1 FROM link l JOIN indicator i ON i.record = l.record AND i.version = l.version
         WHERE l.other = t.record AND l.rel = 'measures' AND i.body = t.body AND l.member = ",
    )
    .bind(field)
    .text(" AND ")
    .append(visibility.filter_of("indicator", "i"))
    .text(")")
}

/// A response of the same body that was given by today answers the recommendation `t`.
pub fn answered(visibility: &Visibility) -> Sql {
    Sql::new(
        "EXISTS (SELECT 1 FROM link l JOIN response a ON a.record = l.record AND a.version = l.version
         WHERE l.other = t.record AND l.member = 'answers/*/recommendation' AND a.body = t.body AND a.responded_on <= ",
    )
    .bind(visibility.moment().day())
    .text(" AND ")
    .append(visibility.filter_of("response", "a"))
    .text(")")
}
