//! Totals of the counts of services, by unit: counts in different units cannot be added.

use diesel::prelude::*;
use diesel::sql_types as st;
use serde::Serialize;

use crate::access::Action;
use crate::clock::Id;
use crate::http::kinds::{self, list_reply, values};
use crate::http::operation::{Answer, ExampleCall, Handler, Method, Operation};
use crate::http::paging::PageRequest;
use crate::http::params::{Param, ParamType};
use crate::http::{Call, Reply};
use crate::problem::{Fault, Problem};
use crate::record::kind::KindDef;
use crate::resources::money::keys::{self, Grouping, NO_KEY, content_field};
use crate::resources::money::{grouped, record_of_param, titles};
use crate::store::types::Uid;
use crate::store::{Conn, Sql, Val};

/// The total of the counts of a group of services, in one unit.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ServiceTotal {
    /// The key of the group: the reference of a record, or a status. Null for services without a key, and if the services are not grouped.
    #[schema(max_length = 200)]
    pub key: Option<String>,
    /// The title of the record.
    #[schema(max_length = 200)]
    pub title: Option<String>,
    /// The address of the record.
    #[serde(rename = "self")]
    #[schema(max_length = 200)]
    pub self_link: Option<String>,
    /// The unit of the total.
    #[schema(max_length = 64)]
    pub unit: String,
    /// The total.
    #[schema(minimum = 0, format = "int64", maximum = 1000000000000000i64)]
    pub total: i64,
    /// The number of services in the total.
    #[schema(minimum = 1, maximum = 1000000000, format = "int64")]
    pub services: i64,
}

const COLUMNS: &[&str] = &["key", "title", "self", "unit", "total", "services"];

/// The operation that only services have.
pub fn operations(kind: &'static KindDef) -> Vec<Operation> {
    let mut totals = Operation::new(
        Method::Get,
        "/v1/services/totals",
        "list_service_totals",
        kind.rule(Action::Read).unwrap_or(&[]),
        Handler::Read(list),
    );
    totals.kind = Some(kind);
    totals.cost = 5;
    totals.tag = kind.def.path;
    totals.summary = "Add up the counts of services".to_owned();
    totals.description = "Adds up the counts of the services that the caller may see, separately for each unit. A total across different units fails with 422. By provider or area, a service that has several of them is not divided: it counts under the null key. By priority, a service that delivers several priorities counts in full under each.".to_owned();
    totals.params = vec![
        Param::new(
            "by",
            ParamType::OneOf(vec!["provider", "area", "priority", "delivery_status"]),
            "How to group the services. Without it they are not grouped.",
        ),
        Param::new(
            "unit",
            ParamType::Codes(kind.codes("count_unit").unwrap_or_default()),
            "Only counts in these units, separated by commas.",
        ),
        Param::new(
            "across_units",
            ParamType::Bool,
            "`true` requests a single total for each group. This fails with 422 if a group has different units.",
        ),
        Param::new(
            "body",
            ParamType::Reference,
            "Only services of this policing body: its id or its reference.",
        ),
        kinds::as_of_param(),
        kinds::limit_param(),
        Param::new(
            "cursor",
            ParamType::Text(4_000),
            "The start of the page: `page.next` of the previous page.",
        ),
        kinds::format_param(),
    ];
    totals.answers = vec![Answer::named(200, "A page of totals.", "ServiceTotalList").or_csv()];
    totals.problems = vec![422];
    totals.example = Some(ExampleCall { path: "/v1/services/totals".to_owned() });
    totals.cached = true;
    vec![totals]
}

#[derive(QueryableByName)]
struct TotalRow {
    #[diesel(sql_type = st::Text)]
    k: String,
    #[diesel(sql_type = st::Nullable<Uid>)]
    id: Option<Id>,
    #[diesel(sql_type = st::Text)]
    unit: String,
    #[diesel(sql_type = st::BigInt)]
    total: i64,
    #[diesel(sql_type = st::BigInt)]
    services: i64,
}

fn list(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    // Fails before the totals are calculated, not after.
    kinds::wants_csv(call)?;
    let visibility = kinds::visibility_of(call)?;
    let body = record_of_param(call, conn, "body", crate::record::BODY, &visibility)?;
    let keyed = match call.params.text("by") {
        Some("provider") => Grouping::by_only_named(&visibility, "providers/*", "organisation"),
        Some("area") => Grouping::by_only_named(&visibility, "areas/*", "area"),
        Some("priority") => Grouping::by_priorities(&visibility, None),
        Some("delivery_status") => Grouping::by(Sql::new("t.delivery_status")),
        _ => Grouping::by(Sql::new("CAST(NULL AS TEXT)")),
    };
    let pg = conn.is_pg();
    let counted = || content_field(pg, "{count}", "$.count");
    let mut entries = keyed
        .select(pg)
        .text("t.count_unit AS unit, CAST(")
        .append(counted())
        .text(" AS BIGINT) AS counted FROM service t JOIN record_version v ON v.record = t.record AND v.version = t.version")
        .append(keyed.joins)
        .text(" WHERE t.count_unit IS NOT NULL AND ")
        .append(counted())
        .text(" IS NOT NULL AND ")
        .append(visibility.filter_of("service", "t"));
    if let Some(body) = body {
        entries = entries.text(" AND t.body = ").bind(body);
    }
    let units = call.params.names("unit");
    if !units.is_empty() {
        let units = units.iter().map(|(unit, _)| unit.as_str());
        entries = entries.text(" AND t.count_unit IN (").bind_all(units).text(")");
    }
    let paged = PageRequest::own(call, "service totals");
    let after = paged.after_text()?;
    let sums = "x.unit, CAST(sum(x.counted) AS BIGINT) AS total, count(*) AS services";
    let sums: Vec<TotalRow> = keys::page(entries, sums, "x.unit", after, paged.rows_to_read()).load(conn)?;
    let mut groups = grouped(sums, |sum| sum.k.clone());
    let page = paged.truncate(&mut groups, |(last, _)| vec![Val::Text(last.clone())])?;
    if call.params.flag("across_units") && groups.iter().any(|(_, sums)| sums.len() > 1) {
        return Err(different_units());
    }
    let ids: Vec<Option<Id>> = groups.iter().map(|(_, sums)| sums.first().and_then(|sum| sum.id)).collect();
    let titles = titles(call, conn, &ids, &visibility)?;
    let rows = groups.into_iter().flat_map(|(_, sums)| sums).map(|sum| {
        let titled = sum.id.and_then(|id| titles.get(&id));
        ServiceTotal {
            key: (sum.k != NO_KEY).then_some(sum.k),
            title: titled.map(|(title, _)| title.clone()),
            self_link: titled.map(|(_, address)| address.clone()),
            unit: sum.unit,
            total: sum.total,
            services: sum.services,
        }
    });
    list_reply(call, COLUMNS, &values(rows)?, &page)
}

fn different_units() -> Problem {
    let detail = "These services count in different units, which cannot be added. Choose one `unit`, or leave out `across_units` to get a total for each unit.";
    let mut problem =
        Problem::unprocessable(vec![Fault::parameter("across_units", "different_units", detail)]);
    problem.detail = "A total across different units is not possible.".to_owned();
    problem
}
