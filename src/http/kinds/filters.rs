//! The filters of `GET /v1/{kind}`: by columns, by records that are named, by what is computed, by state.

use crate::clock::Id;
use crate::http::Call;
use crate::problem::{Fault, Problem};
use crate::record::kind::{Column, FilterOn, FilterValues, KindDef, Linked, Reference, Ty};
use crate::record::read;
use crate::record::resolve::no_such;
use crate::record::state::State;
use crate::record::visible::Visibility;
use crate::store::{Conn, Sql, Val};

/// The name of the filter by state.
pub const STATE: &str = "state";

/// A filter of the request: its column, the operator (`=`, `>=`, `<`), and the value.
pub type ColumnFilter = (Column, &'static str, Val);

/// The filters by columns. Several codes of one column are as many filters.
pub fn of_columns(
    call: &Call,
    conn: &mut Conn,
    kind: &KindDef,
    visibility: &Visibility,
    faults: &mut Vec<Fault>,
) -> Result<Vec<ColumnFilter>, Problem> {
    let mut all = vec![];
    for column in kind.def.all_columns() {
        for (suffix, operator) in [("", "="), ("[gte]", ">="), ("[lt]", "<")] {
            let name = format!("{}{suffix}", column.name);
            let codes = call.params.names(&name);
            all.extend(codes.iter().map(|(code, _)| (*column, operator, Val::from(code.as_str()))));
            if let Some(value) = filter_value(call, conn, column, &name, visibility, faults)? {
                all.push((*column, operator, value));
            }
        }
        let of = |operator| all.iter().find(|(of, one, _)| of.name == column.name && *one == operator);
        if let (Some((_, _, from)), Some((_, _, before))) = (of(">="), of("<")) {
            let name = column.name;
            match (from, before) {
                (Val::Int(from), Val::Int(before)) => require_order(name, Some(from), Some(before), faults),
                (Val::Date(from), Val::Date(before)) => require_order(name, Some(from), Some(before), faults),
                (Val::Text(from), Val::Text(before)) => require_order(name, Some(from), Some(before), faults),
                _ => {}
            }
        }
    }
    Ok(all)
}

/// Adds a fault if no value is at least `from` and less than `before`.
pub fn require_order<T: PartialOrd>(name: &str, from: Option<T>, before: Option<T>, faults: &mut Vec<Fault>) {
    if from.zip(before).is_some_and(|(from, before)| before <= from) {
        let detail =
            format!("`{name}[lt]` must be later or greater than `{name}[gte]`: otherwise nothing matches.");
        faults.push(Fault::parameter(format!("{name}[lt]"), "order", detail));
    }
}

fn filter_value(
    call: &Call,
    conn: &mut Conn,
    column: &Column,
    name: &str,
    visibility: &Visibility,
    faults: &mut Vec<Fault>,
) -> Result<Option<Val>, Problem> {
    if !call.params.has(name) {
        return Ok(None);
    }
    Ok(match column.ty {
        Ty::Text => call.params.text(name).map(Val::from),
        Ty::Int => call.params.int(name).map(Val::Int),
        Ty::Bool => Some(Val::Bool(call.params.flag(name))),
        Ty::Date => call.params.date(name).map(Val::Date),
        Ty::Money => call.params.pence(name).map(Val::Int),
        Ty::Ref(other) => record_filter(call, conn, name, other, visibility, faults)?.map(Val::Id),
    })
}

/// The record that a parameter names, if the request has it. Adds a fault if the caller sees no such record.
pub fn record_filter(
    call: &Call,
    conn: &mut Conn,
    param: &str,
    kind: &str,
    visibility: &Visibility,
    faults: &mut Vec<Fault>,
) -> Result<Option<Id>, Problem> {
    if !call.params.has(param) {
        return Ok(None);
    }
    let kind = call.state.kind(kind).ok_or_else(|| Problem::internal("a filter by an unknown kind"))?;
    let row = read::by_name(conn, kind, call.params.text(param).unwrap_or_default(), visibility)?;
    if row.is_none() {
        faults.push(Fault::parameter(param, "not_found", no_such(kind.def.name, kind.def.workflow)));
    }
    Ok(row.map(|row| row.record))
}

/// The conditions of the filters by records that are named. The database finds the records that name them, and then sorts
/// them: a provider has few of all services, a plan few of all indicators.
pub fn linked(
    call: &Call,
    conn: &mut Conn,
    kind: &KindDef,
    visibility: &Visibility,
    faults: &mut Vec<Fault>,
) -> Result<Vec<Sql>, Problem> {
    let mut all = vec![];
    for linked in kind.def.linked {
        let Some(compared) = compared(call, kind, linked) else { continue };
        if let Some(other) = record_filter(call, conn, linked.name, compared, visibility, faults)? {
            all.push(naming(call, kind, linked, other, visibility));
        }
    }
    Ok(all)
}

/// The kind of the record that the filter's parameter names.
fn compared(call: &Call, kind: &KindDef, linked: &Linked) -> Option<&'static str> {
    let named = kind.reference_at(linked.paths.first()?)?.kind;
    match linked.through {
        None => Some(named),
        Some(column) => call.state.kind(named)?.reference_column(column).map(|(_, kind)| kind),
    }
}

/// The condition on a version that names the record, or that names one that the reader sees and that names the record.
fn naming(call: &Call, kind: &KindDef, linked: &Linked, other: Id, visibility: &Visibility) -> Sql {
    let mut sql = Sql::new("(t.record, t.version) IN (");
    for (n, reference) in linked.paths.iter().filter_map(|path| kind.reference_at(path)).enumerate() {
        sql = sql.text(if n > 0 { " UNION ALL " } else { "" }).append(named_at(
            call,
            reference,
            linked.through,
            other,
            visibility,
        ));
    }
    sql.text(")")
}

fn named_at(
    call: &Call,
    reference: &Reference,
    through: Option<&str>,
    other: Id,
    visibility: &Visibility,
) -> Sql {
    let between = call.state.kind(reference.kind);
    let column = through.and_then(|name| Some((between?, between?.reference_column(name)?.0)));
    let sql = Sql::new("SELECT l.record, l.version FROM link l");
    let sql = match column {
        None => sql.text(" WHERE l.other = ").bind(other),
        Some((between, column)) => sql
            .text(" JOIN ")
            .text(between.def.table)
            .text(" o ON o.record = l.other WHERE o.")
            .text(column)
            .text(" = ")
            .bind(other)
            .text(" AND ")
            .append(visibility.filter_of(between.def.name, "o")),
    };
    sql.text(" AND l.rel = ").bind(reference.rel).text(" AND l.member = ").bind(reference.path)
}

/// The conditions of the filters by what is computed.
pub fn computed(call: &Call, kind: &KindDef, visibility: &Visibility) -> Vec<Sql> {
    let present = kind.filters.iter().filter(|filter| call.params.has(filter.name));
    present
        .map(|filter| {
            let flag = if call.params.flag(filter.name) { "true" } else { "false" };
            let values: Vec<&str> = match filter.values {
                FilterValues::Flag => vec![flag],
                FilterValues::Codes(_) => {
                    call.params.names(filter.name).iter().map(|(code, _)| code.as_str()).collect()
                }
            };
            (filter.condition)(&FilterOn { visibility, values: &values })
        })
        .collect()
}

/// The condition of the filter by state: the state that the response shows of each record. Callers who see only what
/// is published can filter by nothing else, so that the filter discloses nothing.
pub fn state(call: &Call, kind: &KindDef, visibility: &Visibility, faults: &mut Vec<Fault>) -> Option<Sql> {
    let names: Vec<&str> = call.params.names(STATE).iter().map(|(name, _)| name.as_str()).collect();
    let working: Vec<State> =
        State::WORKING.iter().copied().filter(|state| names.contains(&state.name())).collect();
    if names.is_empty() {
        return None;
    }
    if working.iter().any(|state| !visibility.shows_working_state(kind.def.name, *state)) {
        let detail = match call.params.has("as_of") {
            true => {
                "With `as_of` a list has only what was published, so no other state can match. Leave one of the two out."
            }
            false => {
                "You named a state in which you never see these records, so it cannot match. Name only states that you can see, such as `published`. The office can filter by every state with its token."
            }
        };
        faults.push(Fault::parameter(STATE, "never_matches", detail));
        return None;
    }
    let published = names.contains(&State::Published.name());
    let hidden = |states: &[State]| {
        // The states are spelled out as in the index `record_version_working`, so that SQLite uses it too.
        Sql::new("(t.record, t.version) IN (SELECT w.record, w.version FROM record_version w WHERE w.listed AND w.is_head
             AND w.head_state IN ('draft', 'submitted', 'panel_shared') AND w.kind = ")
            .bind(kind.def.name)
            .text(" AND w.head_state IN (")
            .bind_all(states.iter().copied())
            .text("))")
    };
    let is_working = |states: &[State]| {
        Sql::new("(t.is_head AND t.head_state IN (").bind_all(states.iter().copied()).text("))")
    };
    match (published, working.as_slice()) {
        (false, states) => Some(hidden(states)),
        (true, states) if states.len() == State::WORKING.len() => None,
        (true, []) => Some(Sql::new("NOT ").append(is_working(State::WORKING))),
        (true, states) => Some(
            Sql::new("(NOT ")
                .append(is_working(State::WORKING))
                .text(" OR ")
                .append(is_working(states))
                .text(")"),
        ),
    }
}
