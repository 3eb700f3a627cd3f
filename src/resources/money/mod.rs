//! `/v1/money`: sums of planned, awarded, committed and paid money. The stages are never added to one another, and income
//! is never added to expenditure.

pub(super) mod keys;
mod sums;

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::access::Action;
use crate::clock::Id;
use crate::http::kinds::{self, list_reply, values, wants_csv};
use crate::http::operation::{Answer, ExampleCall, Handler, Method, Operation};
use crate::http::paging::PageRequest;
use crate::http::params::{Param, ParamType};
use crate::http::{Call, Reply};
use crate::problem::Problem;
use crate::record::kind::KindDef;
use crate::record::money;
use crate::record::read;
use crate::record::visible::Visibility;
use crate::store::{Conn, Val};
use keys::NO_KEY;
use sums::{By, Sum};

/// The most priorities, and the most objectives, of a plan whose money is summed.
const MOST_OF_PLAN: i64 = 2_000;

/// A sum.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Total {
    /// The amount: exact, with two decimals.
    #[schema(max_length = 20, pattern = "^[0-9]+\\.[0-9]{2}$")]
    pub amount: String,
    /// The currency.
    #[schema(max_length = 3)]
    pub currency: String,
}

/// A sum, and how many amounts it adds up.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Figure {
    /// The sum; null where there are no amounts.
    pub sum: Option<Total>,
    /// The number of amounts.
    #[schema(minimum = 0, maximum = 1000000000, format = "int64")]
    pub records: i64,
    /// False when any of these amounts is approximate, a minimum or a maximum.
    pub exact: bool,
}

/// The sums of each stage. Do not add them to one another.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Stages {
    /// Money in a budget.
    pub planned: Figure,
    /// Money that has been granted.
    pub awarded: Figure,
    /// Money that a contract commits.
    pub committed: Figure,
    /// Money that has been paid.
    pub paid: Figure,
}

/// The sums of funds.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct FundsMoney {
    /// Money that the office receives.
    #[serde(rename = "in")]
    pub money_in: Stages,
    /// Money that the office gives.
    #[serde(rename = "out")]
    pub money_out: Stages,
}

/// The sums of grants.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct GrantsMoney {
    /// The amounts awarded.
    pub awarded: Figure,
    /// The amounts disbursed.
    pub paid: Figure,
}

/// The sums of one group.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct MoneyRow {
    /// The key of the group: the reference of a record, a financial year, or an organisation's org-id; null for the rest.
    #[schema(max_length = 200)]
    pub key: Option<String>,
    /// The title of that record, or the name of that organisation.
    #[schema(max_length = 200)]
    pub title: Option<String>,
    /// The address of that record.
    #[serde(rename = "self")]
    #[schema(max_length = 200)]
    pub self_link: Option<String>,
    /// The amounts of funds.
    pub funds: FundsMoney,
    /// The values of services. What a fund pays for is in the fund's amount too: do not add them.
    pub services: Stages,
    /// The amounts of grants. What is awarded from a fund is in the fund's amount too: do not add them.
    pub grants: GrantsMoney,
    /// False when any of the amounts is approximate, a minimum or a maximum.
    pub exact: bool,
    /// How to read the row together with the others.
    #[schema(max_length = 300)]
    pub note: Option<String>,
}

/// The rows of the table of operations.
pub fn operations(fund: &'static KindDef) -> Vec<Operation> {
    let mut money = Operation::new(
        Method::Get,
        "/v1/money",
        "list_money",
        fund.rule(Action::Read).unwrap_or(&[]),
        Handler::Read(list),
    );
    money.cost = 5;
    money.tag = "money";
    money.summary = "Add up money".to_owned();
    money.description = "Returns sums over funds, services and grants, as far as the caller sees them. Planned, awarded, committed and paid money is never added to one another, nor income to expenditure. Awards and payments from a fund are in the fund's amount too, so each kind has its own sums. The sum of no amounts is null.".to_owned();
    money.params = vec![
        Param::new(
            "by",
            ParamType::OneOf(vec!["fund", "priority", "objective", "organisation", "year"]),
            "How to group the sums; by `fund` when left out. `priority` groups by what money delivers, directly or through an objective; `objective` by the objectives that it delivers; `organisation` by who gives to a fund, provides a service or receives a grant; `year` by the financial year of a fund, of a grant's award or of a service's first day.",
        ),
        Param::new(
            "body",
            ParamType::Reference,
            "Only money of this policing body: its id or its reference.",
        ),
        Param::new(
            "plan",
            ParamType::Reference,
            "Only money that delivers an objective or a priority of this plan: its id or its reference.",
        ),
        kinds::as_of_param(),
        kinds::limit_param(),
        kinds::cursor_param(),
        kinds::format_param(),
    ];
    money.answers = vec![Answer::named(200, "A page of sums.", "MoneyList").or_csv()];
    money.example = Some(ExampleCall { path: "/v1/money?by=year".to_owned() });
    money.cached = true;
    vec![money]
}

/// The record that a query parameter names; 400 where there is none.
pub fn record_of_param(
    call: &Call,
    conn: &mut Conn,
    param: &str,
    kind: &str,
    visibility: &Visibility,
) -> Result<Option<Id>, Problem> {
    let mut faults = vec![];
    let record = kinds::record_filter(call, conn, param, kind, visibility, &mut faults)?;
    if faults.is_empty() { Ok(record) } else { Err(Problem::bad_request(faults)) }
}

fn list(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let csv = wants_csv(call)?;
    let visibility = kinds::visibility_of(call)?;
    let by = By::named(call.params.text("by").unwrap_or("fund"));
    let body = record_of_param(call, conn, "body", crate::record::BODY, &visibility)?;
    let plan = record_of_param(call, conn, "plan", "plan", &visibility)?;
    let paged = PageRequest::own(call, "money");
    let after = paged.after_text()?;
    let sums = sums::read(
        conn,
        &sums::SumFilter { by, body, plan, visibility: &visibility },
        after,
        paged.rows_to_read(),
    )?;
    let mut groups = grouped(sums, |sum| sum.k.clone());
    let page = paged.truncate(&mut groups, |(last, _)| vec![Val::Text(last.clone())])?;
    let ids: Vec<Option<Id>> = groups.iter().map(|(_, sums)| sums.first().and_then(|sum| sum.id)).collect();
    let titles = titles(call, conn, &ids, &visibility)?;
    let rows = groups.iter().zip(ids).map(|((key, sums), id)| {
        let record = id.and_then(|id| titles.get(&id));
        row(by, key, record, sums)
    });
    let rows = values(rows)?;
    if !csv {
        return list_reply(call, &[], &rows, &page);
    }
    let columns = columns();
    let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
    let flat: Vec<Value> = rows.iter().map(|row| flattened(row, &columns)).collect();
    list_reply(call, &names, &flat, &page)
}

/// The sums of a plan's money for each of its priorities and objectives, of those that have any.
pub fn of_plan(
    conn: &mut Conn,
    plan: Id,
    body: Option<Id>,
    visibility: &Visibility,
) -> Result<BTreeMap<Id, MoneyRow>, Problem> {
    let mut all = BTreeMap::new();
    for by in [By::Priority, By::Objective] {
        let filter = sums::SumFilter { by, body, plan: Some(plan), visibility };
        let sums = sums::read(conn, &filter, None, MOST_OF_PLAN)?;
        for (key, sums) in grouped(sums, |sum| sum.k.clone()) {
            if let Some(id) = sums.first().and_then(|sum| sum.id) {
                all.insert(id, row(by, &key, None, &sums));
            }
        }
    }
    Ok(all)
}

/// The sums of no money.
pub fn none() -> MoneyRow {
    row(By::Objective, NO_KEY, None, &[])
}

/// Groups successive rows of one key.
pub fn grouped<T>(rows: Vec<T>, key: impl Fn(&T) -> String) -> Vec<(String, Vec<T>)> {
    let mut groups: Vec<(String, Vec<T>)> = vec![];
    for row in rows {
        let key = key(&row);
        match groups.last_mut() {
            Some((last, rows)) if *last == key => rows.push(row),
            _ => groups.push((key, vec![row])),
        }
    }
    groups
}

/// The titles and addresses of records, as the caller sees them.
pub fn titles(
    call: &Call,
    conn: &mut Conn,
    ids: &[Option<Id>],
    visibility: &Visibility,
) -> Result<BTreeMap<Id, (String, String)>, Problem> {
    let ids: Vec<Id> = ids.iter().flatten().copied().collect();
    let rows = read::many(conn, &ids, visibility)?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            let path = call.state.path_of(&row.kind)?;
            Some((row.record, (row.title, format!("/v1/{path}/{}", row.record))))
        })
        .collect())
}

/// The key of a group as the response shows it.
fn shown_key(by: By, key: &str) -> Option<String> {
    let key = match by {
        // The prefix sorts organisations on record before those that are only named by org-id.
        By::Organisation => key.get(2..).unwrap_or_default(),
        _ => key,
    };
    Some(key.to_owned())
}

fn row(by: By, key: &str, record: Option<&(String, String)>, sums: &[Sum]) -> MoneyRow {
    let of = |what: &str, stage: &str| {
        let found = sums.iter().find(|sum| sum.what == what && sum.stage == stage);
        Figure {
            sum: found.map(|sum| Total { amount: money::pounds(sum.pence), currency: "GBP".to_owned() }),
            records: found.map_or(0, |sum| sum.records),
            exact: found.is_none_or(|sum| sum.inexact == 0),
        }
    };
    let stages = |what: &str| Stages {
        planned: of(what, "planned"),
        awarded: of(what, "awarded"),
        committed: of(what, "committed"),
        paid: of(what, "paid"),
    };
    let none = key == NO_KEY;
    let name = sums.iter().find_map(|sum| sum.name.clone());
    MoneyRow {
        key: if none { None } else { shown_key(by, key) },
        title: record.map(|(title, _)| title.clone()).or(name),
        self_link: record.map(|(_, address)| address.clone()),
        funds: FundsMoney { money_in: stages("money_in"), money_out: stages("money_out") },
        services: stages("services"),
        grants: GrantsMoney { awarded: of("grants", "awarded"), paid: of("grants", "paid") },
        exact: sums.iter().all(|sum| sum.inexact == 0),
        note: by.note(none).map(str::to_owned),
    }
}

/// The columns of CSV, each with the JSON Pointer of its value in a row.
pub fn columns() -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> =
        ["key", "title", "self"].iter().map(|name| ((*name).to_owned(), format!("/{name}"))).collect();
    let stages = ["planned", "awarded", "committed", "paid"].as_slice();
    for (path, stages) in [
        ("funds/in", stages),
        ("funds/out", stages),
        ("services", stages),
        ("grants", ["awarded", "paid"].as_slice()),
    ] {
        for stage in stages {
            let name = format!("{}_{stage}", path.replace('/', "_"));
            all.push((name.clone(), format!("/{path}/{stage}/sum")));
            all.push((format!("{name}_records"), format!("/{path}/{stage}/records")));
        }
    }
    all.extend(["exact", "note"].map(|name| (name.to_owned(), format!("/{name}"))));
    all
}

fn flattened(row: &Value, columns: &[(String, String)]) -> Value {
    let cells: Map<String, Value> = columns
        .iter()
        .map(|(name, path)| (name.clone(), row.pointer(path).cloned().unwrap_or(Value::Null)))
        .collect();
    Value::Object(cells)
}
