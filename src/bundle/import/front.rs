//! What stands in front of a line: which record it is, where it belongs, when it was published.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::{Header, Run, Who};
use crate::bundle::ENVELOPE;
use crate::clock::{Id, Ts};
use crate::problem::{Fault, Problem};
use crate::record::kind::KindDef;
use crate::record::read::is_reference;
use crate::record::resolve;
use crate::record::{BODY, ORGANISATION};
use crate::store::Conn;

impl Run<'_> {
    /// Takes the envelope's members off a line.
    pub(super) fn header(
        &mut self,
        conn: &mut Conn,
        kind: &'static KindDef,
        members: &mut Map<String, Value>,
    ) -> Result<Result<Header, Vec<Fault>>, Problem> {
        let mut faults = vec![];
        let mut given: HashMap<&str, Value> = HashMap::new();
        for name in ENVELOPE {
            if let Some(value) = members.shift_remove(*name).filter(|value| !value.is_null()) {
                given.insert(name, value);
            }
        }
        let mut text = |name: &'static str| match given.get(name) {
            Some(Value::String(text)) => Some(text.clone()),
            Some(_) if name != "version" => {
                faults.push(Fault::pointer(format!("/{name}"), "type", "This has to be of type string."));
                None
            }
            _ => None,
        };
        let (id, published_at) = (text("id"), text("published_at"));
        let (reference, body, owner) = (text("reference"), text("body"), text("owner"));
        let version = given.get("version").map(Value::as_i64);
        let mut wrong = |name: &str, code: &'static str, detail: &str| {
            faults.push(Fault::pointer(format!("/{name}"), code, detail));
        };
        let id = match id.as_deref().map(Id::parse) {
            Some(None) => {
                wrong("id", "format", "An id is a UUID of version 7, in lower case with hyphens.");
                None
            }
            id => id.flatten(),
        };
        let published_at = match published_at.as_deref().map(Ts::parse) {
            Some(None) => {
                wrong("published_at", "format", "Give a moment by RFC 3339, such as `2024-03-21T00:00:00Z`.");
                None
            }
            Some(Some(at)) if at > self.import.now => {
                wrong(
                    "published_at",
                    "out_of_range",
                    "This is still to come; import a draft and publish it.",
                );
                None
            }
            at => at.flatten(),
        };
        if version == Some(None) || version.flatten().is_some_and(|version| version < 1) {
            wrong("version", "type", "The number of a publication is a whole number from 1.");
        }
        let reference = reference.unwrap_or_default();
        if reference.is_empty() {
            wrong("reference", "required", "`reference` is required here.");
        } else if !is_reference(&reference) {
            wrong(
                "reference",
                "pattern",
                "A reference is at most 64 letters, digits, `.`, `_` and `-`, the first a letter or a digit, and not of the form of an id.",
            );
        }
        let mut header =
            Header { id, version: version.flatten(), published_at, reference, body: None, owner: None };
        match &self.import.who {
            Who::Caller { .. } => self.of_caller(kind, &mut header, &given, &mut faults),
            Who::Operator { body: all, owner: owners, published_at: at } => {
                let (all, owners, at) = (all.clone(), owners.clone(), *at);
                header.published_at = header.published_at.or(at);
                if !kind.def.workflow {
                    header.published_at = header.published_at.or(Some(self.import.now));
                }
                let places = [("body", BODY, body, all), ("owner", ORGANISATION, owner, owners)];
                for (member, of, own, all) in places {
                    let found = self.belongs(conn, kind, member, of, own, all, &mut faults)?;
                    if member == "body" { header.body = found } else { header.owner = found }
                }
            }
        }
        Ok(if faults.is_empty() { Ok(header) } else { Err(faults) })
    }

    /// The body or the owner that a line of the operator's names.
    #[expect(clippy::too_many_arguments, reason = "what is said in two places of a line")]
    pub(super) fn belongs(
        &mut self,
        conn: &mut Conn,
        kind: &KindDef,
        member: &'static str,
        of: &'static str,
        own: Option<String>,
        all: Option<String>,
        faults: &mut Vec<Fault>,
    ) -> Result<Option<(Id, String)>, Problem> {
        if !kind.def.workflow {
            if own.is_some() {
                let detail = format!("{} belongs to all; leave `{member}` out.", kind.def.many);
                faults.push(Fault::pointer(format!("/{member}"), "not_taken", detail));
            }
            return Ok(None);
        }
        let Some(name) = own.or(all) else {
            let detail = format!(
                "`{member}` is required here: the reference of the {}. On the command line `--{member}` says it for all.",
                of.replace('_', " ")
            );
            faults.push(Fault::pointer(format!("/{member}"), "required", detail));
            return Ok(None);
        };
        let inside = self.kinds.iter().position(|kind| kind.def.name == of);
        let inside = inside.and_then(|n| self.names.get(&(n, name.clone()))).map(|known| known.id);
        let found = match inside {
            Some(id) => Some((id, name)),
            None => self.outside(conn, of, &name)?,
        };
        if found.is_none() {
            let detail = resolve::no_such(of, false);
            faults.push(Fault::pointer(format!("/{member}"), "not_found", detail));
        }
        Ok(found)
    }

    /// A caller's membership says where its records belong, and its roles that they are drafts.
    pub(super) fn of_caller(
        &self,
        kind: &KindDef,
        header: &mut Header,
        given: &HashMap<&str, Value>,
        faults: &mut Vec<Fault>,
    ) {
        for name in ["id", "version", "published_at"] {
            if given.contains_key(name) {
                let detail = format!(
                    "Leave `{name}` out: what is imported here is new, and published by a second person."
                );
                faults.push(Fault::pointer(format!("/{name}"), "not_taken", detail));
            }
        }
        let own = |named: &Option<crate::access::actor::Named>| {
            let named = named.as_ref().filter(|_| kind.def.workflow);
            named.map(|named| (named.id, named.reference.clone()))
        };
        header.body = own(&self.actor.body);
        header.owner = own(&self.actor.organisation);
        header.published_at = (!kind.def.workflow).then_some(self.import.now);
        for (name, mine) in [("body", &header.body), ("owner", &header.owner)] {
            let other = given
                .get(name)
                .is_some_and(|text| text.as_str() != mine.as_ref().map(|(_, name)| name.as_str()));
            if other {
                let detail = format!("Leave `{name}` out: your membership says where your records belong.");
                faults.push(Fault::pointer(format!("/{name}"), "not_yours", detail));
            }
        }
    }
}
