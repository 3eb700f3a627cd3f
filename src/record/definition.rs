//! What a kind is, as data: its names, its rules, its columns, the records that it names.

use super::column::{Column, Ty};
use crate::access::rule::{self, Rules};
use crate::access::{Action, Actor, Role, Rule};
use crate::store::canonical::Shape;

/// A place in the content that names another record.
#[derive(Clone, Copy, Debug)]
pub struct Reference {
    /// Where: member names separated by `/`, `*` for every element of an array.
    pub path: &'static str,
    /// The kind that it names.
    pub kind: &'static str,
    /// The relation.
    pub rel: &'static str,
    /// True where the relation reads from the other record to this one.
    pub inverse: bool,
    /// True where it is part of the golden thread.
    pub thread: bool,
}

/// What `include=` can bring along.
#[derive(Clone, Copy, Debug)]
pub enum Include {
    /// The records that this one names at that path.
    Named {
        /// The name in `include=`.
        name: &'static str,
        /// The path of the [`Reference`].
        path: &'static str,
    },
    /// The records of that kind that name this one.
    Naming {
        /// The name in `include=`.
        name: &'static str,
        /// Their kind.
        kind: &'static str,
        /// Their reference's path.
        path: &'static str,
    },
}

impl Include {
    /// The name in `include=`.
    pub fn name(&self) -> &'static str {
        match self {
            Include::Named { name, .. } | Include::Naming { name, .. } => name,
        }
    }
}

/// A filter of lists by a record that others are named beside, in a list of names.
#[derive(Clone, Copy, Debug)]
pub struct Linked {
    /// The parameter.
    pub name: &'static str,
    /// The path of the [`Reference`]. It is to reference data: everybody sees the same names there.
    pub path: &'static str,
}

/// The members whose words a search finds, as far as a kind has them. The title's are found always.
pub const WORDS: &[&str] = &[
    "title",
    "summary",
    "wording",
    "name",
    "definition",
    "purpose",
    "need",
    "description",
    "rationale",
    "scope",
    "success_measure",
    "note",
];

/// What a kind is, as data.
#[derive(Clone, Copy, Debug)]
pub struct Definition {
    /// Its name, in the `kind` member and in the database.
    pub name: &'static str,
    /// Its table.
    pub table: &'static str,
    /// Its path segment under `/v1`.
    pub path: &'static str,
    /// One of them, in words.
    pub one: &'static str,
    /// Many of them, in words.
    pub many: &'static str,
    /// What it is: the description in the document.
    pub about: &'static str,
    /// The member that serves as its title.
    pub title: &'static str,
    /// False for reference data: no body, no workflow, public as soon as written.
    pub workflow: bool,
    /// Who may do what.
    pub rules: Rules,
    /// Who may never write one, whatever else they are.
    pub barred: &'static [Role],
    /// Whose approval a publication needs.
    pub approvals: &'static [Role],
    /// What its table adds to the envelope.
    pub columns: &'static [Column],
    /// Which records it names.
    pub references: &'static [Reference],
    /// By which of these, where they stand in a list, its own list can be narrowed.
    pub linked: &'static [Linked],
    /// What can be included.
    pub includes: &'static [Include],
    /// The members whose words a search finds, besides the title and the reference: text, or a list of it.
    pub words: &'static [&'static str],
    /// The member that names the organisation it is assigned to.
    pub assigned: Option<&'static str>,
    /// The members that this organisation may change.
    pub assigned_members: &'static [&'static str],
    /// The references to organisations that make a record these organisations' own: those of who provides a service, of
    /// who receives an award.
    pub own: &'static [&'static str],
    /// The references to areas that it is about.
    pub areas: &'static [&'static str],
    /// The members that came after a release: versions stored before have not got them. None of them may share
    /// its name with a member that is nested.
    pub added: &'static [&'static str],
    /// Its tables beside its own, one row for a record.
    pub companions: &'static [Companion],
    /// Tables that hold more of what a record says: cleared away when that is destroyed.
    pub scrubbed: &'static [&'static str],
    /// The demo's records: JSON Lines, each what a POST takes with its fixed id and time of publication.
    pub demo: &'static str,
    /// The demo's record that the document shows, by id or reference; empty for none.
    pub shown: &'static str,
}

impl Definition {
    /// What the office's kinds begin from: its rules, no columns.
    pub const fn office(name: &'static str, path: &'static str) -> Definition {
        Definition {
            name,
            table: name,
            path,
            one: name,
            many: path,
            about: "",
            title: "title",
            workflow: true,
            rules: rule::OFFICE,
            barred: &[],
            approvals: &[],
            columns: &[],
            references: &[],
            linked: &[],
            includes: &[],
            words: WORDS,
            assigned: None,
            assigned_members: &[],
            own: &[],
            areas: &[],
            added: &[],
            companions: &[],
            scrubbed: &[],
            demo: "",
            shown: "",
        }
    }

    /// Reference data: no body, no workflow.
    pub const fn reference(name: &'static str, path: &'static str) -> Definition {
        let mut definition = Definition::office(name, path);
        definition.workflow = false;
        definition.rules = rule::REFERENCE;
        definition
    }

    /// The columns that filter or sort in every kind, then its own.
    pub fn all_columns(&self) -> impl Iterator<Item = &'static Column> + use<> {
        const REFERENCE: &Column = &Column::new("reference", Ty::Text).equal().sorted();
        const BODY: &Column = &Column::new("body", Ty::Ref(super::BODY)).equal();
        let body = self.workflow.then_some(BODY);
        std::iter::once(REFERENCE).chain(body).chain(self.columns)
    }

    /// The rule for an action on this kind. What needs no approval cannot be approved.
    pub fn rule(&self, action: Action) -> Option<Rule> {
        if action == Action::Approve && self.approvals.is_empty() {
            return None;
        }
        rule::find(self.rules, action)
    }

    /// Whether an actor holds a role that keeps it from writing one.
    pub fn bars(&self, actor: &Actor) -> bool {
        self.barred.iter().any(|role| actor.has(*role))
    }
}

/// The reference that every kind makes: its sources.
pub const SOURCES: Reference = Reference {
    path: "sources/*/source",
    kind: "source",
    rel: "sourced_from",
    inverse: false,
    thread: false,
};

/// The reference to a record of reference data that the envelope makes: the body, the owner.
pub fn shared(kind: &'static str) -> Reference {
    Reference { path: "", kind, rel: "", inverse: false, thread: false }
}

/// The names of the envelope's members, which a body may repeat unchanged but never set.
pub const READ_ONLY: &[&str] = &[
    "id",
    "kind",
    "body",
    "owner",
    "self",
    "state",
    "version",
    "published_at",
    "edit",
    "authored_at",
    "author",
    "contributors",
    "edit_reason",
    "returned_reason",
    "embargo_until",
    "approvals",
    "included",
];

/// A table of a kind beside its own, with a row for a record: part of the state that the audit trail commits to.
#[derive(Clone, Copy, Debug)]
pub struct Companion {
    /// Its name.
    pub table: &'static str,
    /// Its columns but the one called `record`, with how they are rendered.
    pub columns: &'static [(&'static str, Shape)],
}
