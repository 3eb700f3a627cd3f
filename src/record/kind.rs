//! A kind of record: what it adds to the envelope.
//!
//! A room declares a type for its content and a [`Definition`]; from the two come its table's columns, its
//! filters and sort keys, its links, its schema and its documents. The shared operations work over the
//! erased form, [`KindDef`], so that they are compiled once and not once for each kind.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::openapi::{RefOr, Schema};

use super::read::Row;
use super::visible::Sight;
use crate::access::rule::Rules;
use crate::access::{Role, role};
use crate::clock::Id;
use crate::problem::{Fault, Problem};
use crate::store::Conn;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ty {
    /// Text, compared by code point.
    Text,
    /// A whole number.
    Int,
    /// Yes or no.
    Bool,
    /// A day.
    Date,
    /// A sum of money, held in pence; taken from the `amount` of what stands there.
    Money,
    /// The id of a record of that kind.
    Ref(&'static str),
}

/// How a list can be narrowed by a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filter {
    /// Not at all.
    No,
    /// `name=value`.
    Equal,
    /// `name=value`, `name[gte]=value`, `name[lt]=value`.
    Range,
}

/// How a list can be ordered by a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// Not at all.
    No,
    /// By the column itself, which is never null.
    Yes,
    /// By one of two columns that hold the greatest and the least value in place of null, so that nulls come
    /// last both ways and an index serves both.
    Nullable {
        /// Ascending: null is the greatest.
        asc: &'static str,
        /// Descending: null is the least.
        desc: &'static str,
    },
}

/// A column of the kind's own table, taken from its content.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its name in parameters, and in the content where it is not nested.
    pub name: &'static str,
    /// Where in the content it is taken from: member names separated by `/`.
    pub path: &'static str,
    /// Its name in the table.
    pub column: &'static str,
    /// What it holds.
    pub ty: Ty,
    /// How it filters.
    pub filter: Filter,
    /// How it sorts.
    pub sort: Sort,
    /// True where no two records' working versions may have the same.
    pub unique: bool,
}

impl Column {
    /// A column of the same name in table and content, that neither filters nor sorts.
    pub const fn new(name: &'static str, ty: Ty) -> Column {
        Column { name, path: name, column: name, ty, filter: Filter::No, sort: Sort::No, unique: false }
    }

    /// The same, taken from inside a member.
    pub const fn at(mut self, path: &'static str) -> Column {
        self.path = path;
        self
    }

    /// The same, unique among working versions; the migration has the index that sees to it.
    pub const fn unique(mut self) -> Column {
        self.unique = true;
        self
    }

    /// What stands in its place in a content; null where anything on the way is.
    pub fn member<'a>(&self, content: &'a Value) -> &'a Value {
        self.path.split('/').fold(content, |value, step| &value[step])
    }

    /// The same, under another name in the table (where SQL reserves it).
    pub const fn stored_as(mut self, column: &'static str) -> Column {
        self.column = column;
        self
    }

    /// The same, filtering by equality.
    pub const fn equal(mut self) -> Column {
        self.filter = Filter::Equal;
        self
    }

    /// The same, filtering by range.
    pub const fn range(mut self) -> Column {
        self.filter = Filter::Range;
        self
    }

    /// The same, sorting.
    pub const fn sorted(mut self) -> Column {
        self.sort = Sort::Yes;
        self
    }

    /// The same, sorting with nulls last.
    pub const fn sorted_nulls_last(mut self, asc: &'static str, desc: &'static str) -> Column {
        self.sort = Sort::Nullable { asc, desc };
        self
    }
}

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
    /// What can be included.
    pub includes: &'static [Include],
    /// The members whose words a search finds, besides the title and the reference: text, or a list of it.
    pub words: &'static [&'static str],
    /// The member that names the organisation it is assigned to.
    pub assigned: Option<&'static str>,
    /// The members that this organisation may change.
    pub assigned_members: &'static [&'static str],
    /// The members that came after a release: versions stored before have not got them. None of them may share
    /// its name with a member that is nested.
    pub added: &'static [&'static str],
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
            rules: crate::access::rule::OFFICE,
            barred: &[],
            approvals: &[],
            columns: &[],
            references: &[],
            includes: &[],
            words: WORDS,
            assigned: None,
            assigned_members: &[],
            added: &[],
            demo: "",
            shown: "",
        }
    }

    /// Reference data: no body, no workflow.
    pub const fn reference(name: &'static str, path: &'static str) -> Definition {
        let mut definition = Definition::office(name, path);
        definition.workflow = false;
        definition.rules = crate::access::rule::REFERENCE;
        definition
    }

    /// The columns that filter or sort in every kind, then its own.
    pub fn all_columns(&self) -> impl Iterator<Item = &'static Column> + use<> {
        const REFERENCE: &Column = &Column::new("reference", Ty::Text).equal().sorted();
        const BODY: &Column = &Column::new("body", Ty::Ref(super::BODY)).equal();
        let body = self.workflow.then_some(BODY);
        std::iter::once(REFERENCE).chain(body).chain(self.columns)
    }
}

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

/// The content of any kind: its own members, then the two that all have.
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

/// The reference that every kind makes: its sources.
pub const SOURCES: Reference = Reference {
    path: "sources/*/source",
    kind: "source",
    rel: "sourced_from",
    inverse: false,
    thread: false,
};

/// What stands beside a record's content in an answer: worked out from other records, as the reader sees them.
/// It belongs to no version, so a cited version never shows it.
#[derive(Clone, Copy)]
pub struct Beside {
    /// The schema of its members: an object's.
    pub schema: fn() -> Value,
    /// Whether lists show it too, or only the answer about one record.
    pub in_lists: bool,
    /// Reads it for these records, in a number of queries that does not depend on how many they are: an object
    /// for each, with all its members in order.
    pub read: ReadBeside,
}

/// What reads it.
pub type ReadBeside = fn(&mut Conn, &[Row], &Sight) -> Result<Vec<Value>, Problem>;

/// A form of another standard in which lists of a kind are given out.
#[derive(Clone, Copy)]
pub struct Format {
    /// Its name in `format=`.
    pub name: &'static str,
    /// Its media type.
    pub content_type: &'static str,
    /// What it is, for the document.
    pub about: &'static str,
    /// How many records it holds when no `limit` is given: such a form is wanted whole.
    pub most: i64,
    /// Writes it.
    pub write: fn(&Facts<'_>, &[Value]) -> Result<Vec<u8>, Problem>,
}

/// What such a form says beside the records.
pub struct Facts<'a> {
    /// The service's own address.
    pub base: &'a str,
    /// The address asked for, with its query.
    pub address: &'a str,
    /// Whose records they are, where they are all of one organisation: its content.
    pub publisher: Option<&'a Value>,
    /// The licences of the sources that they name.
    pub licences: &'a [String],
}

/// A form of another standard in which import reads records of a kind: a CSV that these titles tell.
#[derive(Clone, Copy)]
pub struct Foreign {
    /// Titles that such a file has, and that no file of our own has.
    pub titles: &'static [&'static str],
    /// Reads it.
    pub read: ReadForeign,
}

/// What reads it. The map has the references of organisations on record, by their identifiers (`GB-CHC-1234567`).
pub type ReadForeign = fn(&mut dyn std::io::Read, &BTreeMap<String, String>) -> Result<Converted, Problem>;

/// What came of it.
#[derive(Debug, Default)]
pub struct Converted {
    /// The records, by kind, each with its row, in the form in which our own lines hold them. Those of other kinds
    /// than the file's are left as they are where they are on record already.
    pub records: Vec<(&'static str, Vec<(u64, Value)>)>,
    /// What cannot be taken.
    pub faults: Vec<Fault>,
    /// What can be taken and is worth a look.
    pub remarks: Vec<Fault>,
}

/// A content that is to stand beside what others say: for the rules that look at other records.
pub struct Against<'a> {
    /// The record, which may be new.
    pub record: Id,
    /// Its policing body.
    pub body: Option<Id>,
    /// The content as it was before, if there was any.
    pub before: Option<&'a Value>,
    /// The content, canonical.
    pub content: &'a Value,
    /// The ids of the records that it names once, by the path of the reference.
    pub named: &'a BTreeMap<&'static str, Id>,
}

/// The reference to a record of reference data that the envelope makes: the body, the owner.
pub fn shared(kind: &'static str) -> Reference {
    Reference { path: "", kind, rel: "", inverse: false, thread: false }
}

/// What a room implements.
pub trait Kind: 'static {
    /// The members that this kind adds, in the order in which they are written. Optional members are
    /// `Option`s (null when absent), lists default to empty; bounds stand in its schema and are checked
    /// from it.
    type Content: Serialize + DeserializeOwned + utoipa::ToSchema;

    /// What the kind is.
    const DEFINITION: Definition;

    /// What a schema cannot say. Adds a fault for each thing that is wrong.
    fn check(_content: &Self::Content, _faults: &mut Vec<Fault>) {}

    /// What stands beside it in answers, worked out from other records.
    const BESIDE: Option<Beside> = None;

    /// The forms of other standards that lists can be had in.
    const FORMATS: &'static [Format] = &[];

    /// The form of another standard that import reads.
    const FOREIGN: Option<Foreign> = None;

    /// What other records do not allow: looked at when a version is written and again when it is published, in the
    /// transaction that does it.
    fn against(_conn: &mut Conn, _this: &Against<'_>, _faults: &mut Vec<Fault>) -> Result<(), Problem> {
        Ok(())
    }

    /// Whether [`Kind::against`] has anything to say.
    const LOOKS_AT_OTHERS: bool = false;

    /// Where it measures many records against one that they all name: the path of that reference. An import then asks
    /// once for each that is named, when all are written.
    const AGAINST_BY: Option<&'static str> = None;

    /// A body that `POST` would take, for the document.
    fn example() -> Value;
}

/// A kind, erased: what the shared operations work over.
pub struct KindDef {
    /// Its definition.
    pub def: Definition,
    /// The schema of its content (with `sources` and `note`), without references to other schemas.
    pub schema: Value,
    /// A body that `POST` would take.
    pub example: Value,
    /// What stands beside it in answers.
    pub beside: Option<Beside>,
    /// The forms of other standards that lists can be had in.
    pub formats: &'static [Format],
    /// The form of another standard that import reads.
    pub foreign: Option<Foreign>,
    /// The schema of what stands beside: no members where there is nothing.
    pub beside_schema: Value,
    /// Whether other records can forbid a content.
    pub looks_at_others: bool,
    /// The reference by which they do, where many are measured against one.
    pub against_by: Option<&'static str>,
    canonical: fn(Value) -> Result<Value, Vec<Fault>>,
    against: fn(&mut Conn, &Against<'_>, &mut Vec<Fault>) -> Result<(), Problem>,
}

impl KindDef {
    /// Erases a kind. Made once, when the application starts.
    pub fn of<K: Kind>() -> &'static KindDef {
        let mut schema = object_schema::<K::Content>();
        let common = object_schema::<Common>();
        for (name, property) in members(&common) {
            schema["properties"][name] = property.clone();
        }
        let kind = KindDef {
            def: K::DEFINITION,
            schema,
            example: K::example(),
            beside: K::BESIDE,
            foreign: K::FOREIGN,
            formats: K::FORMATS,
            beside_schema: K::BESIDE.map_or(Value::Null, |beside| (beside.schema)()),
            canonical: canonical::<K>,
            against: K::against,
            looks_at_others: K::LOOKS_AT_OTHERS,
            against_by: K::AGAINST_BY,
        };
        kind.check();
        Box::leak(Box::new(kind))
    }

    /// Stops the start when a definition names a member that the content has not got.
    fn check(&self) {
        let members = self.member_names();
        let has = |member: &str| members.contains(&member);
        let name = self.def.name;
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

    /// Whether other records are named in a member: not everybody who sees this record may see those.
    fn names_others(&self, member: &str) -> bool {
        self.references().any(|reference| reference.path.split('/').next() == Some(member))
    }

    /// The members whose words a search finds, the title first.
    pub fn words(&self) -> Vec<&'static str> {
        let members = self.member_names();
        let others = self.def.words.iter().copied().filter(|member| {
            *member != self.def.title && members.contains(member) && !self.names_others(member)
        });
        std::iter::once(self.def.title).chain(others).collect()
    }

    /// The content as it is stored: all members in order, null where absent; or what is wrong with it.
    pub fn canonical(&self, content: Value) -> Result<Value, Vec<Fault>> {
        (self.canonical)(content)
    }

    /// What other records do not allow of a content.
    pub fn against(
        &self,
        conn: &mut Conn,
        this: &Against<'_>,
        faults: &mut Vec<Fault>,
    ) -> Result<(), Problem> {
        (self.against)(conn, this, faults)
    }

    /// The names of the members that stand beside the content.
    pub fn beside_names(&self) -> Vec<&str> {
        members(&self.beside_schema).map(|(name, _)| name.as_str()).collect()
    }

    /// The names of the content's members, in order.
    pub fn member_names(&self) -> Vec<&str> {
        members(&self.schema).map(|(name, _)| name.as_str()).collect()
    }

    /// The codes that a member can have, where it is one of a closed list.
    pub fn codes(&self, member: &str) -> Option<Vec<String>> {
        let codes = self.schema["properties"][member]["enum"].as_array()?;
        Some(codes.iter().filter_map(Value::as_str).map(str::to_owned).collect())
    }

    /// The rule for an action on this kind. What needs no approval cannot be approved.
    pub fn rule(&self, action: crate::access::Action) -> Option<crate::access::Rule> {
        if action == crate::access::Action::Approve && self.def.approvals.is_empty() {
            return None;
        }
        crate::access::rule::find(self.def.rules, action)
    }

    /// Whether an actor holds a role that keeps it from writing one.
    pub fn bars(&self, actor: &crate::access::Actor) -> bool {
        self.def.barred.iter().any(|role| actor.has(*role))
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

fn canonical<K: Kind>(content: Value) -> Result<Value, Vec<Fault>> {
    let whole: Whole<K::Content> = serde_json::from_value(content).map_err(|error| {
        vec![Fault::pointer("", "invalid", format!("The body does not fit its schema: {error}."))]
    })?;
    let mut faults = vec![];
    K::check(&whole.own, &mut faults);
    if !faults.is_empty() {
        return Err(faults);
    }
    serde_json::to_value(&whole).map_err(|error| vec![Fault::pointer("", "invalid", error.to_string())])
}

/// The schema of a type as JSON, strict (no other members), with everything that it refers to put inside.
pub fn object_schema<T: utoipa::ToSchema>() -> Value {
    let mut named: Vec<(String, RefOr<Schema>)> = vec![];
    T::schemas(&mut named);
    let named: Map<String, Value> = named.into_iter().map(|(name, schema)| (name, json!(schema))).collect();
    let mut schema = inline(json!(T::schema()), &named);
    schema["additionalProperties"] = json!(false);
    schema
}

/// A type with another description in its place is written as "all of the type and of an object with this
/// description": that is the type, described so.
fn described(object: &Map<String, Value>) -> Option<Value> {
    let parts = object.get("allOf")?.as_array()?;
    let is_remark = |part: &Value| {
        part.as_object().is_some_and(|part| part.keys().all(|key| key == "type" || key == "description"))
            && part["type"] == "object"
    };
    let [only] = parts.iter().filter(|part| !is_remark(part)).collect::<Vec<_>>()[..] else {
        return None;
    };
    let remark = parts.iter().find(|part| is_remark(part))?;
    let mut only = only.clone();
    only["description"] = remark["description"].clone();
    Some(only)
}

/// Puts referred schemas inside, and writes "this or null" in the short way that error messages understand.
fn inline(schema: Value, named: &Map<String, Value>) -> Value {
    match schema {
        Value::Object(mut object) => {
            if let Some(Value::String(reference)) = object.get("$ref") {
                let name = reference.rsplit('/').next().unwrap_or_default();
                return inline(named.get(name).cloned().unwrap_or(Value::Null), named);
            }
            if let Some(only) = described(&object) {
                return inline(only, named);
            }
            if let Some(Value::Array(options)) = object.get("oneOf") {
                let mut others: Vec<Value> =
                    options.iter().filter(|option| option["type"] != "null").cloned().collect();
                if others.len() == 1 && options.len() == 2 {
                    let mut only = inline(others.remove(0), named);
                    let ty = only["type"].clone();
                    only["type"] = json!([ty, "null"]);
                    if let Some(values) = only.get_mut("enum").and_then(Value::as_array_mut) {
                        values.push(Value::Null);
                    }
                    if let Some(description) = object.remove("description") {
                        only["description"] = description;
                    }
                    return only;
                }
            }
            let mut object: Map<String, Value> =
                object.into_iter().map(|(key, value)| (key, inline(value, named))).collect();
            // Text without a bound of its own is a name of something, in a list.
            if object.get("type") == Some(&json!("string"))
                && ["maxLength", "enum", "const", "format"].iter().all(|bound| !object.contains_key(*bound))
            {
                object.insert("minLength".to_owned(), json!(1));
                object.insert("maxLength".to_owned(), json!(150));
            }
            Value::Object(object)
        }
        Value::Array(items) => Value::Array(items.into_iter().map(|item| inline(item, named)).collect()),
        other => other,
    }
}
