//! What belongs to a record: the records that name it, kind by kind, as the lists of their kinds have them.

use serde_json::{Map, Value};

use super::block::{Block, items, text};
use super::list;
use super::reading::Reading;
use super::shown::label;
use crate::problem::Problem;
use crate::record::kind::{Filter, KindDef, Ty};

/// How many records of a kind are shown.
const SHOWN: usize = 10;

/// Kinds that a reader looks for at the page of a record. That there are none is said too.
const LOOKED_FOR: &[(&str, &str)] = &[
    ("fund", "grant"),
    ("meeting", "question"),
    ("objective", "action"),
    ("objective", "indicator"),
    ("objective", "pledge"),
    ("office_term", "pledge"),
    ("priority", "indicator"),
    ("priority", "pledge"),
    ("report", "recommendation"),
];

/// The records that name this one, each kind below its heading.
pub fn blocks(
    reading: &mut Reading<'_>,
    kind: &KindDef,
    fields: &Map<String, Value>,
) -> Result<Vec<Block>, Problem> {
    let id = fields.get("id").map(text).unwrap_or_default();
    // The scorecard of a plan has all of this, by what it is for.
    if id.is_empty() || kind.def.name == "plan" {
        return Ok(vec![]);
    }
    let state = reading.call.state.clone();
    let at = reading.same(&["as_of", "asOf"]);
    let mut blocks = vec![];
    let mut none = vec![];
    for other in state.kinds.iter().copied() {
        let Some(filter) = filter(reading, other, kind) else { continue };
        let at = if at.is_empty() { String::new() } else { format!("&{at}") };
        let (path, query) = (format!("/v1/{}", other.def.path), format!("{filter}={id}{at}"));
        let of_list = format!("list_{}", other.def.path.replace('-', "_"));
        let order = list::order(other).map(|order| format!("&sort={order}")).unwrap_or_default();
        let found = reading.other(&of_list, &[], &format!("{query}{order}&limit={SHOWN}"))?;
        let rows = items(&found["data"]);
        if rows.is_empty() {
            if found.is_object() && LOOKED_FOR.contains(&(kind.def.name, other.def.name)) {
                none.push(other.def.many);
            }
            continue;
        }
        blocks.push(Block::heading(2, &label(other.def.many)));
        blocks.extend(list::lines(reading.call, other, rows.to_vec(), Some(filter)));
        if found["page"]["next"].is_string() {
            let all = format!("All of these {}", other.def.many);
            blocks.push(Block::Links(vec![(format!("{path}?{query}"), all)]));
        }
    }
    if !none.is_empty() {
        let one = kind.def.one;
        blocks.push(Block::note(&format!("On record for this {one} there are no {}.", none.join(", no "))));
    }
    if let (true, Some(plan)) = (["priority", "objective"].contains(&kind.def.name), fields.get("plan")) {
        let address = format!("/v1/money?by={}&plan={}", kind.def.name, text(plan));
        let words = format!("Money, for each {} of the plan", kind.def.one);
        blocks.push(Block::Links(vec![(address, words)]));
    }
    Ok(blocks)
}

/// The parameter by which the list of a kind has only the records that name one of another kind.
fn filter(reading: &Reading<'_>, kind: &KindDef, named: &KindDef) -> Option<&'static str> {
    let is_own = |column: &&crate::record::kind::Column| {
        column.filter == Filter::Equal && matches!(column.ty, Ty::Ref(other) if other == named.def.name)
    };
    let column = kind.def.columns.iter().find(is_own).map(|column| column.name);
    let linked = || {
        let mut all = kind.def.linked.iter();
        let compared = |path: &str, through: Option<&str>| {
            let other = kind.reference_at(path)?.kind;
            match through {
                None => Some(other),
                Some(column) => {
                    reading.call.state.kind(other)?.reference_column(column).map(|(_, kind)| kind)
                }
            }
        };
        let is_own = |path: Option<&&'static str>, through| {
            path.and_then(|path| compared(path, through)) == Some(named.def.name)
        };
        all.find(|linked| is_own(linked.paths.first(), linked.through)).map(|linked| linked.name)
    };
    column.or_else(linked)
}
