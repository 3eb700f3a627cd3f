//! What a kind of record declares.
//!
//! A resource module declares a type for the content and a [`Definition`]. From these two follow the columns of its
//! table, its filters and sort keys, its links, its schema and its documentation. The shared operations work with the
//! type-erased [`KindDef`], so that they are compiled once and not once for each kind.

use std::any::TypeId;
use std::convert::Infallible;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use validator::{Validate, ValidationErrors};

pub use super::column::{Column, Filter, Forms, Sort, Ty};
pub use super::computed::{
    ComputedFields, ComputedFilter, Converted, ConvertedRecord, CrossRecordCheck, ExportLine, Facts,
    FileImport, FileLines, Files, FilterOn, FilterValues, Foreign, ForeignFile, Format, ImportOutcome,
    KnownParty, LifecycleEvent, LifecycleHook, ReadComputed, Step,
};
pub use super::definition::{
    Companion, Definition, Include, Linked, READ_ONLY, Reference, SOURCES, WORDS, shared,
};
pub use super::schema::{NamedSchema, answer_schema, layered_schema, named_schema, object_schema};
use crate::access::role;
use crate::problem::{Fault, Problem};
use crate::store::Conn;
use crate::validation::{self, characters};

/// A place in a source that the record comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceUse {
    /// The source, by its reference or its id.
    #[schema(min_length = 1, max_length = 150, example = "police-and-crime-plan-2013")]
    pub source: String,
    /// The place in the source, in words, such as a section or a page.
    #[schema(min_length = 1, max_length = 200, example = "Objectives, 1")]
    pub locator: Option<String>,
}

/// The sources that a content names.
pub fn sources_of(content: &str) -> serde_json::Result<Vec<SourceUse>> {
    #[derive(Deserialize)]
    struct Sources {
        #[serde(default)]
        sources: Vec<SourceUse>,
    }
    serde_json::from_str(content).map(|Sources { sources }| sources)
}

/// The content of any kind: its own fields, then the two that all kinds have, which have no rules.
#[derive(Serialize, Deserialize)]
struct FullContent<C> {
    #[serde(flatten)]
    own: C,
    #[serde(default)]
    sources: Vec<SourceUse>,
    note: Option<String>,
}

#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
struct CommonFields {
    /// The sources that this record comes from.
    #[schema(max_items = 50, required = false)]
    sources: Vec<SourceUse>,
    /// An editorial remark, such as a contradiction in the sources, an inference or a choice.
    #[schema(min_length = 1, max_length = 4000)]
    note: Option<String>,
}

/// A kind of record, implemented by its resource module.
pub trait Kind: 'static {
    /// The fields that this kind adds, in the order of the JSON. Optional fields are `Option`s (null if absent), lists
    /// default to empty. Bounds are declared in the schema, which checks them.
    ///
    /// [`Validate`] checks what a schema cannot state.
    type Content: Serialize + DeserializeOwned + utoipa::ToSchema + Validate;

    /// What the kind declares as data.
    const DEFINITION: Definition;

    /// Fields of responses that are computed from other records.
    const COMPUTED: Option<ComputedFields> = None;

    /// Filters of lists by what is computed.
    const FILTERS: &'static [ComputedFilter] = &[];

    /// The formats of other standards in which lists can be requested.
    const FORMATS: &'static [Format] = &[];

    /// The format of another standard that import reads.
    const FOREIGN: Option<Foreign> = None;

    /// Adds a fault for whatever other records do not allow. Runs when a version is written and again when it is
    /// published, in the same transaction.
    fn cross_check(
        _conn: &mut Conn,
        _check: &CrossRecordCheck<'_>,
        _faults: &mut Vec<Fault>,
    ) -> Result<(), Problem> {
        Ok(())
    }

    /// Whether the kind implements [`Kind::cross_check`].
    const CHECKS_OTHER_RECORDS: bool = false;

    /// The path of a reference, if the check compares all records that name a certain record by it with that record. An
    /// import then checks once for each record named, when all are written.
    const CROSS_CHECK_BY: Option<&'static str> = None;

    /// The files of a bundle that belong to single records.
    const FILES: Option<Files> = None;

    /// Updates the kind's own tables at a step of a record's lifecycle.
    const LIFECYCLE_HOOK: Option<LifecycleHook> = None;

    /// A valid body of `POST`, for the OpenAPI document and the tests.
    fn example() -> Value;
}

/// A type-erased kind, with which the shared operations work.
#[derive(Clone)]
pub struct KindDef {
    type_id: TypeId,
    /// What the kind declares as data.
    pub def: Definition,
    /// The schema of the content with `sources` and `note`, without references to other schemas.
    pub schema: Value,
    /// A valid body of `POST`.
    pub example: Value,
    /// The computed fields of responses.
    pub computed: Option<ComputedFields>,
    /// The filters of lists by what is computed.
    pub filters: &'static [ComputedFilter],
    /// The formats of other standards in which lists can be requested.
    pub formats: &'static [Format],
    /// The format of another standard that import reads.
    pub foreign: Option<Foreign>,
    /// The files of a bundle that belong to single records.
    pub files: Option<Files>,
    /// The schema of the computed fields; null if there are none.
    pub computed_schema: Value,
    /// Whether contents are checked against other records.
    pub checks_other_records: bool,
    /// The reference by which an import does that check once for each record named.
    pub cross_check_by: Option<&'static str>,
    lifecycle_hook: Option<LifecycleHook>,
    named_schema: fn() -> NamedSchema,
    check_content: fn(&KindDef, Value, &mut Vec<Fault>) -> Option<Value>,
    cross_check: fn(&mut Conn, &CrossRecordCheck<'_>, &mut Vec<Fault>) -> Result<(), Problem>,
}

impl KindDef {
    /// Erases the type of a kind. Called once for each kind, when the application starts.
    pub fn of<K: Kind>() -> &'static KindDef {
        let mut schema = object_schema::<K::Content>();
        let common = object_schema::<CommonFields>();
        for (name, property) in properties(&common) {
            schema["properties"][name] = property.clone();
        }
        let kind = KindDef {
            type_id: TypeId::of::<K>(),
            def: K::DEFINITION,
            schema,
            named_schema: full_named_schema::<K::Content>,
            example: K::example(),
            computed: K::COMPUTED,
            filters: K::FILTERS,
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
        Box::leak(Box::new(kind))
    }

    /// Whether this is the kind `K`.
    pub fn is<K: Kind>(&self) -> bool {
        self.type_id == TypeId::of::<K>()
    }

    /// The schema of the content for the OpenAPI document, with its types by name.
    pub fn named_schema(&self) -> NamedSchema {
        (self.named_schema)()
    }

    /// Whether the schema has this path: field names separated by `/`, `*` for the elements of an array.
    pub fn has_path(&self, path: &str) -> bool {
        self.schema_at(path).is_object()
    }

    /// All references of the kind.
    pub fn references(&self) -> impl Iterator<Item = &Reference> {
        self.def.references.iter().chain(std::iter::once(&SOURCES))
    }

    /// The reference with this path.
    pub fn reference_at(&self, path: &str) -> Option<&Reference> {
        self.references().find(|reference| reference.path == path)
    }

    /// The column of the table that has a reference, and the kind that it refers to.
    pub fn reference_column(&self, name: &str) -> Option<(&'static str, &'static str)> {
        let column = self.def.columns.iter().find(|column| column.name == name)?;
        if let Ty::Ref(kind) = column.ty { Some((column.column, kind)) } else { None }
    }

    /// Whether what stands at a path names other records, which not everybody sees who sees this record.
    pub fn names_others(&self, path: &str) -> bool {
        self.references().any(|reference| {
            reference.path.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }

    /// The paths whose words the search finds, the title first.
    pub fn words(&self) -> Vec<&'static str> {
        let others = self
            .def
            .words
            .iter()
            .copied()
            .filter(|path| *path != self.def.title && self.has_path(path) && !self.names_others(path));
        std::iter::once(self.def.title).chain(others).collect()
    }

    /// The content as it is stored: all fields in order, null if absent. Fails with the faults of the content.
    pub fn canonical(&self, content: Value) -> Result<Value, Vec<Fault>> {
        let mut faults = vec![];
        match self.check_content(content, &mut faults) {
            Some(content) if faults.is_empty() => Ok(content),
            _ => Err(faults),
        }
    }

    /// The content as it would be stored, if it can be read. Adds a fault for each rule that it breaks to those known already: only
    /// without any is it fit to be stored.
    pub fn check_content(&self, content: Value, faults: &mut Vec<Fault>) -> Option<Value> {
        (self.check_content)(self, content, faults)
    }

    /// Adds a fault for whatever other records do not allow.
    pub fn cross_check(
        &self,
        conn: &mut Conn,
        check: &CrossRecordCheck<'_>,
        faults: &mut Vec<Fault>,
    ) -> Result<(), Problem> {
        (self.cross_check)(conn, check, faults)
    }

    /// Runs the kind's lifecycle hook, if it has one.
    pub fn run_hook(&self, conn: &mut Conn, event: &LifecycleEvent<'_>) -> Result<(), Problem> {
        self.lifecycle_hook.map_or(Ok(()), |hook| hook(conn, event))
    }

    /// The names of the computed fields, in order.
    pub fn computed_names(&self) -> Vec<&str> {
        properties(&self.computed_schema).map(|(name, _)| name.as_str()).collect()
    }

    /// The names of the content's fields, in order.
    pub fn field_names(&self) -> Vec<&str> {
        properties(&self.schema).map(|(name, _)| name.as_str()).collect()
    }

    /// The schema at a path: field names separated by `/`, `*` for the elements of an array. Null for no such path.
    fn schema_at(&self, path: &str) -> &Value {
        path.split('/').fold(&self.schema, |schema, step| match step {
            "*" => &not_null(schema)["items"],
            field => &not_null(schema)["properties"][field],
        })
    }

    /// The values that a field can have, if they are a closed list.
    pub fn codes(&self, path: &str) -> Option<Vec<String>> {
        let codes = not_null(self.schema_at(path))["enum"].as_array()?;
        Some(codes.iter().filter_map(Value::as_str).map(str::to_owned).collect())
    }

    /// Whether a text is a value of the closed list that a field of a response has.
    pub fn has_code(&self, path: &str, text: &str) -> bool {
        [&self.schema, &self.computed_schema].into_iter().any(|schema| {
            let list = path.split('/').fold(not_null(schema), |schema, step| match step {
                "*" => not_null(&schema["items"]),
                field => not_null(&schema["properties"][field]),
            });
            list["enum"].as_array().is_some_and(|codes| codes.iter().any(|code| code == text))
        })
    }

    /// What the schema says of a field that is text: its length, its form.
    pub fn text_form(&self, path: &str) -> Value {
        let schema = not_null(self.schema_at(path));
        let mut form = json!({"type": "string"});
        for name in ["minLength", "maxLength", "pattern", "format"] {
            if let Some(bound) = schema.get(name) {
                form[name] = bound.clone();
            }
        }
        form
    }

    /// The least and the greatest whole number that a field can have.
    pub fn bounds(&self, path: &str) -> Option<(i64, i64)> {
        let schema = not_null(self.schema_at(path));
        Some((schema["minimum"].as_i64()?, schema["maximum"].as_i64()?))
    }

    /// Who may do an action on this kind, if anybody.
    pub fn rule(&self, action: crate::access::Action) -> Option<crate::access::Rule> {
        self.def.rule(action)
    }

    /// Whether the actor has a role that may never write one.
    pub fn bars(&self, actor: &crate::access::Actor) -> bool {
        self.def.bars(actor)
    }

    /// The canonical address of a record.
    pub fn self_link(&self, id: crate::clock::Id) -> String {
        format!("/v1/{}/{id}", self.def.path)
    }

    /// The names of the roles that must approve a publication.
    pub fn approvers(&self) -> Vec<&'static str> {
        self.def.approvals.iter().map(|role: &role::Role| role.name()).collect()
    }
}

impl std::fmt::Debug for KindDef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.def.name)
    }
}

/// The schema of a field without the alternative that it is null.
pub fn not_null(schema: &Value) -> &Value {
    let choices = schema["oneOf"].as_array().or_else(|| schema["anyOf"].as_array());
    choices
        .and_then(|choices| choices.iter().find(|choice| choice["type"] != json!("null")))
        .unwrap_or(schema)
}

fn full_named_schema<C: utoipa::ToSchema>() -> NamedSchema {
    let mut named = named_schema::<C>();
    let common = named_schema::<CommonFields>();
    for (name, property) in properties(&common.schema) {
        named.schema["properties"][name] = property.clone();
    }
    named.types.extend(common.types);
    named
}

fn properties(schema: &Value) -> impl Iterator<Item = (&String, &Value)> {
    schema["properties"].as_object().into_iter().flat_map(Map::iter)
}

impl<C: Validate> Validate for FullContent<C> {
    fn validate(&self) -> Result<(), ValidationErrors> {
        self.own.validate()
    }
}

fn check_content<K: Kind>(kind: &KindDef, content: Value, faults: &mut Vec<Fault>) -> Option<Value> {
    characters::add_blank(&content, &mut String::new(), faults);
    let read = validation::read(content, &kind.schema, faults, |_: &FullContent<K::Content>, _| {
        Ok::<(), Infallible>(())
    });
    let Ok(read) = read;
    let (full, ()) = read?;
    match serde_json::to_value(&full) {
        Ok(content) => Some(content),
        Err(error) => {
            faults.push(Fault::pointer("", "invalid", error.to_string()));
            None
        }
    }
}
