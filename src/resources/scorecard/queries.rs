//! What a scorecard reads of the plan's records, as far as the caller sees them: each for all rows together.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use diesel::prelude::*;
use diesel::sql_types as st;

use crate::clock::{Id, Ts};
use crate::problem::Problem;
use crate::record::read;
use crate::record::row::{COLUMNS, Row};
use crate::record::visible::Visibility;
use crate::resources::actions;
use crate::resources::plans::PlanScope;
use crate::store::types::Uid;
use crate::store::{Conn, Sql};

/// The most records of a kind.
pub const MOST: usize = 500;

/// A priority or an objective of the plan.
#[derive(QueryableByName)]
pub struct AimRow {
    #[diesel(embed)]
    pub stored: Row,
    /// The priority that an objective supports.
    #[diesel(sql_type = st::Nullable<Uid>)]
    pub priority: Option<Id>,
    /// The rank of a priority, the number of an objective.
    #[diesel(sql_type = st::BigInt)]
    pub number: i64,
}

/// The priorities of the plan by rank, or its objectives by number; at most one more than [`MOST`].
pub fn aims(
    conn: &mut Conn,
    plan: &PlanScope,
    visibility: &Visibility,
    kind: AimKind,
) -> Result<Vec<AimRow>, Problem> {
    let name = match kind {
        AimKind::Priority => "priority",
        AimKind::Objective => "objective",
    };
    let select = match (kind, conn.is_pg()) {
        (AimKind::Priority, true) => {
            ", CAST(NULL AS uuid) AS priority, CAST(t.rank AS bigint) AS number FROM priority t"
        }
        (AimKind::Priority, false) => ", NULL AS priority, t.rank AS number FROM priority t",
        (AimKind::Objective, _) => ", t.priority, CAST(t.number AS bigint) AS number FROM objective t",
    };
    Ok(Sql::new("SELECT ")
        .text(COLUMNS)
        .text(select)
        .text(" JOIN record_version v ON v.record = t.record AND v.version = t.version WHERE ")
        .append(plan.same_body(name, visibility))
        .text(" AND t.plan = ")
        .bind(plan.record)
        .text(" ORDER BY number, t.reference, t.record LIMIT ")
        .bind(i64::try_from(MOST + 1).unwrap_or(i64::MAX))
        .load(conn)?)
}

/// Which records a plan aims at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AimKind {
    Priority,
    Objective,
}

/// Actions of an objective with the same status.
#[derive(QueryableByName)]
pub struct ActionCount {
    #[diesel(sql_type = Uid)]
    pub objective: Id,
    #[diesel(sql_type = st::Text)]
    pub status: String,
    #[diesel(sql_type = st::BigInt)]
    pub n: i64,
    #[diesel(sql_type = st::BigInt)]
    pub overdue: i64,
}

/// The actions of the plan's objectives, by status.
pub fn actions(
    conn: &mut Conn,
    plan: &PlanScope,
    visibility: &Visibility,
) -> Result<Vec<ActionCount>, Problem> {
    Ok(Sql::new("SELECT t.objective, t.status, count(*) AS n, CAST(sum(CASE WHEN ")
        .append(actions::is_overdue(visibility.moment().day()))
        .text(
            " THEN 1 ELSE 0 END) AS bigint) AS overdue FROM action t
             JOIN objective o ON o.record = t.objective WHERE ",
        )
        .append(plan.same_body("action", visibility))
        .text(" AND o.body = t.body AND o.plan = ")
        .bind(plan.record)
        .text(" AND ")
        .append(visibility.filter_of("objective", "o"))
        .text(" GROUP BY t.objective, t.status")
        .load(conn)?)
}

/// The kinds of records that name priorities and objectives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum MemberKind {
    Service,
    Grant,
    Pledge,
    Indicator,
    Recommendation,
}

impl MemberKind {
    const ALL: [MemberKind; 5] = [
        MemberKind::Service,
        MemberKind::Grant,
        MemberKind::Pledge,
        MemberKind::Indicator,
        MemberKind::Recommendation,
    ];

    /// The name of the kind, and its table.
    fn names(self) -> (&'static str, &'static str) {
        match self {
            MemberKind::Service => ("service", "service"),
            MemberKind::Grant => ("grant", "grant_award"),
            MemberKind::Pledge => ("pledge", "pledge"),
            MemberKind::Indicator => ("indicator", "indicator"),
            MemberKind::Recommendation => ("recommendation", "recommendation"),
        }
    }
}

/// Which records name which of the plan's priorities and objectives.
#[derive(Default)]
pub struct Members {
    /// The number of services and of grants, by priority or objective.
    pub services: HashMap<Id, i64>,
    pub grants: HashMap<Id, i64>,
    /// By priority or objective, in the order of their references.
    pub pledges: BTreeMap<Id, Vec<Id>>,
    pub indicators: BTreeMap<Id, Vec<Id>>,
    pub recommendations: BTreeMap<Id, Vec<Id>>,
    /// Whether there are more pledges, indicators or recommendations than [`MOST`].
    pub is_truncated: bool,
}

#[derive(QueryableByName)]
struct MemberRow {
    #[diesel(sql_type = st::Text)]
    kind: String,
    #[diesel(sql_type = Uid)]
    aim: Id,
    #[diesel(sql_type = st::Nullable<Uid>)]
    record: Option<Id>,
    #[diesel(sql_type = st::Text)]
    reference: String,
    #[diesel(sql_type = st::BigInt)]
    n: i64,
}

/// The records that name one of these priorities and objectives.
pub fn members(
    conn: &mut Conn,
    plan: &PlanScope,
    visibility: &Visibility,
    aims: &[Id],
) -> Result<Members, Problem> {
    let mut all = Members::default();
    if aims.is_empty() {
        return Ok(all);
    }
    let no_record = if conn.is_pg() { "CAST(NULL AS uuid)" } else { "NULL" };
    let mut sql = Sql::new("");
    for (n, member) in MemberKind::ALL.into_iter().enumerate() {
        let (kind, table) = member.names();
        let is_counted = matches!(member, MemberKind::Service | MemberKind::Grant);
        sql = sql
            .text(if n == 0 { "SELECT '" } else { " UNION ALL SELECT '" })
            .text(kind)
            .text("' AS kind, l.other AS aim, ")
            .text(if is_counted { no_record } else { "t.record" })
            .text(" AS record, ")
            .text(if is_counted { "''" } else { "t.reference" })
            .text(" AS reference, count(DISTINCT t.record) AS n FROM link l JOIN ")
            .text(table)
            .text(
                " t ON t.record = l.record AND t.version = l.version WHERE l.member IN ('objectives/*', 'priorities/*') AND l.other IN (",
            )
            .bind_all(aims.iter().copied())
            .text(") AND ")
            .append(plan.same_body(kind, visibility))
            .text(" GROUP BY l.other")
            .text(if is_counted { "" } else { ", t.record, t.reference" });
    }
    let mut rows: Vec<MemberRow> = sql.one_off().load(conn)?;
    rows.sort_by(|a, b| (&a.reference, a.record).cmp(&(&b.reference, b.record)));
    let mut listed: HashMap<MemberKind, BTreeSet<Id>> = HashMap::new();
    for row in rows {
        let Some(kind) = MemberKind::ALL.into_iter().find(|kind| kind.names().0 == row.kind) else {
            continue;
        };
        let lists = match kind {
            MemberKind::Service => {
                all.services.insert(row.aim, row.n);
                continue;
            }
            MemberKind::Grant => {
                all.grants.insert(row.aim, row.n);
                continue;
            }
            MemberKind::Pledge => &mut all.pledges,
            MemberKind::Indicator => &mut all.indicators,
            MemberKind::Recommendation => &mut all.recommendations,
        };
        let Some(record) = row.record else { continue };
        let known = listed.entry(kind).or_default();
        if known.len() >= MOST && !known.contains(&record) {
            all.is_truncated = true;
            continue;
        }
        known.insert(record);
        lists.entry(row.aim).or_default().push(record);
    }
    Ok(all)
}

/// The versions of some records that the reader sees, by record.
pub fn rows<'a>(
    conn: &mut Conn,
    lists: impl IntoIterator<Item = &'a Vec<Id>>,
    visibility: &Visibility,
) -> Result<BTreeMap<Id, Row>, Problem> {
    let ids: BTreeSet<Id> = lists.into_iter().flatten().copied().collect();
    let ids: Vec<Id> = ids.into_iter().collect();
    let rows = read::many(conn, &ids, visibility)?;
    Ok(rows.into_iter().map(|row| (row.record, row)).collect())
}

#[derive(QueryableByName)]
struct NamedRow {
    #[diesel(sql_type = Uid)]
    record: Id,
    #[diesel(embed)]
    named: Named,
}

/// A record that another one names.
#[derive(QueryableByName)]
pub struct Named {
    #[diesel(sql_type = Uid)]
    pub other: Id,
    #[diesel(sql_type = st::Text)]
    pub kind: String,
}

/// Which records these ones named in any version that was public by a moment. Hidden versions tell nothing.
pub fn named_in_public(
    conn: &mut Conn,
    records: &[Id],
    moment: Ts,
) -> Result<HashMap<Id, Vec<Named>>, Problem> {
    let mut all: HashMap<Id, Vec<Named>> = HashMap::new();
    if records.is_empty() {
        return Ok(all);
    }
    let rows: Vec<NamedRow> = Sql::new(
        "SELECT DISTINCT l.record, l.other, o.kind FROM link l JOIN record_version p ON p.record = l.record
         AND p.version = l.version JOIN record o ON o.id = l.other WHERE p.publication IS NOT NULL AND p.public_from <= ",
    )
    .bind(moment)
    .text(" AND l.record IN (")
    .bind_all(records.iter().copied())
    .text(")")
    .one_off()
    .load(conn)?;
    for row in rows {
        all.entry(row.record).or_default().push(row.named);
    }
    Ok(all)
}
