//! `/v1/access`: the rule table, with an explanation of its terms.

mod page;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Serialize;
use serde_json::{Map, Value};

pub use page::page;

use crate::access::rule::READ_PUBLIC;
use crate::access::rule_words::{self, TWO_PAIRS_OF_EYES};
use crate::access::{Reach, Role};
use crate::http::kinds::{self, list_reply_with};
use crate::http::operation::{Answer, ExampleCall, Handler, Method, Operation};
use crate::http::paging::Page;
use crate::http::params::{Param, ParamType};
use crate::http::{Call, Reply};
use crate::problem::Problem;
use crate::record::kind::KindDef;

/// The limit of the one page, which has every operation.
const LIMIT: i64 = 1_000;

/// An operation, and who may call it.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct AccessRow {
    /// The operation, as the OpenAPI document calls it.
    #[schema(max_length = 100)]
    pub operation: String,
    /// The method.
    #[schema(max_length = 10)]
    pub method: &'static str,
    /// The path.
    #[schema(max_length = 200)]
    pub path: String,
    /// The kind of record; null for an operation of no kind.
    #[schema(max_length = 64)]
    pub kind: Option<&'static str>,
    /// What the operation does.
    #[schema(max_length = 200)]
    pub summary: String,
    /// Who may call it, in words.
    #[schema(max_length = 2000)]
    pub sentence: String,
    /// The roles that may call it. A role that is not listed may not.
    #[schema(max_items = 20)]
    pub roles: Vec<AccessGrant>,
}

/// A role, and the records that it reaches.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct AccessGrant {
    /// The role.
    #[schema(max_length = 64)]
    pub role: &'static str,
    /// The reaches. The role reaches the records of all of them.
    #[schema(max_items = 10)]
    pub reach: Vec<&'static str>,
}

/// The terms of the rule table.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AccessWords {
    /// Each role.
    #[schema(max_items = 20)]
    pub roles: Vec<RoleWords>,
    /// Each reach.
    #[schema(max_items = 10)]
    pub reaches: Vec<ReachWords>,
    /// Each kind: which approvals it needs, and which roles may not write it.
    #[schema(max_items = 200)]
    pub kinds: Vec<KindWords>,
    /// What needs two persons.
    #[schema(max_items = 20)]
    pub two_pairs_of_eyes: Vec<&'static str>,
}

/// A role, explained.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RoleWords {
    /// The role.
    #[schema(max_length = 64)]
    pub role: &'static str,
    /// Who holds it.
    #[schema(max_length = 200)]
    pub who: &'static str,
    /// Whether only a person may hold it, not a machine.
    pub person: bool,
}

/// A reach, explained.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ReachWords {
    /// The reach.
    #[schema(max_length = 64)]
    pub reach: &'static str,
    /// The records in it.
    #[schema(max_length = 1000)]
    pub meaning: &'static str,
}

/// What applies to a kind beyond its rules.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct KindWords {
    /// The kind.
    #[schema(max_length = 64)]
    pub kind: &'static str,
    /// The roles that must approve a publication.
    #[schema(max_items = 20)]
    pub approvals: Vec<&'static str>,
    /// Whether writing, approving and publishing take three people.
    pub separate: bool,
    /// The roles whose holders never write one, whatever other roles they have.
    #[schema(max_items = 20)]
    pub barred: Vec<&'static str>,
}

pub fn operations(kinds: &[&'static KindDef]) -> Vec<Operation> {
    let mut access =
        Operation::new(Method::Get, "/v1/access", "list_access", READ_PUBLIC, Handler::Inline(list));
    access.tag = "access";
    access.summary = "Who may do what".to_owned();
    access.description = "The rule table by which this server decides: each operation with the roles that may call it, and the records that each role reaches. `included` explains the terms. In CSV each role is a column.".to_owned();
    access.params = vec![
        Param::new(
            "role",
            ParamType::Codes(Role::ALL.iter().map(|role| role.name().to_owned()).collect()),
            "Only operations that one of these roles may call, separated by commas.",
        ),
        Param::new(
            "kind",
            ParamType::Codes(kinds.iter().map(|kind| kind.def.name.to_owned()).collect()),
            "Only operations on these kinds of record, separated by commas.",
        ),
        kinds::format_param(),
    ];
    access.answers = vec![Answer::named(200, "The rule table.", "AccessList").or_csv()];
    access.example = Some(ExampleCall { path: "/v1/access?kind=pledge&role=commissioner".to_owned() });
    vec![access]
}

/// A row for each operation of the whole table, which is known only when every module has added its operations.
static ROWS: OnceLock<Vec<AccessRow>> = OnceLock::new();

/// Keeps the rows of the whole table. Called once, when the table is complete.
pub fn keep_rows(operations: &[Operation]) {
    ROWS.get_or_init(|| operations.iter().map(row).collect());
}

fn list(call: &Call) -> Result<Reply, Problem> {
    let roles = call.params.names("role");
    let kinds = call.params.names("kind");
    let among =
        |names: &[(String, bool)], name: &str| names.is_empty() || names.iter().any(|(one, _)| one == name);
    let all = ROWS.get().map_or(&[][..], Vec::as_slice);
    let mut rows: Vec<AccessRow> =
        all.iter().filter(|row| among(kinds, row.kind.unwrap_or_default())).cloned().collect();
    rows.iter_mut().for_each(|row| row.roles.retain(|grant| among(roles, grant.role)));
    rows.retain(|row| !row.roles.is_empty());
    let page = Page { limit: LIMIT, next: None, total: None };
    let rows: Result<Vec<Value>, _> = rows.iter().map(serde_json::to_value).collect();
    let mut rows = rows.map_err(Problem::internal)?;
    let roles: Vec<&'static str> = Role::ALL
        .iter()
        .map(|role| role.name())
        .filter(|role| among(call.params.names("role"), role))
        .collect();
    let mut members = vec!["operation", "method", "path", "kind", "summary", "sentence"];
    members.extend(&roles);
    if kinds::wants_csv(call)? {
        rows.iter_mut().for_each(|row| spread(row, &roles));
    }
    let words = serde_json::to_value(words(&call.state.kinds)).map_err(Problem::internal)?;
    list_reply_with(call, &members, &rows, &page, words.as_object().cloned().unwrap_or_else(Map::new))
}

fn row(operation: &Operation) -> AccessRow {
    AccessRow {
        operation: operation.id.clone(),
        method: operation.method.name(),
        path: operation.path.clone(),
        kind: operation.kind.map(|kind| kind.def.name),
        summary: operation.summary.clone(),
        sentence: rule_words::sentence(operation.rule),
        roles: operation
            .rule
            .iter()
            .map(|grant| AccessGrant {
                role: grant.role.name(),
                reach: grant.reach.iter().map(|reach| reach.name()).collect(),
            })
            .collect(),
    }
}

/// Gives each role a field with its reaches, which is a column of CSV.
fn spread(row: &mut Value, roles: &[&str]) {
    let grants = row["roles"].as_array().cloned().unwrap_or_default();
    let reach: BTreeMap<&str, &Value> =
        grants.iter().filter_map(|grant| Some((grant["role"].as_str()?, &grant["reach"]))).collect();
    for role in roles {
        row[*role] = reach.get(role).map_or(Value::Null, |reach| (*reach).clone());
    }
}

/// The explanation of the terms.
fn words(kinds: &[&'static KindDef]) -> AccessWords {
    AccessWords {
        roles: Role::ALL
            .iter()
            .map(|role| RoleWords { role: role.name(), who: role.who(), person: role.needs_person() })
            .collect(),
        reaches: Reach::EVERY
            .iter()
            .map(|reach| ReachWords { reach: reach.name(), meaning: reach.meaning() })
            .collect(),
        kinds: kinds
            .iter()
            .map(|kind| KindWords {
                kind: kind.def.name,
                approvals: kind.approvers(),
                separate: kind.def.separate,
                barred: kind.def.barred.iter().map(|role| role.name()).collect(),
            })
            .collect(),
        two_pairs_of_eyes: TWO_PAIRS_OF_EYES.to_vec(),
    }
}
