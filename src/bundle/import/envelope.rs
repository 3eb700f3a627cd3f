//! The envelope of a line: which record it is, its body and owner, when it was published.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::{Envelope, Run, Who};
use crate::bundle::ENVELOPE;
use crate::clock::{Id, Ts};
use crate::problem::{Fault, Problem};
use crate::record::kind::KindDef;
use crate::record::read::is_reference;
use crate::record::resolve::{self, NameInContent};
use crate::record::version::Home;
use crate::record::{BODY, ORGANISATION};
use crate::store::Conn;

impl Run<'_> {
    /// A body or an organisation on record.
    pub(super) fn outside(
        &mut self,
        conn: &mut Conn,
        kind: &'static str,
        name: &str,
    ) -> Result<Option<(Id, String)>, Problem> {
        let reference = crate::record::kind::shared(kind);
        let place = NameInContent { reference, pointer: String::new(), text: name.to_owned() };
        self.look_up(conn, std::slice::from_ref(&place))?;
        Ok(self.outside.get(&(kind, name.to_owned())).cloned().flatten())
    }

    /// Removes the envelope's fields from a line and reads them.
    pub(super) fn envelope(
        &mut self,
        conn: &mut Conn,
        kind: &'static KindDef,
        fields: &mut Map<String, Value>,
    ) -> Result<Result<Envelope, Vec<Fault>>, Problem> {
        let mut faults = vec![];
        let mut provided: HashMap<&str, Value> = HashMap::new();
        for name in ENVELOPE {
            if let Some(value) = fields.shift_remove(*name).filter(|value| !value.is_null()) {
                provided.insert(name, value);
            }
        }
        let mut text = |name: &'static str| match provided.get(name) {
            Some(Value::String(text)) => Some(text.clone()),
            Some(_) if name != "version" => {
                faults.push(Fault::pointer(format!("/{name}"), "type", "This must be of type string."));
                None
            }
            _ => None,
        };
        let (id, published_at) = (text("id"), text("published_at"));
        let (reference, body, owner) = (text("reference"), text("body"), text("owner"));
        let version = provided.get("version").map(Value::as_i64);
        let mut wrong = |name: &str, code: &'static str, detail: &str| {
            faults.push(Fault::pointer(format!("/{name}"), code, detail));
        };
        let id = match id.as_deref().map(Id::parse) {
            Some(None) => {
                wrong("id", "format", "An id must be a UUID of version 7, in lower case with hyphens.");
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
                    "This is in the future; import a draft and schedule its publication.",
                );
                None
            }
            at => at.flatten(),
        };
        if version == Some(None) || version.flatten().is_some_and(|version| version < 1) {
            wrong("version", "type", "The number of a publication must be a whole number from 1.");
        }
        let reference = reference.unwrap_or_default();
        if reference.is_empty() {
            wrong("reference", "required", "`reference` is required here.");
        } else if !is_reference(&reference) {
            wrong(
                "reference",
                "pattern",
                "A reference must be at most 64 letters, digits, `.`, `_` and `-`, begin with a letter or a digit, and not have the form of an id.",
            );
        }
        let mut envelope =
            Envelope { id, version: version.flatten(), published_at, reference, body: None, owner: None };
        match &self.import.who {
            Who::Caller { .. } => self.set_caller_home(kind, &mut envelope, &provided, &mut faults),
            Who::Operator { body: all, owner: owners, published_at: at } => {
                let (all, owners, at) = (all.clone(), owners.clone(), *at);
                envelope.published_at = envelope.published_at.or(at);
                if !kind.def.workflow {
                    envelope.published_at = envelope.published_at.or(Some(self.import.now));
                }
                let places = [("body", BODY, body, all), ("owner", ORGANISATION, owner, owners)];
                for (field, of, own, all) in places {
                    let found = self.home(conn, kind, field, of, own, all, &mut faults)?;
                    if field == "body" { envelope.body = found } else { envelope.owner = found }
                }
            }
        }
        Ok(if faults.is_empty() { Ok(envelope) } else { Err(faults) })
    }

    /// The body or the owner of a record that the operator imports.
    #[expect(clippy::too_many_arguments, reason = "the same for two fields of a line")]
    pub(super) fn home(
        &mut self,
        conn: &mut Conn,
        kind: &KindDef,
        field: &'static str,
        of: &'static str,
        own: Option<String>,
        all: Option<String>,
        faults: &mut Vec<Fault>,
    ) -> Result<Option<(Id, String)>, Problem> {
        if !kind.def.workflow {
            if own.is_some() {
                let detail = format!("{} have no `{field}`; leave it out.", kind.def.many);
                faults.push(Fault::pointer(format!("/{field}"), "not_taken", detail));
            }
            return Ok(None);
        }
        let Some(name) = own.or(all) else {
            let detail = format!(
                "`{field}` is required here: the reference of the {}. On the command line `--{field}` sets it for all records.",
                of.replace('_', " ")
            );
            faults.push(Fault::pointer(format!("/{field}"), "required", detail));
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
            faults.push(Fault::pointer(format!("/{field}"), "not_found", detail));
        }
        Ok(found)
    }

    /// Sets the body and the owner of a caller's record from its membership. The record is a draft.
    pub(super) fn set_caller_home(
        &self,
        kind: &KindDef,
        envelope: &mut Envelope,
        provided: &HashMap<&str, Value>,
        faults: &mut Vec<Fault>,
    ) {
        for name in ["id", "version", "published_at"] {
            if provided.contains_key(name) {
                let detail = format!(
                    "Leave `{name}` out: an import through the API creates drafts, which a second person publishes."
                );
                faults.push(Fault::pointer(format!("/{name}"), "not_taken", detail));
            }
        }
        let own = |named: &Option<crate::access::actor::Named>| {
            let named = named.as_ref().filter(|_| kind.def.workflow);
            named.map(|named| (named.id, named.reference.clone()))
        };
        envelope.body = own(&self.actor.body);
        envelope.owner = own(&self.actor.organisation);
        envelope.published_at = (!kind.def.workflow).then_some(self.import.now);
        for (name, mine) in [("body", &envelope.body), ("owner", &envelope.owner)] {
            let other = provided
                .get(name)
                .is_some_and(|text| text.as_str() != mine.as_ref().map(|(_, name)| name.as_str()));
            if other {
                let detail = format!("Leave `{name}` out: your membership sets it.");
                faults.push(Fault::pointer(format!("/{name}"), "not_yours", detail));
            }
        }
    }
}

pub(super) fn home(id: Id, envelope: Envelope) -> Home {
    let (owner, owner_reference) = envelope.owner.unzip();
    Home { id, reference: envelope.reference, body: envelope.body, owner, owner_reference }
}
