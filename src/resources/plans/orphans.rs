//! What a plan leaves hanging: pledges that nothing fulfils, objectives and priorities that nothing measures,
//! money that delivers nothing named.

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types as st;
use serde::Serialize;
use serde_json::Value;

use crate::access::Action;
use crate::clock::Id;
use crate::http::kinds::{self, Page, list_reply, values, wants_csv};
use crate::http::operation::{Answer, ExampleCall, Handler, Method, Operation};
use crate::http::{Call, Reply};
use crate::problem::Problem;
use crate::record::kind::KindDef;
use crate::record::read::Row;
use crate::record::visible::Visibility;
use crate::resources::ties;
use crate::store::types::Uid;
use crate::store::{Conn, Count, Sql};

/// How many of each the answer has at most.
const LIMIT: usize = 500;

/// Something that hangs.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Orphan {
    /// Its id.
    #[schema(value_type = String, format = "uuid", max_length = 36)]
    pub id: Id,
    /// Its kind.
    #[schema(max_length = 64)]
    pub kind: String,
    /// What people call it.
    #[schema(max_length = 64)]
    pub reference: String,
    /// Its title.
    #[schema(max_length = 200)]
    pub title: String,
    /// Its address.
    #[serde(rename = "self")]
    #[schema(max_length = 200)]
    pub self_link: String,
    /// Why it stands here.
    #[schema(max_length = 200)]
    pub why: String,
}

/// What a plan leaves hanging.
#[derive(Debug, Default, Serialize, utoipa::ToSchema)]
pub struct PlanOrphans {
    /// The pledges of its term that no objective or priority fulfils.
    #[schema(max_items = 500)]
    pub pledges: Vec<Orphan>,
    /// Its objectives that no indicator measures.
    #[schema(max_items = 500)]
    pub objectives: Vec<Orphan>,
    /// Its priorities that no indicator measures.
    #[schema(max_items = 500)]
    pub priorities: Vec<Orphan>,
    /// The funds, services and grants of its time that deliver no objective or priority.
    #[schema(max_items = 500)]
    pub money: Vec<Orphan>,
    /// True when there are more than 500 of one of them: only the first are shown.
    pub truncated: bool,
}

const MEMBERS: &[&str] = &["id", "kind", "reference", "title", "self", "why"];

/// The operation that only plans have.
pub fn operations(kind: &'static KindDef) -> Vec<Operation> {
    let mut orphans = Operation::new(
        Method::Get,
        "/v1/plans/{id}/orphans",
        "list_plan_orphans",
        kind.rule(Action::Read).unwrap_or(&[]),
        Handler::Read(get),
    );
    orphans.kind = Some(kind);
    orphans.cost = 5;
    orphans.tag = kind.def.path;
    orphans.summary = "List what a plan leaves hanging".to_owned();
    orphans.description = "Pledges of the plan's term that no objective or priority fulfils, objectives and priorities of the plan that no indicator measures, and money of the plan's time that delivers no objective or priority: funds by their financial year, grants by the day of the award, services with a value by their first day; money without a date where it comes from the same source as the plan. All as the caller sees it, at most 500 of each.".to_owned();
    orphans.path_params = vec![kinds::ID];
    orphans.params = vec![kinds::as_of_param(), kinds::format_param()];
    orphans.answers = vec![Answer::named(200, "What hangs.", "PlanOrphans").or_csv()];
    orphans.problems = vec![404, 410];
    orphans.example = Some(ExampleCall { path: "/v1/plans/derbyshire-pcc:PLAN-2013/orphans".to_owned() });
    orphans.cached = true;
    vec![orphans]
}

fn get(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let csv = wants_csv(call)?;
    let kind = kinds::kind_of(call)?;
    let visibility = kinds::sight_of(call)?;
    let plan = Facts::of(&kinds::find(call, conn, kind, &visibility)?)?;
    let mut found = PlanOrphans::default();
    for part in PARTS {
        let path = call.state.path_of(part.kind).unwrap_or_default();
        let rows = part.rows(conn, &plan, &visibility)?;
        let list = match part.list {
            "pledges" => &mut found.pledges,
            "objectives" => &mut found.objectives,
            "priorities" => &mut found.priorities,
            _ => &mut found.money,
        };
        list.extend(rows.into_iter().map(|row| row.told(part, path)));
        if list.len() > LIMIT {
            found.truncated = true;
            list.truncate(LIMIT);
        }
    }
    if !csv {
        return Reply::value(&found);
    }
    // CSV has no room to say that there is more: the header has the number of them all.
    let total = match found.truncated {
        true => Some(total(conn, &plan, &visibility)?),
        false => None,
    };
    let all = [found.pledges, found.objectives, found.priorities, found.money];
    list_reply(call, MEMBERS, &values(all.iter().flatten())?, &Page { limit: 2_000, next: None, total })
}

fn total(conn: &mut Conn, plan: &Facts, visibility: &Visibility) -> Result<i64, Problem> {
    let mut total = 0;
    for part in PARTS {
        total += part.count(plan, visibility).get_result::<Count>(conn)?.n;
    }
    Ok(total)
}

/// What of a plan decides what belongs to it.
pub struct Facts {
    /// The plan, in the version that the reader sees.
    pub record: Id,
    version: i64,
    /// Its body: what another body has belongs to no plan of this one.
    pub body: Option<Id>,
    from: String,
    to: Option<String>,
}

impl Facts {
    /// Of a plan in hand.
    pub fn of(row: &Row) -> Result<Facts, Problem> {
        let content: Value = serde_json::from_str(&row.content).map_err(Problem::internal)?;
        Ok(Facts {
            record: row.record,
            version: row.version,
            body: row.body,
            from: content["from"].as_str().unwrap_or_default().to_owned(),
            to: content["to"].as_str().map(str::to_owned),
        })
    }

    /// The version `t` is of the plan's body, and the reader sees it.
    pub fn own(&self, kind: &str, visibility: &Visibility) -> Sql {
        Sql::new("t.body = ").bind(self.body).text(" AND ").append(visibility.filter_of(kind, "t"))
    }

    /// The version `t` has the term of office of the plan, as far as the reader sees that.
    pub fn of_its_term(&self, visibility: &Visibility) -> Sql {
        Sql::new("t.term IN (SELECT o.record FROM plan p JOIN office_term o ON o.record = p.term WHERE p.record = ")
            .bind(self.record)
            .text(" AND p.version = ")
            .bind(self.version)
            .text(" AND ")
            .append(visibility.filter_of("office_term", "o"))
            .text(")")
    }

    /// The version `t` names a source that the plan names too.
    fn of_its_sources(&self) -> Sql {
        Sql::new(
            "EXISTS (SELECT 1 FROM link l JOIN link p ON p.other = l.other WHERE l.record = t.record
             AND l.version = t.version AND l.member = 'sources/*/source' AND p.member = 'sources/*/source' AND p.record = ",
        )
        .bind(self.record)
        .text(" AND p.version = ")
        .bind(self.version)
        .text(")")
    }

    /// A day lies within the plan.
    fn holds_day(&self, column: &'static str) -> Sql {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap_or_default();
        let mut sql = Sql::new(column).text(" >= ").bind(day(&self.from));
        if let Some(to) = &self.to {
            sql = sql.text(" AND ").text(column).text(" <= ").bind(day(to));
        }
        sql
    }

    /// A financial year begins within the plan: its text begins with its first day.
    fn holds_year(&self) -> Sql {
        let mut sql = Sql::new("t.financial_year >= ").bind(format!("{}/P1Y", self.from));
        if let Some(to) = &self.to {
            sql = sql.text(" AND t.financial_year <= ").bind(format!("{to}/P1Y"));
        }
        sql
    }

    /// The date of the version `t` lies within the plan, or it has none and comes from the plan's source.
    fn of_its_time(&self, column: &'static str, within: Sql) -> Sql {
        Sql::new("((")
            .append(within)
            .text(") OR (")
            .text(column)
            .text(" IS NULL AND ")
            .append(self.of_its_sources())
            .text("))")
    }
}

/// Records of one kind that can hang.
pub struct Part {
    /// The list that they stand in.
    pub list: &'static str,
    kind: &'static str,
    table: &'static str,
    /// The column that dates money.
    date: Option<&'static str>,
}

/// All of them, in their order in the lists.
pub const PARTS: &[Part] = &[
    Part { list: "pledges", kind: "pledge", table: "pledge", date: None },
    Part { list: "objectives", kind: "objective", table: "objective", date: None },
    Part { list: "priorities", kind: "priority", table: "priority", date: None },
    Part { list: "money", kind: "fund", table: "fund", date: Some("t.financial_year") },
    Part { list: "money", kind: "service", table: "service", date: Some("t.from_date") },
    Part { list: "money", kind: "grant", table: "grant_award", date: Some("t.award_date") },
];

#[derive(QueryableByName)]
struct Hanging {
    #[diesel(sql_type = Uid)]
    record: Id,
    #[diesel(sql_type = st::Text)]
    reference: String,
    #[diesel(sql_type = st::Text)]
    title: String,
    #[diesel(sql_type = st::Nullable<st::Text>)]
    dated: Option<String>,
}

impl Hanging {
    fn told(self, part: &Part, path: &str) -> Orphan {
        let why = match (part.list, self.dated) {
            ("pledges", _) => "no objective or priority fulfils it".to_owned(),
            ("objectives" | "priorities", _) => "no indicator measures it".to_owned(),
            (_, Some(date)) => format!("delivers no objective or priority; dated {date}"),
            (_, None) => {
                "delivers no objective or priority; no date; from the same source as the plan".to_owned()
            }
        };
        Orphan {
            id: self.record,
            kind: part.kind.to_owned(),
            reference: self.reference,
            title: self.title,
            self_link: format!("/v1/{path}/{}", self.record),
            why,
        }
    }
}

impl Part {
    /// The condition on a version `t` under which it hangs.
    fn hangs(&self, plan: &Facts, visibility: &Visibility) -> Sql {
        let own = plan.own(self.kind, visibility).text(" AND ");
        let aimless = || Sql::new(" AND NOT ").append(ties::names_an_aim(visibility, None));
        let of_the_plan = |own: Sql, member| {
            own.text("t.plan = ")
                .bind(plan.record)
                .text(" AND NOT ")
                .append(ties::measured(visibility, member))
        };
        match self.kind {
            "pledge" => own.append(plan.of_its_term(visibility)).append(aimless()),
            "objective" => of_the_plan(own, "objectives/*"),
            "priority" => of_the_plan(own, "priorities/*"),
            "fund" => own.append(plan.of_its_time("t.financial_year", plan.holds_year())).append(aimless()),
            "service" => own
                .text("t.value IS NOT NULL AND ")
                .append(plan.of_its_time("t.from_date", plan.holds_day("t.from_date")))
                .append(aimless()),
            _ => {
                own.append(plan.of_its_time("t.award_date", plan.holds_day("t.award_date"))).append(aimless())
            }
        }
    }

    /// The statement that counts them.
    pub fn count(&self, plan: &Facts, visibility: &Visibility) -> Sql {
        Sql::new("SELECT count(*) AS n FROM ")
            .text(self.table)
            .text(" t WHERE ")
            .append(self.hangs(plan, visibility))
    }

    fn rows(&self, conn: &mut Conn, plan: &Facts, visibility: &Visibility) -> Result<Vec<Hanging>, Problem> {
        Ok(Sql::new("SELECT t.record, v.reference, v.title, CAST(")
            .text(self.date.unwrap_or("NULL"))
            .text(" AS TEXT) AS dated FROM ")
            .text(self.table)
            .text(" t JOIN record_version v ON v.record = t.record AND v.version = t.version WHERE ")
            .append(self.hangs(plan, visibility))
            .text(" ORDER BY t.reference, t.record LIMIT ")
            .bind(i64::try_from(LIMIT + 1).unwrap_or(i64::MAX))
            .load(conn)?)
    }
}
