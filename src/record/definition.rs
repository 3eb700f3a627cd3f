//! What a kind declares as data: its names, rules, columns and references.

use super::column::{Column, Ty};
use crate::access::rule::{self, Rules};
use crate::access::{Action, Actor, Reach, Role, Rule};
use crate::store::canonical::Shape;

/// A field of the content that names another record.
#[derive(Clone, Copy, Debug)]
pub struct Reference {
    /// The field: names separated by `/`, `*` for every element of an array.
    pub path: &'static str,
    /// The kind of the record that it names.
    pub kind: &'static str,
    /// The relation's name.
    pub rel: &'static str,
    /// True where the relation points from the other record to this one.
    pub inverse: bool,
    /// True where the relation is part of the golden thread.
    pub thread: bool,
    /// The field next to the name that says by which day something is done for the record named. The link has it too.
    pub day: Option<&'static str>,
}

impl Reference {
    /// A reference at a path to a record of a kind, with the name of its relation.
    pub const fn new(path: &'static str, kind: &'static str, rel: &'static str) -> Reference {
        Reference { path, kind, rel, inverse: false, thread: false, day: None }
    }

    /// The relation reads from the other record to this one.
    pub const fn inverse(mut self) -> Reference {
        self.inverse = true;
        self
    }

    /// Whether it refers to records of this kind.
    pub fn is_to(&self, kind: &Definition) -> bool {
        self.kind == kind.name
    }

    /// A field next to the name has a day, by which lists are ordered.
    pub const fn dated(mut self, field: &'static str) -> Reference {
        self.day = Some(field);
        self
    }

    /// The reference is part of the golden thread.
    pub const fn in_thread(mut self) -> Reference {
        self.thread = true;
        self
    }
}

/// What `include=` can add to a response.
#[derive(Clone, Copy, Debug)]
pub enum Include {
    /// The records that this one names at a path.
    Named {
        /// The name in `include=`.
        name: &'static str,
        /// The path of the [`Reference`].
        path: &'static str,
    },
    /// The records of another kind that name this one.
    Naming {
        /// The name in `include=`.
        name: &'static str,
        /// The kind of those records.
        kind: &'static str,
        /// The path of their [`Reference`] to this one.
        path: &'static str,
    },
}

impl Include {
    /// Its name in `include=`.
    pub fn name(&self) -> &'static str {
        match self {
            Include::Named { name, .. } | Include::Naming { name, .. } => name,
        }
    }
}

/// A filter of lists by a record that the records of the list name, or by one that those name in turn.
#[derive(Clone, Copy, Debug)]
pub struct Linked {
    /// The name of the parameter.
    pub name: &'static str,
    /// The paths of the [`Reference`]s. Where there are several, one of them is enough.
    pub paths: &'static [&'static str],
    /// The column of the records named that is compared, if not these records themselves: the plan of an objective.
    pub through: Option<&'static str>,
}

impl Linked {
    /// By a record that is named at a path.
    pub const fn new(name: &'static str, paths: &'static [&'static str]) -> Linked {
        Linked { name, paths, through: None }
    }

    /// By a record that the records named at these paths name in a column.
    pub const fn through(mut self, column: &'static str) -> Linked {
        self.through = Some(column);
        self
    }

    /// The filters of a kind that names objectives and priorities in two lists.
    pub const OF_OBJECTIVES_AND_PRIORITIES: [Linked; 3] = [
        Linked::new("objective", &["objectives/*"]),
        Linked::new("priority", &["priorities/*"]),
        Linked::new("plan", &["objectives/*", "priorities/*"]).through("plan"),
    ];
}

/// The fields whose words the search finds, where a kind has them. It always finds the words of the title.
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

/// What a kind declares as data.
#[derive(Clone, Copy, Debug)]
pub struct Definition {
    /// Its name, in the field `kind` and in the database.
    pub name: &'static str,
    /// Its table.
    pub table: &'static str,
    /// Its path segment under `/v1`.
    pub path: &'static str,
    /// The noun for one record of this kind.
    pub one: &'static str,
    /// The noun's plural.
    pub many: &'static str,
    /// The description in the OpenAPI document.
    pub about: &'static str,
    /// The field that is the title.
    pub title: &'static str,
    /// False for reference data: it has no body and no workflow, and is public as soon as it is written.
    pub workflow: bool,
    /// Who may do what.
    pub rules: Rules,
    /// Roles that may never write one, whatever other roles the actor has.
    pub barred: &'static [Role],
    /// The roles that must approve a version before it is published.
    pub approvals: &'static [Role],
    /// Whether whoever approves a version has not worked on it, and whoever publishes it has not approved it.
    pub separate: bool,
    /// The columns of its table besides those that all kinds have.
    pub columns: &'static [Column],
    /// The fields that name other records.
    pub references: &'static [Reference],
    /// The filters by records that are not the value of a column.
    pub linked: &'static [Linked],
    /// What `include=` can add.
    pub includes: &'static [Include],
    /// The paths whose words the search finds, besides the title and the reference: text, or a list of texts.
    pub words: &'static [&'static str],
    /// The field that names the organisation to which a record is assigned.
    pub assigned: Option<&'static str>,
    /// The fields that this organisation may change.
    pub assigned_fields: &'static [&'static str],
    /// The lists among them of which each item says whose it is, with the field that does: the organisation writes only its own.
    pub assigned_by: &'static [(&'static str, &'static str)],
    /// The references to organisations that a record belongs to besides its owner: the provider of a service, the
    /// recipient of an award.
    pub own: &'static [&'static str],
    /// The references to the areas that a record is about.
    pub areas: &'static [&'static str],
    /// The fields that were added after a release: versions stored before do not have them. Their names must not occur
    /// in nested objects.
    pub added: &'static [&'static str],
    /// Further tables with one row for each record.
    pub companions: &'static [Companion],
    /// Further tables with content of a record, which a redaction clears.
    pub scrubbed: &'static [&'static str],
    /// The demo's records: JSON Lines, each line a body of `POST` with a fixed id and time of publication.
    pub demo: &'static str,
    /// The id or reference of the demo's record that the OpenAPI document shows; empty for none.
    pub shown: &'static str,
}

impl Definition {
    /// The defaults of a kind of the office: records of a policing body, with a workflow.
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
            separate: false,
            columns: &[],
            references: &[],
            linked: &[],
            includes: &[],
            words: WORDS,
            assigned: None,
            assigned_fields: &[],
            assigned_by: &[],
            own: &[],
            areas: &[],
            added: &[],
            companions: &[],
            scrubbed: &[],
            demo: "",
            shown: "",
        }
    }

    /// The defaults of reference data: no body, no workflow.
    pub const fn reference(name: &'static str, path: &'static str) -> Definition {
        let mut definition = Definition::office(name, path);
        definition.workflow = false;
        definition.rules = rule::REFERENCE;
        definition
    }

    /// The columns that lists of every kind filter or sort by, then its own.
    pub fn all_columns(&self) -> impl Iterator<Item = &'static Column> + use<> {
        const REFERENCE: &Column = &Column::new("reference", Ty::Text).equal().sorted();
        const BODY: &Column = &Column::new("body", Ty::Ref(super::BODY)).equal();
        let body = self.workflow.then_some(BODY);
        std::iter::once(REFERENCE).chain(body).chain(self.columns)
    }

    /// Who may do an action on this kind, if anybody. A kind that needs no approval cannot be approved.
    pub fn rule(&self, action: Action) -> Option<Rule> {
        if action == Action::Approve && self.approvals.is_empty() {
            return None;
        }
        rule::find(self.rules, action)
    }

    /// Whether references are unique among the records of one owner, not of the whole body: where somebody creates records
    /// who does not see those of others, "taken" would tell of them.
    pub fn named_by_owner(&self) -> bool {
        let sees_all = |role: &Role| {
            let read = self.rule(Action::Read).unwrap_or(&[]);
            read.iter().any(|grant| grant.role == *role && grant.reach.contains(&Reach::All))
        };
        let create = self.rule(Action::Create).unwrap_or(&[]);
        self.workflow && create.iter().any(|grant| !sees_all(&grant.role))
    }

    /// Whether each record of the kind is its owner's alone: no role publishes those of the whole body. Its owner is then its
    /// office, which reads every draft of it.
    pub fn by_owner(&self) -> bool {
        let publish = self.rule(Action::Publish).unwrap_or(&[]);
        publish.iter().any(|grant| grant.reach.contains(&Reach::OwnOrganisation))
    }

    /// Whether the actor has a role that may never write one.
    pub fn bars(&self, actor: &Actor) -> bool {
        self.barred.iter().any(|role| actor.has(*role))
    }
}

/// The reference that every kind makes: its sources.
pub const SOURCES: Reference = Reference::new("sources/*/source", "source", "sourced_from");

/// The envelope's reference to a record of reference data: the body, the owner.
pub fn shared(kind: &'static str) -> Reference {
    Reference::new("", kind, "")
}

/// The envelope's fields. A request may repeat them unchanged but cannot set them.
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
    "people",
    "included",
];

/// A further table of a kind, with one row for each record: part of the state that the audit trail commits to.
#[derive(Clone, Copy, Debug)]
pub struct Companion {
    /// The table's name.
    pub table: &'static str,
    /// Its columns except `record`, with how each is rendered as text.
    pub columns: &'static [(&'static str, Shape)],
    /// Those that were added after a release. A migration leaves them null.
    pub added: &'static [(&'static str, Shape)],
}
