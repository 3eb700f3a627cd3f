//! Checks the content that a request sends, and what the caller may change in it.

use serde_json::{Map, Value};

use super::load::LoadedRecord;
use crate::clock::Id;
use crate::http::Call;
use crate::problem::{self, At, Fault, Problem};
use crate::record::circles::{self, Following, Naming, Start};
use crate::record::kind::{CrossRecordCheck, KindDef, READ_ONLY};
use crate::record::resolve::{self, PreviousNames};
use crate::record::version::Draft;
use crate::store::Conn;

/// A content to be checked, with the record that it is for.
pub struct NewContent<'a> {
    /// The record's kind.
    pub kind: &'static KindDef,
    /// The record's id.
    pub record: Id,
    /// The policing body's id.
    pub body: Option<Id>,
    /// The organisation that owns the record, by reference.
    pub owner: Option<String>,
    /// The previous version's content, if there is one.
    pub before: Option<&'a Value>,
    /// The names in that content.
    pub previous: PreviousNames,
    /// The content.
    pub content: Value,
    /// Why the change is made.
    pub reason: Option<String>,
}

/// Checks a content against the kind's rules and other records; 422 with these faults and all that it finds. The caller
/// has checked it against its schema.
pub fn check(
    call: &Call,
    conn: &mut Conn,
    new: NewContent<'_>,
    mut faults: Vec<Fault>,
) -> Result<Draft, Problem> {
    // A list that is too long is not looked up: its bound is there to spare that.
    if faults.iter().any(|fault| fault.code == "too_many") {
        return Err(Problem::unprocessable(faults));
    }
    let NewContent { kind, record, body, owner, before, previous, mut content, reason } = new;
    let mut not_found = vec![];
    let resolved = resolve::resolve(
        conn,
        kind,
        &mut content,
        &call.visibility(),
        &previous,
        &|name| call.state.has_workflow(name),
        &mut not_found,
    )?;
    problem::add_elsewhere(&mut faults, not_found);
    if let Some(content) = kind.check_content(content, &mut faults) {
        let check = CrossRecordCheck {
            record,
            body,
            owner: owner.as_deref(),
            before,
            content: &content,
            named: &resolved.single,
            links: &resolved.links,
            now: call.now(),
            drafts: true,
            publishing: false,
        };
        // Beside other faults too, so that all are told at once; but not where a name is at fault, since what other records
        // allow would be asked of the wrong ones.
        if !faults.iter().any(|fault| is_at_a_name(kind, fault)) {
            let mut others = vec![];
            let checked = kind.cross_check(conn, &check, &mut others);
            let names: Vec<Naming<'_>> =
                resolved.links.iter().map(|link| (link.reference, link.position, link.other)).collect();
            let start = Start { record, owner: owner.as_deref(), now: call.now() };
            circles::refuse(conn, kind, start, &names, Following::Drafts, &mut others)?;
            problem::add_elsewhere(&mut faults, others);
            if faults.is_empty() {
                checked?;
                return Ok(Draft { content, resolved, reason });
            }
        }
    }
    Err(Problem::unprocessable(faults))
}

/// Whether a fault is at a place where the content names another record.
fn is_at_a_name(kind: &KindDef, fault: &Fault) -> bool {
    let At::Pointer(pointer) = &fault.at else { return false };
    let is_index = |step: &str| step.bytes().all(|byte| byte.is_ascii_digit());
    let steps = pointer.split('/').skip(1).map(|step| if is_index(step) { "*" } else { step });
    kind.reference_at(&steps.collect::<Vec<&str>>().join("/")).is_some()
}

/// Removes a field, and returns its text.
pub fn take_text(input: &mut Value, field: &str) -> Option<String> {
    let value = input.as_object_mut()?.shift_remove(field)?;
    value.as_str().map(str::to_owned)
}

/// Whether a field is part of the envelope, or computed.
fn is_read_only(kind: &KindDef, name: &str) -> bool {
    READ_ONLY.contains(&name) || kind.computed_names().contains(&name)
}

/// Removes the fields that a request can repeat but not change. Adds a fault for each that has another value.
pub fn strip_read_only(
    input: &mut Value,
    record: &LoadedRecord,
    faults: &mut Vec<Fault>,
) -> Result<(), Problem> {
    let Some(object) = input.as_object_mut() else {
        return Ok(());
    };
    let computed = record.kind.computed_names();
    for field in READ_ONLY.iter().copied().chain(["reference"]).chain(computed) {
        let Some(value) = object.shift_remove(field) else {
            continue;
        };
        if record.as_read()?.get(field) != Some(&value) {
            let detail = match field {
                "reference" => "A reference never changes; leave it out, or send it unchanged.".to_owned(),
                _ => format!("A request cannot set `{field}`; leave it out, or send it unchanged."),
            };
            faults.push(Fault::pointer(format!("/{field}"), "read_only", detail));
        }
    }
    Ok(())
}

/// Adds a fault for each unknown field that a patch removes. The patched content does not show these to its schema.
pub fn refuse_unknown_removals(
    call: &Call,
    kind: &KindDef,
    patch: &Map<String, Value>,
    faults: &mut Vec<Fault>,
) {
    let known = call.state.schemas.field_names(kind);
    for (name, value) in patch {
        if !value.is_null() || is_read_only(kind, name) || known.contains(name) {
            continue;
        }
        let names: Vec<&str> = known.iter().map(String::as_str).collect();
        let detail = problem::unknown_name("field", name, &names);
        faults.push(Fault::pointer(format!("/{}", problem::step(name)), "unknown_member", detail));
    }
}

/// The fields of the input that the organisation may change to which the record is assigned; 403 if it changes others.
/// The input is compared with what the organisation reads, so that the refusal reveals nothing that is hidden from it.
pub fn only_assigned_fields(record: &LoadedRecord, input: Value) -> Result<Value, Problem> {
    let Value::Object(input) = input else { return Ok(input) };
    let kind = record.kind;
    let known = kind.field_names();
    let as_read = record.as_read()?;
    let mut allowed = Map::new();
    let mut faults = vec![];
    for (name, value) in input {
        if !known.contains(&name.as_str()) || kind.def.assigned_fields.contains(&name.as_str()) {
            allowed.insert(name, value);
        } else if as_read.get(&name) != Some(&value) {
            faults.push(Fault::pointer(
                format!("/{name}"),
                "not_yours",
                format!(
                    "Of a record that is assigned to you, you can change: {}.",
                    kind.def.assigned_fields.join(", ")
                ),
            ));
        }
    }
    if faults.is_empty() {
        return Ok(Value::Object(allowed));
    }
    Err(Problem::new(
        &problem::FORBIDDEN,
        "Only the record's office can change these fields; nothing was changed.",
    )
    .with(faults))
}

/// 403 where an organisation that a record is assigned to changes an item that is another organisation's, or adds one in its
/// name.
pub fn only_own_items(call: &Call, record: &LoadedRecord, content: &Value) -> Result<(), Problem> {
    let own = call.actor.organisation.as_ref().map(|organisation| organisation.reference.as_str());
    let before = record.row.content_value()?;
    let mut faults = vec![];
    for (list, by) in record.kind.def.assigned_by {
        let others = |content: &Value| -> Vec<(usize, Value)> {
            let items = content[*list].as_array().map_or(&[][..], Vec::as_slice).iter().enumerate();
            items.filter(|(_, item)| item[*by].as_str() != own).map(|(n, item)| (n, item.clone())).collect()
        };
        let (stored, sent) = (others(before), others(content));
        let is_stored = |item: &Value| stored.iter().any(|(_, stored)| stored == item);
        let added = sent.iter().filter(|(_, item)| !is_stored(item));
        faults.extend(added.map(|(n, _)| {
            let detail = "Write in the name of your own organisation, and leave what others wrote as it is.";
            Fault::pointer(format!("/{list}/{n}/{by}"), "not_yours", detail)
        }));
        let items = |all: Vec<(usize, Value)>| all.into_iter().map(|(_, item)| item).collect::<Vec<Value>>();
        if faults.is_empty() && items(stored.clone()) != items(sent) {
            let detail = "Leave what other organisations wrote there, in its order.";
            faults.push(Fault::pointer(format!("/{list}"), "not_yours", detail));
        }
    }
    if faults.is_empty() {
        return Ok(());
    }
    Err(Problem::new(
        &problem::FORBIDDEN,
        "You write only in your own organisation's name here; nothing was changed.",
    )
    .with(faults))
}
