//! Resolves the names in a content to the records that they name.
//!
//! A request can name another record by id or by reference. The content stores the reference, which is readable,
//! portable and never changes; the kind's table and the links store the id. A name of nothing and a name of a record
//! that the caller cannot see are the same fault.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use diesel::prelude::*;
use diesel::sql_types as st;
use serde_json::Value;

use super::kind::{KindDef, Reference};
use super::link::Link;
use super::links::{self, LinkRow};
use super::read::Name;
use super::visible::Visibility;
use crate::clock::{Id, Ts};
use crate::problem::{Fault, Problem};
use crate::store::types::{Tstz, Uid};
use crate::store::{Conn, Sql};

/// A record that a content names.
#[derive(Clone, Debug, QueryableByName)]
pub struct NamedRecord {
    /// The record's id.
    #[diesel(sql_type = Uid)]
    pub id: Id,
    /// The record's kind.
    #[diesel(sql_type = st::Text)]
    pub kind: String,
    /// The record's reference.
    #[diesel(sql_type = st::Text)]
    pub reference: String,
    /// The policing body's reference.
    #[diesel(sql_type = st::Nullable<st::Text>)]
    pub body_reference: Option<String>,
    /// The policing body's id.
    #[diesel(sql_type = st::Nullable<Uid>)]
    pub body: Option<Id>,
    /// The moment from which the version is public.
    #[diesel(sql_type = st::Nullable<Tstz>)]
    pub public_from: Option<Ts>,
}

impl NamedRecord {
    /// The name that a content stores: `body:REFERENCE`, or `reference` for reference data.
    pub fn name(&self) -> String {
        match &self.body_reference {
            Some(body) => format!("{body}:{}", self.reference),
            None => self.reference.clone(),
        }
    }
}

/// The records that a content names.
#[derive(Clone, Debug, Default)]
pub struct Resolved {
    /// The links, in order.
    pub links: Vec<Link>,
    /// The id of the first record that each reference names, by the reference's path.
    pub single: BTreeMap<&'static str, Id>,
}

/// The names in the previous version's content. An edit can keep them, also where the record was withdrawn since, or
/// where the editor cannot see it.
#[derive(Clone, Debug, Default)]
pub struct PreviousNames(HashMap<(&'static str, String), Id>);

impl PreviousNames {
    /// The names of a version, from its content and its links.
    pub fn of(kind: &KindDef, content: &Value, links: &[LinkRow]) -> PreviousNames {
        let mut names = HashMap::new();
        for reference in kind.references() {
            let mut found = vec![];
            collect(content, reference.path, reference, String::new(), &mut found);
            for place in found {
                let mut others = links.iter().filter(|link| link.member == reference.path);
                if let Some(link) = others.find(|link| link.position == place.position()) {
                    names.insert((reference.path, place.text), link.other);
                }
            }
        }
        PreviousNames(names)
    }
}

/// A name in a content.
#[derive(Clone, Debug)]
pub struct NameInContent {
    /// The reference that it belongs to.
    pub reference: Reference,
    /// The JSON Pointer to it.
    pub pointer: String,
    /// The name.
    pub text: String,
}

impl NameInContent {
    /// The position in the list, or lists: where the path has `*`, the pointer has a number. Items that name nothing count
    /// too.
    fn position(&self) -> i64 {
        let steps = self.reference.path.split('/').zip(self.pointer.split('/').skip(1));
        links::position(steps.filter(|(step, _)| *step == "*").filter_map(|(_, index)| index.parse().ok()))
    }
}

/// All names in a content.
pub fn names(kind: &KindDef, content: &Value) -> Vec<NameInContent> {
    let mut found = vec![];
    for reference in kind.references() {
        collect(content, reference.path, reference, String::new(), &mut found);
    }
    found
}

/// Resolves all names in a content and replaces them by references. Adds a fault for each name that is not found.
///
/// `has_workflow` says of a kind, by name, whether its records belong to a body.
pub fn resolve(
    conn: &mut Conn,
    kind: &KindDef,
    content: &mut Value,
    visibility: &Visibility,
    previous: &PreviousNames,
    has_workflow: &dyn Fn(&str) -> bool,
    faults: &mut Vec<Fault>,
) -> Result<Resolved, Problem> {
    let found = names(kind, content);
    let records = look_up(conn, &found, visibility, has_workflow)?;
    let record_of = |place: &NameInContent| {
        // An unchanged name keeps its record, even if another record has the name by now.
        let unchanged = previous.0.get(&(place.reference.path, place.text.clone()));
        let named = unchanged.map(|id| (*id, place.text.clone())).or_else(|| {
            let record = records.get(&(place.reference.kind, place.text.clone()))?;
            Some((record.id, record.name()))
        });
        named.ok_or_else(|| not_found(place, has_workflow))
    };
    Ok(replace_names(content, found, &record_of, faults))
}

/// The fault of a name that is not found.
pub fn not_found(place: &NameInContent, has_workflow: &dyn Fn(&str) -> bool) -> Fault {
    let kind = place.reference.kind;
    Fault::pointer(place.pointer.clone(), "not_found", no_such(kind, has_workflow(kind)))
}

/// Returns the id of the record that a name means, and the name that a content stores.
pub type RecordOf<'a> = &'a dyn Fn(&NameInContent) -> Result<(Id, String), Fault>;

/// Replaces the names in a content by those that are stored. Adds a fault for each name that `record_of` does not find.
pub fn replace_names(
    content: &mut Value,
    found: Vec<NameInContent>,
    record_of: RecordOf<'_>,
    faults: &mut Vec<Fault>,
) -> Resolved {
    let mut resolved = Resolved::default();
    for place in found {
        let (id, name) = match record_of(&place) {
            Ok(record) => record,
            Err(fault) => {
                faults.push(fault);
                continue;
            }
        };
        if let Some(value) = content.pointer_mut(&place.pointer) {
            *value = Value::String(name);
        }
        resolved.links.push(Link {
            reference: place.reference.path,
            position: place.position(),
            rel: place.reference.rel,
            inverse: place.reference.inverse,
            other: id,
        });
        resolved.single.entry(place.reference.path).or_insert(id);
    }
    refuse_duplicates(&resolved, faults);
    resolved
}

/// The text of the fault, the same for a name of nothing and for a record that the caller cannot see.
pub fn no_such(kind: &str, workflow: bool) -> String {
    let how = match workflow {
        true => "Give its id, or its body and reference as `body:REFERENCE`.",
        false => "Give its id or its reference.",
    };
    format!("No {} of this name is on record here. {how}", kind.replace('_', " "))
}

/// Adds a fault for each record that a list names again. Sources can be named again, with another locator.
fn refuse_duplicates(resolved: &Resolved, faults: &mut Vec<Fault>) {
    let mut seen = HashSet::new();
    for link in &resolved.links {
        let mut list = links::indices(link.reference, link.position);
        list.pop();
        let again = !seen.insert((link.reference, list, link.other));
        if again && link.reference.ends_with("/*") {
            faults.push(Fault::pointer(
                links::pointer(link.reference, link.position),
                "duplicate",
                "This record is already named in the list; name it once.",
            ));
        }
    }
}

fn collect(
    value: &Value,
    path: &str,
    reference: &Reference,
    pointer: String,
    found: &mut Vec<NameInContent>,
) {
    if path.is_empty() {
        if let Value::String(text) = value {
            found.push(NameInContent { reference: *reference, pointer, text: text.clone() });
        }
        return;
    }
    let (step, rest) = path.split_once('/').unwrap_or((path, ""));
    match (step, value) {
        ("*", Value::Array(items)) => {
            for (n, item) in items.iter().enumerate() {
                collect(item, rest, reference, format!("{pointer}/{n}"), found);
            }
        }
        (field, Value::Object(object)) => {
            if let Some(value) = object.get(field) {
                collect(value, rest, reference, format!("{pointer}/{field}"), found);
            }
        }
        _ => {}
    }
}

/// Records by kind and name.
pub type NamedRecords = HashMap<(&'static str, String), NamedRecord>;

/// Looks up the records of some names, in one or two queries for each kind.
pub fn look_up(
    conn: &mut Conn,
    found: &[NameInContent],
    visibility: &Visibility,
    has_workflow: &dyn Fn(&str) -> bool,
) -> Result<NamedRecords, Problem> {
    let mut by_kind: BTreeMap<&'static str, BTreeSet<&str>> = BTreeMap::new();
    for place in found {
        by_kind.entry(place.reference.kind).or_default().insert(&place.text);
    }
    let mut records = HashMap::new();
    for (kind, texts) in by_kind {
        let names: Vec<(&str, Name)> = texts
            .into_iter()
            .filter_map(|text| Name::parse_as(has_workflow(kind), text).map(|name| (text, name)))
            .collect();
        for chunk in names.chunks(200) {
            for record in look_up_kind(conn, kind, chunk, visibility)? {
                for (text, name) in chunk {
                    let same = match name {
                        Name::Id(id) => *id == record.id,
                        Name::InBody(..) | Name::Shared(_) => *text == record.name(),
                    };
                    if same {
                        records.insert((kind, (*text).to_owned()), record.clone());
                    }
                }
            }
        }
    }
    Ok(records)
}

fn look_up_kind(
    conn: &mut Conn,
    kind: &'static str,
    names: &[(&str, Name)],
    visibility: &Visibility,
) -> Result<Vec<NamedRecord>, Problem> {
    let ids: Vec<Id> =
        names.iter().filter_map(|(_, name)| if let Name::Id(id) = name { Some(*id) } else { None }).collect();
    let references: Vec<String> = names
        .iter()
        .filter_map(|(_, name)| match name {
            Name::Id(_) => None,
            Name::InBody(_, reference) | Name::Shared(reference) => Some(reference.clone()),
        })
        .collect();
    let select = |condition: Sql| {
        Sql::new("SELECT v.record AS id, v.kind, v.reference, v.body_reference, v.body, v.public_from FROM record_version v WHERE v.kind = ")
            .bind(kind)
            .text(" AND ")
            .append(condition)
            .text(" AND ")
            .append(visibility.filter_of(kind, "v"))
            .one_off()
    };
    let mut rows: Vec<NamedRecord> = vec![];
    if !ids.is_empty() {
        rows.extend(select(Sql::new("v.record IN (").bind_all(ids).text(")")).load::<NamedRecord>(conn)?);
    }
    if !references.is_empty() {
        rows.extend(
            select(Sql::new("v.reference IN (").bind_all(references).text(")")).load::<NamedRecord>(conn)?,
        );
    }
    Ok(rows)
}

/// Those of some records that are not public at a moment. A publication can name only records that the public can
/// follow. A record that was public and is withdrawn counts as public: its tombstone is.
pub fn not_public(conn: &mut Conn, others: &[Id], moment: Ts) -> Result<Vec<Id>, Problem> {
    #[derive(QueryableByName)]
    struct Public {
        #[diesel(sql_type = Uid)]
        id: Id,
    }
    let mut public: Vec<Id> = vec![];
    for chunk in others.chunks(500) {
        let rows: Vec<Public> = Sql::new("SELECT r.id FROM record r WHERE r.id IN (")
            .bind_all(chunk.iter().copied())
            .text(") AND (r.was_public AND r.withdrawn_at IS NOT NULL OR EXISTS (SELECT 1 FROM record_version v WHERE v.record = r.id AND v.listed AND v.public_from <= ")
            .bind(moment)
            .text(" AND v.public_to > ")
            .bind(moment)
            .text("))")
            .one_off()
            .load(conn)?;
        public.extend(rows.into_iter().map(|row| row.id));
    }
    Ok(others.iter().copied().filter(|id| !public.contains(id)).collect())
}

/// Those of some records that belong to another owner than a record does.
pub fn of_other_owners(conn: &mut Conn, record: Id, others: &[Id]) -> Result<Vec<Id>, Problem> {
    #[derive(QueryableByName)]
    struct Other {
        #[diesel(sql_type = Uid)]
        id: Id,
    }
    if others.is_empty() {
        return Ok(vec![]);
    }
    let rows: Vec<Other> =
        Sql::new("SELECT r.id FROM record r JOIN record own ON own.owner <> r.owner WHERE own.id = ")
            .bind(record)
            .text(" AND r.id IN (")
            .bind_all(others.iter().copied())
            .text(")")
            .one_off()
            .load(conn)?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}
