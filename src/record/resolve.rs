//! From the names in a body to the records that they name.
//!
//! A body may name another record by id or by reference; what is stored is always the reference (readable,
//! portable, it never changes), with the id beside it in the kind's table and in the links. A name of
//! nothing and a name of what the caller may not see are the same fault.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use diesel::prelude::*;
use diesel::sql_types as st;
use serde_json::Value;

use super::kind::{KindDef, Reference};
use super::links::{Link, LinkRow};
use super::read::Name;
use super::visible::Visibility;
use crate::clock::{Id, Ts};
use crate::problem::{Fault, Problem};
use crate::store::types::{Tstz, Uid};
use crate::store::{Conn, Sql};

/// A record that was named.
#[derive(Clone, Debug, QueryableByName)]
pub struct Target {
    /// Its id.
    #[diesel(sql_type = Uid)]
    pub id: Id,
    /// Its kind.
    #[diesel(sql_type = st::Text)]
    pub kind: String,
    /// Its reference.
    #[diesel(sql_type = st::Text)]
    pub reference: String,
    /// Its body's.
    #[diesel(sql_type = st::Nullable<st::Text>)]
    pub body_reference: Option<String>,
    /// Its body's id.
    #[diesel(sql_type = st::Nullable<Uid>)]
    pub body: Option<Id>,
    /// When it first was public, or will be.
    #[diesel(sql_type = st::Nullable<Tstz>)]
    pub public_from: Option<Ts>,
}

impl Target {
    /// How it is written in a body: `body:REFERENCE`, or `reference` for reference data.
    pub fn name(&self) -> String {
        match &self.body_reference {
            Some(body) => format!("{body}:{}", self.reference),
            None => self.reference.clone(),
        }
    }
}

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Resolved {
    /// The links, in order.
    pub links: Vec<Link>,
    /// By reference path: the id, for references that are not lists.
    pub single: BTreeMap<&'static str, Id>,
}

/// The names that the version before has made, which may stay as they are: of a record that has been
/// withdrawn since, or that whoever changes something else does not see.
#[derive(Clone, Debug, Default)]
pub struct Kept(HashMap<(&'static str, String), Id>);

impl Kept {
    /// The names of a version: its content, and its links.
    pub fn of(kind: &KindDef, content: &Value, links: &[LinkRow]) -> Kept {
        let mut kept = HashMap::new();
        for reference in kind.references() {
            let mut found = vec![];
            collect(content, reference.path, reference, String::new(), &mut found);
            for place in found {
                let mut others = links.iter().filter(|link| link.member == reference.path);
                if let Some(link) = others.find(|link| link.position == place.position()) {
                    kept.insert((reference.path, place.text), link.other);
                }
            }
        }
        Kept(kept)
    }
}

/// A name in a content.
#[derive(Clone, Debug)]
pub struct Found {
    /// What kind of name it is.
    pub reference: Reference,
    /// Where it stands.
    pub pointer: String,
    /// The name.
    pub text: String,
}

impl Found {
    /// Its place in the list that it stands in: where the path has `*`, the pointer has a number. Items that name
    /// nothing count too.
    fn position(&self) -> i64 {
        let steps = self.reference.path.split('/').zip(self.pointer.split('/').skip(1));
        let index = steps.filter(|(step, _)| *step == "*").find_map(|(_, index)| index.parse().ok());
        index.unwrap_or(0)
    }
}

/// Every name in a content.
pub fn names(kind: &KindDef, content: &Value) -> Vec<Found> {
    let mut found = vec![];
    for reference in kind.references() {
        collect(content, reference.path, reference, String::new(), &mut found);
    }
    found
}

/// Finds every name in the content, replaces it by its reference, and says which could not be found.
///
/// `workflow_of` tells for each kind's name whether it has bodies. Names are resolved in one query a kind.
pub fn resolve(
    conn: &mut Conn,
    kind: &KindDef,
    content: &mut Value,
    visibility: &Visibility,
    kept: &Kept,
    workflow_of: &dyn Fn(&str) -> bool,
    faults: &mut Vec<Fault>,
) -> Result<Resolved, Problem> {
    let found = names(kind, content);
    let targets = look_up(conn, &found, visibility, workflow_of)?;
    let record_of = |place: &Found| {
        // A name that stays as it was keeps its record, whatever else may be called so by now.
        let kept = kept.0.get(&(place.reference.path, place.text.clone()));
        let target = kept.map(|id| (*id, place.text.clone())).or_else(|| {
            let target = targets.get(&(place.reference.kind, place.text.clone()))?;
            Some((target.id, target.name()))
        });
        target.ok_or_else(|| not_found(place, workflow_of))
    };
    Ok(settle(content, found, &record_of, faults))
}

/// A name of nothing.
pub fn not_found(place: &Found, workflow_of: &dyn Fn(&str) -> bool) -> Fault {
    let kind = place.reference.kind;
    Fault::pointer(place.pointer.clone(), "not_found", no_such(kind, workflow_of(kind)))
}

/// What knows the record that a name means, with the name that it is stored under.
pub type RecordOf<'a> = &'a dyn Fn(&Found) -> Result<(Id, String), Fault>;

/// Puts the names that records have in place of those that were given, and says what could not be found.
/// `record_of` gives a record's id and name.
pub fn settle(
    content: &mut Value,
    found: Vec<Found>,
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
        if let Some(slot) = content.pointer_mut(&place.pointer) {
            *slot = Value::String(name);
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
    duplicates(&resolved, faults);
    resolved
}

/// The one answer to a name of nothing and to a name of what the caller may not see.
pub fn no_such(kind: &str, workflow: bool) -> String {
    let how = match workflow {
        true => "Give its id, or its body and reference as `body:REFERENCE`.",
        false => "Give its id or its reference.",
    };
    format!("No {} of this name is on record here. {how}", kind.replace('_', " "))
}

/// A list that names the same record twice says nothing more than once; sources may, with another locator.
fn duplicates(resolved: &Resolved, faults: &mut Vec<Fault>) {
    let mut seen = HashSet::new();
    for link in &resolved.links {
        let again = !seen.insert((link.reference, link.other));
        if again && link.reference.ends_with("/*") {
            let member = link.reference.trim_end_matches("/*");
            faults.push(Fault::pointer(
                format!("/{member}/{}", link.position),
                "duplicate",
                "This record is already named in the list; name it once.",
            ));
        }
    }
}

fn collect(value: &Value, path: &str, reference: &Reference, pointer: String, found: &mut Vec<Found>) {
    if path.is_empty() {
        if let Value::String(text) = value {
            found.push(Found { reference: *reference, pointer, text: text.clone() });
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
        (member, Value::Object(object)) => {
            if let Some(value) = object.get(member) {
                collect(value, rest, reference, format!("{pointer}/{member}"), found);
            }
        }
        _ => {}
    }
}

/// The records of these names, by kind and name.
pub type Targets = HashMap<(&'static str, String), Target>;

/// Looks names up, in a query or two a kind.
pub fn look_up(
    conn: &mut Conn,
    found: &[Found],
    visibility: &Visibility,
    workflow_of: &dyn Fn(&str) -> bool,
) -> Result<Targets, Problem> {
    let mut wanted: BTreeMap<&'static str, BTreeSet<&str>> = BTreeMap::new();
    for place in found {
        wanted.entry(place.reference.kind).or_default().insert(&place.text);
    }
    let mut targets = HashMap::new();
    for (kind, texts) in wanted {
        let names: Vec<(&str, Name)> = texts
            .into_iter()
            .filter_map(|text| Name::parse_as(workflow_of(kind), text).map(|name| (text, name)))
            .collect();
        for chunk in names.chunks(200) {
            for target in look_up_kind(conn, kind, chunk, visibility)? {
                for (text, name) in chunk {
                    let same = match name {
                        Name::Id(id) => *id == target.id,
                        Name::InBody(..) | Name::Shared(_) => *text == target.name(),
                    };
                    if same {
                        targets.insert((kind, (*text).to_owned()), target.clone());
                    }
                }
            }
        }
    }
    Ok(targets)
}

fn look_up_kind(
    conn: &mut Conn,
    kind: &'static str,
    names: &[(&str, Name)],
    visibility: &Visibility,
) -> Result<Vec<Target>, Problem> {
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
    let mut rows: Vec<Target> = vec![];
    if !ids.is_empty() {
        rows.extend(select(Sql::new("v.record IN (").bind_all(ids).text(")")).load::<Target>(conn)?);
    }
    if !references.is_empty() {
        rows.extend(
            select(Sql::new("v.reference IN (").bind_all(references).text(")")).load::<Target>(conn)?,
        );
    }
    Ok(rows)
}

/// Which of these records are not public at that moment: a publication may name only what the public can
/// follow. A record withdrawn since it was public has left a tombstone and may stay named.
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
