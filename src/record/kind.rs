//! A kind of record: what it adds to the envelope.
//!
//! A room declares a type for its content and a [`Definition`]; from the two come its table's columns, its
//! filters and sort keys, its links, its schema and its documents. The shared operations work over the
//! erased form, [`KindDef`], so that they are compiled once and not once for each kind.

use std::convert::Infallible;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use validator::{Validate, ValidationErrors};

pub use super::column::{Column, Filter, Sort, Ty};
pub use super::computed::{
    ComputedFields, Converted, CrossRecordCheck, ExportLine, Facts, FileImport, Files, Foreign, Format,
    ImportOutcome, LifecycleEvent, LifecycleHook, ReadComputed, Step,
};
pub use super::definition::{
    Companion, Definition, Include, Linked, READ_ONLY, Reference, SOURCES, WORDS, shared,
};
pub use super::schema::{NamedSchema, named_schema, object_schema};
use crate::access::role;
use crate::problem::{Fault, Problem};
use crate::store::Conn;
use crate::validation;

/// A place in a source: every record that came from a document names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceUse {
    /// The source, by reference or id.
    #[schema(min_length = 1, max_length = 150, example = "police-and-crime-plan-2013")]
    pub source: String,
    /// Where in it: a section or a page, in words.
    #[schema(min_length = 1, max_length = 200, example = "Objectives, 1")]
    pub locator: Option<String>,
}

/// The content of any kind: its own members, then the two that all have, which have no rules.
#[derive(Serialize, Deserialize)]
struct Whole<C> {
    #[serde(flatten)]
    own: C,
    #[serde(default)]
    sources: Vec<SourceUse>,
    note: Option<String>,
}

#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
struct Common {
    /// Where this comes from.
    #[schema(max_items = 50, required = false)]
    sources: Vec<SourceUse>,
    /// An editorial remark: a contradiction kept visible, an inference, a choice.
    #[schema(min_length = 1, max_length = 4000)]
    note: Option<String>,
}

/// What a room implements.
pub trait Kind: 'static {
    /// The members that this kind adds, in the order in which they are written. Optional members are
    /// `Option`s (null when absent), lists default to empty; bounds stand in its schema and are checked
    /// from it.
    ///
    /// What a schema cannot state is checked by its [`Validate`].
    type Content: Serialize + DeserializeOwned + utoipa::ToSchema + Validate;

    /// What the kind is.
    const DEFINITION: Definition;

    /// What stands beside it in answers, worked out from other records.
    const COMPUTED: Option<ComputedFields> = None;

    /// The forms of other standards that lists can be had in.
    const FORMATS: &'static [Format] = &[];

    /// The form of another standard that import reads.
    const FOREIGN: Option<Foreign> = None;

    /// What other records do not allow: looked at when a version is written and again when it is published, in the
    /// transaction that does it.
    fn cross_check(
        _conn: &mut Conn,
        _this: &CrossRecordCheck<'_>,
        _faults: &mut Vec<Fault>,
    ) -> Result<(), Problem> {
        Ok(())
    }

    /// Whether [`Kind::cross_check`] has anything to say.
    const CHECKS_OTHER_RECORDS: bool = false;

    /// Where it measures many records against one that they all name: the path of that reference. An import then asks
    /// once for each that is named, when all are written.
    const CROSS_CHECK_BY: Option<&'static str> = None;

    /// The files of a bundle that go with single records.
    const FILES: Option<Files> = None;

    /// What else happens at a step of its life.
    const LIFECYCLE_HOOK: Option<LifecycleHook> = None;

    /// A body that `POST` would take, for the document.
    fn example() -> Value;
}

/// A kind, erased: what the shared operations work over.
pub struct KindDef {
    /// Its definition.
    pub def: Definition,
    /// The schema of its content (with `sources` and `note`), without references to other schemas.
    pub schema: Value,
    /// The same for the document: its types by name.
    pub named: NamedSchema,
    /// A body that `POST` would take.
    pub example: Value,
    /// What stands beside it in answers.
    pub computed: Option<ComputedFields>,
    /// The forms of other standards that lists can be had in.
    pub formats: &'static [Format],
    /// The form of another standard that import reads.
    pub foreign: Option<Foreign>,
    /// The files of a bundle that go with single records.
    pub files: Option<Files>,
    /// The schema of what stands beside: no members where there is nothing.
    pub computed_schema: Value,
    /// Whether other records can forbid a content.
    pub checks_other_records: bool,
    /// The reference by which they do, where many are measured against one.
    pub cross_check_by: Option<&'static str>,
    lifecycle_hook: Option<LifecycleHook>,
    check_content: fn(&KindDef, Value, &mut Vec<Fault>) -> Option<Value>,
    cross_check: fn(&mut Conn, &CrossRecordCheck<'_>, &mut Vec<Fault>) -> Result<(), Problem>,
}

impl KindDef {
    /// Erases a kind. Made once, when the application starts.
    pub fn of<K: Kind>() -> &'static KindDef {
        let mut schema = object_schema::<K::Content>();
        let common = object_schema::<Common>();
        for (name, property) in members(&common) {
            schema["properties"][name] = property.clone();
        }
        let mut named = named_schema::<K::Content>();
        let common = named_schema::<Common>();
        for (name, property) in members(&common.schema) {
            named.schema["properties"][name] = property.clone();
        }
        named.types.extend(common.types);
        let kind = KindDef {
            def: K::DEFINITION,
            schema,
            named,
            example: K::example(),
            computed: K::COMPUTED,
            foreign: K::FOREIGN,
            files: K::FILES,
            formats: K::FORMATS,
            computed_schema: K::COMPUTED.map_or(Value::Null, |computed| (computed.schema)()),
            check_content: check_content::<K>,
            cross_check: K::cross_check,
            checks_other_records: K::CHECKS_OTHER_RECORDS,
            cross_check_by: K::CROSS_CHECK_BY,
            lifecycle_hook: K::LIFECYCLE_HOOK,
        };
        kind.check();
        Box::leak(Box::new(kind))
    }

    /// Stops the start when a definition names a member that the content has not got.
    fn check(&self) {
        let members = self.field_names();
        let has = |member: &str| members.contains(&member);
        let name = self.def.name;
        let taken = super::definition::READ_ONLY.iter().copied().chain(["reference", "change_reason"]);
        for member in taken.chain(self.computed_names()) {
            assert!(
                !has(member),
                "{name}: `{member}` is a member of the envelope or stands beside it; name yours otherwise"
            );
        }
        for include in self.def.includes {
            if let Include::Named { path, .. } = include {
                assert!(
                    self.references().any(|known| known.path == *path),
                    "{name}: its include `{}` follows `{path}`, which is none of its references",
                    include.name()
                );
            }
        }
        for linked in self.def.linked {
            assert!(
                self.reference_at(linked.path).is_some(),
                "{name}: its filter `{}` follows `{}`, which is none of its references",
                linked.name,
                linked.path
            );
        }
        assert!(has(self.def.title), "{name}: its title `{}` is not a member of its content", self.def.title);
        for column in self.def.columns {
            assert!(
                self.has_path(column.path),
                "{name}: its column `{}` is not a member of its content",
                column.path
            );
            if let Ty::Ref(other) = column.ty {
                assert!(
                    self.references().any(|known| known.path == column.path && known.kind == other),
                    "{name}: its column `{}` is none of its references",
                    column.path
                );
            }
        }
        for reference in self.references() {
            assert!(
                self.has_path(reference.path),
                "{name}: its reference `{}` is no place in its content",
                reference.path
            );
        }
        // The list that every kind begins from names more than any has.
        for member in self.def.words.iter().filter(|_| self.def.words != WORDS) {
            assert!(
                has(member),
                "{name}: its words are those of `{member}`, which is no member of its content"
            );
            assert!(!self.names_others(member), "{name}: `{member}` names records, which are not its words");
        }
        if self.def.assigned.is_some() {
            assert!(
                has("due") && has("status"),
                "{name}: what is assigned has a `due` and a `status`, for /v1/me"
            );
        }
    }

    /// Stops the start when a definition names a kind that there is not, or a place that it has not got.
    pub fn check_among(&self, kinds: &[&'static KindDef]) {
        let name = self.def.name;
        let find = |other: &str| kinds.iter().find(|kind| kind.def.name == other);
        for reference in self.references() {
            assert!(
                find(reference.kind).is_some(),
                "{name}: `{}` names no kind `{}`",
                reference.path,
                reference.kind
            );
        }
        for include in self.def.includes {
            if let Include::Naming { kind, path, .. } = include {
                let names = |other: &&KindDef| {
                    other.references().any(|known| known.path == *path && known.kind == name)
                };
                assert!(
                    find(kind).copied().filter(names).is_some(),
                    "{name}: its include `{}` asks for a `{kind}` that names it at `{path}`, which there is not",
                    include.name()
                );
            }
        }
    }

    /// True where the schema has a place of that path: member names, `*` for an array's elements.
    fn has_path(&self, path: &str) -> bool {
        let place = path.split('/').fold(&self.schema, |schema, step| match step {
            "*" => &schema["items"],
            member => &schema["properties"][member],
        });
        place.is_object()
    }

    /// Every reference that the kind makes.
    pub fn references(&self) -> impl Iterator<Item = &Reference> {
        self.def.references.iter().chain(std::iter::once(&SOURCES))
    }

    /// The reference that it makes at a path.
    pub fn reference_at(&self, path: &str) -> Option<&Reference> {
        self.references().find(|reference| reference.path == path)
    }

    /// Whether other records are named in a member: not everybody who sees this record may see those.
    fn names_others(&self, member: &str) -> bool {
        self.references().any(|reference| reference.path.split('/').next() == Some(member))
    }

    /// The members whose words a search finds, the title first.
    pub fn words(&self) -> Vec<&'static str> {
        let members = self.field_names();
        let others = self.def.words.iter().copied().filter(|member| {
            *member != self.def.title && members.contains(member) && !self.names_others(member)
        });
        std::iter::once(self.def.title).chain(others).collect()
    }

    /// The content as it is stored: all members in order, null where absent; or what is wrong with it.
    pub fn canonical(&self, content: Value) -> Result<Value, Vec<Fault>> {
        let mut faults = vec![];
        self.check_content(content, &mut faults).ok_or(faults)
    }

    /// The content as it is stored, if nothing is wrong with it. Adds the rules that it breaks to the faults that are
    /// known of it.
    pub fn check_content(&self, content: Value, faults: &mut Vec<Fault>) -> Option<Value> {
        (self.check_content)(self, content, faults)
    }

    /// What other records do not allow of a content.
    pub fn cross_check(
        &self,
        conn: &mut Conn,
        this: &CrossRecordCheck<'_>,
        faults: &mut Vec<Fault>,
    ) -> Result<(), Problem> {
        (self.cross_check)(conn, this, faults)
    }

    /// Lets the kind's other tables follow a step of a record's life.
    pub fn run_hook(&self, conn: &mut Conn, event: &LifecycleEvent<'_>) -> Result<(), Problem> {
        self.lifecycle_hook.map_or(Ok(()), |hook| hook(conn, event))
    }

    /// The names of the members that stand beside the content.
    pub fn computed_names(&self) -> Vec<&str> {
        members(&self.computed_schema).map(|(name, _)| name.as_str()).collect()
    }

    /// The names of the content's members, in order.
    pub fn field_names(&self) -> Vec<&str> {
        members(&self.schema).map(|(name, _)| name.as_str()).collect()
    }

    /// The codes that a member can have, where it is one of a closed list.
    pub fn codes(&self, member: &str) -> Option<Vec<String>> {
        let codes = self.schema["properties"][member]["enum"].as_array()?;
        Some(codes.iter().filter_map(Value::as_str).map(str::to_owned).collect())
    }

    /// The rule for an action on this kind. What needs no approval cannot be approved.
    pub fn rule(&self, action: crate::access::Action) -> Option<crate::access::Rule> {
        self.def.rule(action)
    }

    /// Whether an actor holds a role that keeps it from writing one.
    pub fn bars(&self, actor: &crate::access::Actor) -> bool {
        self.def.bars(actor)
    }

    /// The path of one of them.
    pub fn self_link(&self, id: crate::clock::Id) -> String {
        format!("/v1/{}/{id}", self.def.path)
    }

    /// Who approves, in words.
    pub fn approvers(&self) -> Vec<&'static str> {
        self.def.approvals.iter().map(|role: &role::Role| role.name()).collect()
    }
}

impl std::fmt::Debug for KindDef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.def.name)
    }
}

fn members(schema: &Value) -> impl Iterator<Item = (&String, &Value)> {
    schema["properties"].as_object().into_iter().flat_map(Map::iter)
}

impl<C: Validate> Validate for Whole<C> {
    fn validate(&self) -> Result<(), ValidationErrors> {
        self.own.validate()
    }
}

fn check_content<K: Kind>(kind: &KindDef, content: Value, faults: &mut Vec<Fault>) -> Option<Value> {
    let read =
        validation::read(content, &kind.schema, faults, |_: &Whole<K::Content>, _| Ok::<(), Infallible>(()));
    let Ok(read) = read;
    let (whole, ()) = read.filter(|_| faults.is_empty())?;
    match serde_json::to_value(&whole) {
        Ok(content) => Some(content),
        Err(error) => {
            faults.push(Fault::pointer("", "invalid", error.to_string()));
            None
        }
    }
}
