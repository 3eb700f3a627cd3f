//! The unlinked records of a plan: pledges that nothing fulfils, objectives and priorities that nothing measures,
//! money that delivers no objective or priority, recommendations that nobody has answered. The API calls them `orphans`.

use diesel::prelude::*;
use diesel::sql_types as st;
use serde::Serialize;

use super::scope::PlanScope;
use crate::access::Action;
use crate::clock::Id;
use crate::http::kinds::{self, list_reply, values, wants_csv};
use crate::http::operation::{Answer, ExampleCall, Handler, Method, Operation};
use crate::http::paging::Page;
use crate::http::{Call, Reply};
use crate::problem::Problem;
use crate::record::kind::KindDef;
use crate::record::visible::Visibility;
use crate::resources::link_conditions;
use crate::store::types::Uid;
use crate::store::{Conn, Count, Sql};

/// How many records each list has at most.
const LIMIT: usize = 500;

/// A record that nothing links to a plan.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct UnlinkedRecord {
    /// The id of the record.
    #[schema(value_type = String, format = "uuid", max_length = 36)]
    pub id: Id,
    /// The kind of the record.
    #[schema(max_length = 64)]
    pub kind: String,
    /// The reference of the record.
    #[schema(max_length = 64)]
    pub reference: String,
    /// The title of the record.
    #[schema(max_length = 200)]
    pub title: String,
    /// The address of the record.
    #[serde(rename = "self")]
    #[schema(max_length = 200)]
    pub self_link: String,
    /// Why the record is in the list.
    #[schema(max_length = 200)]
    pub why: String,
}

/// The unlinked records of a plan.
#[derive(Debug, Default, Serialize, utoipa::ToSchema)]
pub struct PlanOrphans {
    /// The pledges of the plan's term of office that no objective or priority fulfils.
    #[schema(max_items = 500)]
    pub pledges: Vec<UnlinkedRecord>,
    /// The plan's objectives that no indicator measures.
    #[schema(max_items = 500)]
    pub objectives: Vec<UnlinkedRecord>,
    /// The plan's priorities that no indicator measures.
    #[schema(max_items = 500)]
    pub priorities: Vec<UnlinkedRecord>,
    /// The funds, services and grants within the dates of the plan that deliver no objective or priority.
    #[schema(max_items = 500)]
    pub money: Vec<UnlinkedRecord>,
    /// The open recommendations made within the dates of the plan, or in a report published within them, that no response
    /// answers.
    #[schema(max_items = 500)]
    pub recommendations: Vec<UnlinkedRecord>,
    /// `true` if a list has more than 500 records; only the first 500 are returned.
    pub truncated: bool,
}

const COLUMNS: &[&str] = &["id", "kind", "reference", "title", "self", "why"];

/// The operation that only plans have.
pub fn operations(kind: &'static KindDef) -> Vec<Operation> {
    let mut unlinked = Operation::new(
        Method::Get,
        "/v1/plans/{id}/orphans",
        "list_plan_orphans",
        kind.rule(Action::Read).unwrap_or(&[]),
        Handler::Read(get),
    );
    unlinked.kind = Some(kind);
    unlinked.cost = 5;
    unlinked.tag = kind.def.path;
    unlinked.summary = "List the unlinked records of a plan".to_owned();
    unlinked.description = "Pledges of the plan's term that no objective or priority fulfils, objectives and priorities of the plan that no indicator measures, money within the dates of the plan that delivers no objective or priority, and open recommendations made within these dates that no response answers. Funds are dated by their financial year, grants by the date of the award, and services, where they have a value, by their first day. What has no date is listed if it has a source in common with the plan. The lists contain what the caller may see, at most 500 records each.".to_owned();
    unlinked.path_params = vec![kinds::ID];
    unlinked.params = vec![kinds::as_of_param(), kinds::format_param()];
    unlinked.answers =
        vec![Answer::named(200, "The unlinked records.", "PlanOrphans").or_csv().with_headers(&["Total"])];
    unlinked.problems = vec![404, 409, 410];
    unlinked.example = Some(ExampleCall { path: "/v1/plans/derbyshire-pcc:PLAN-2021/orphans".to_owned() });
    unlinked.cached = true;
    vec![unlinked]
}

fn get(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let csv = wants_csv(call)?;
    let kind = kinds::kind_of(call)?;
    let visibility = kinds::visibility_of(call)?;
    let plan = PlanScope::of(&kinds::find(call, conn, kind, &visibility)?)?;
    let mut all = PlanOrphans::default();
    for candidate in CANDIDATES {
        let path = call.state.path_of(candidate.kind).unwrap_or_default();
        let rows = candidate.rows(conn, &plan, &visibility)?;
        let list = match candidate.list {
            List::Pledges => &mut all.pledges,
            List::Objectives => &mut all.objectives,
            List::Priorities => &mut all.priorities,
            List::Money => &mut all.money,
            List::Recommendations => &mut all.recommendations,
        };
        list.extend(rows.into_iter().map(|row| row.into_record(candidate, path)));
        if list.len() > LIMIT {
            all.truncated = true;
            list.truncate(LIMIT);
        }
    }
    if !csv {
        return Reply::value(&all);
    }
    // CSV has no field for `truncated`: the `X-Total-Count` header has the number of all unlinked records instead.
    let total = match all.truncated {
        true => Some(total(conn, &plan, &visibility)?),
        false => None,
    };
    let lists = [all.pledges, all.objectives, all.priorities, all.money, all.recommendations];
    list_reply(call, COLUMNS, &values(lists.iter().flatten())?, &Page { limit: 2_500, next: None, total })
}

fn total(conn: &mut Conn, plan: &PlanScope, visibility: &Visibility) -> Result<i64, Problem> {
    let mut total = 0;
    for candidate in CANDIDATES {
        total += candidate.count(plan, visibility).get_result::<Count>(conn)?.n;
    }
    Ok(total)
}

/// The list of [`PlanOrphans`] that a record is in.
#[derive(Clone, Copy)]
pub enum List {
    Pledges,
    Objectives,
    Priorities,
    Money,
    Recommendations,
}

impl List {
    /// The name of the list in the reply.
    pub const fn name(self) -> &'static str {
        match self {
            List::Pledges => "pledges",
            List::Objectives => "objectives",
            List::Priorities => "priorities",
            List::Money => "money",
            List::Recommendations => "recommendations",
        }
    }
}

/// The records of one kind that can be unlinked.
pub struct Candidate {
    pub list: List,
    kind: &'static str,
    table: &'static str,
    /// The column that dates money or a recommendation.
    date: Option<&'static str>,
    /// The condition under which a version `t` is unlinked.
    unlinked: fn(&PlanScope, &Visibility) -> Sql,
}

/// All candidates, in the order in which the lists contain them.
pub const CANDIDATES: &[Candidate] = &[
    Candidate {
        list: List::Pledges,
        kind: "pledge",
        table: "pledge",
        date: None,
        unlinked: |plan, visibility| plan.same_term(visibility).append(delivers_nothing(visibility)),
    },
    Candidate {
        list: List::Objectives,
        kind: "objective",
        table: "objective",
        date: None,
        unlinked: |plan, visibility| unmeasured(plan, visibility, "objectives/*"),
    },
    Candidate {
        list: List::Priorities,
        kind: "priority",
        table: "priority",
        date: None,
        unlinked: |plan, visibility| unmeasured(plan, visibility, "priorities/*"),
    },
    Candidate {
        list: List::Money,
        kind: "fund",
        table: "fund",
        date: Some("t.financial_year"),
        unlinked: |plan, visibility| plan.year_within().append(delivers_nothing(visibility)),
    },
    Candidate {
        list: List::Money,
        kind: "service",
        table: "service",
        date: Some("t.from_date"),
        unlinked: |plan, visibility| {
            Sql::new("t.value IS NOT NULL AND ")
                .append(plan.dated_within("t.from_date"))
                .append(delivers_nothing(visibility))
        },
    },
    Candidate {
        list: List::Money,
        kind: "grant",
        table: "grant_award",
        date: Some("t.award_date"),
        unlinked: |plan, visibility| plan.dated_within("t.award_date").append(delivers_nothing(visibility)),
    },
    Candidate {
        list: List::Recommendations,
        kind: "recommendation",
        table: "recommendation",
        date: Some("t.made_on"),
        unlinked: |plan, visibility| {
            // Where its own day is not known, that of its report.
            let day = Sql::new(
                "coalesce(t.made_on, (SELECT m.published_on FROM report m WHERE m.record = t.report AND ",
            )
            .append(visibility.filter_of("report", "m"))
            .text("))");
            plan.day_within(&day)
                .text(" AND (t.closed_on IS NULL OR t.closed_on > ")
                .bind(visibility.moment().day())
                .text(") AND NOT ")
                .append(link_conditions::answered(visibility))
        },
    },
];

/// And the version `t` names no objective or priority.
fn delivers_nothing(visibility: &Visibility) -> Sql {
    Sql::new(" AND NOT ").append(link_conditions::names_objective_or_priority(visibility, None))
}

/// The version `t` is part of the plan, and no indicator names it in that field.
fn unmeasured(plan: &PlanScope, visibility: &Visibility, field: &'static str) -> Sql {
    Sql::new("t.plan = ")
        .bind(plan.record)
        .text(" AND NOT ")
        .append(link_conditions::measured(visibility, field))
}

#[derive(QueryableByName)]
struct UnlinkedRow {
    #[diesel(sql_type = Uid)]
    record: Id,
    #[diesel(sql_type = st::Text)]
    reference: String,
    #[diesel(sql_type = st::Text)]
    title: String,
    #[diesel(sql_type = st::Nullable<st::Text>)]
    date: Option<String>,
}

impl UnlinkedRow {
    fn into_record(self, candidate: &Candidate, path: &str) -> UnlinkedRecord {
        let why = match (candidate.list, self.date) {
            (List::Pledges, _) => "no objective or priority fulfils it".to_owned(),
            (List::Objectives | List::Priorities, _) => "no indicator measures it".to_owned(),
            (List::Recommendations, date) => {
                let made = date.map(|day| format!("; made on {day}")).unwrap_or_default();
                format!("no response answers it{made}")
            }
            (List::Money, Some(date)) => format!("delivers no objective or priority; dated {date}"),
            (List::Money, None) => {
                "delivers no objective or priority; no date; from the same source as the plan".to_owned()
            }
        };
        UnlinkedRecord {
            id: self.record,
            kind: candidate.kind.to_owned(),
            reference: self.reference,
            title: self.title,
            self_link: format!("/v1/{path}/{}", self.record),
            why,
        }
    }
}

impl Candidate {
    fn condition(&self, plan: &PlanScope, visibility: &Visibility) -> Sql {
        plan.same_body(self.kind, visibility).text(" AND ").append((self.unlinked)(plan, visibility))
    }

    /// The statement that counts the unlinked records.
    pub fn count(&self, plan: &PlanScope, visibility: &Visibility) -> Sql {
        Sql::new("SELECT count(*) AS n FROM ")
            .text(self.table)
            .text(" t WHERE ")
            .append(self.condition(plan, visibility))
    }

    fn rows(
        &self,
        conn: &mut Conn,
        plan: &PlanScope,
        visibility: &Visibility,
    ) -> Result<Vec<UnlinkedRow>, Problem> {
        Ok(Sql::new("SELECT t.record, v.reference, v.title, CAST(")
            .text(self.date.unwrap_or("NULL"))
            .text(" AS TEXT) AS date FROM ")
            .text(self.table)
            .text(" t JOIN record_version v ON v.record = t.record AND v.version = t.version WHERE ")
            .append(self.condition(plan, visibility))
            .text(" ORDER BY t.reference, t.record LIMIT ")
            .bind(i64::try_from(LIMIT + 1).unwrap_or(i64::MAX))
            .load(conn)?)
    }
}
