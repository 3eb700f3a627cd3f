//! Whether the public records of an owner that name another of its records still agree with it, once another version of that is
//! public. What other owners have published neither holds anybody's correction up nor is it told of here.

use diesel::RunQueryDsl;

use super::publish::links_of;
use crate::clock::{Id, Ts};
use crate::problem::{Fault, Problem};
use crate::record::kind::{CrossRecordCheck, KindDef};
use crate::record::links;
use crate::record::row::{COLUMNS, Row};
use crate::store::{Conn, Sql};

/// How many records that name a record are compared with it. Only the largest reports have more recommendations.
const MOST: i64 = 500;

/// What a public record says that another does not allow.
pub struct Contradiction {
    /// The record, with its kind, in words.
    record: String,
    fault: Fault,
}

impl Contradiction {
    fn is_of(&self, other: &Contradiction) -> bool {
        (&self.record, &self.fault.at, self.fault.code) == (&other.record, &other.fault.at, other.fault.code)
    }
}

/// What the owner's public records that name a record say that does not agree with it as it is public at a moment.
pub fn contradictions(
    conn: &mut Conn,
    kinds: &[&'static KindDef],
    (kind, named): (&KindDef, &Row),
    at: Ts,
) -> Result<Vec<Contradiction>, Problem> {
    let compared = |other: &&&'static KindDef| {
        other.checks_other_records
            && other.cross_check_by.is_none()
            && other.references().any(|reference| reference.is_to(&kind.def))
    };
    let kinds: Vec<&KindDef> = kinds.iter().filter(compared).copied().collect();
    if kinds.is_empty() {
        return Ok(vec![]);
    }
    let rows: Vec<Row> = Sql::new("SELECT ")
        .text(COLUMNS)
        .text(" FROM (SELECT DISTINCT l.record, l.version FROM link l WHERE l.other = ")
        .bind(named.record)
        .text(") l JOIN record_version v ON v.record = l.record AND v.version = l.version WHERE v.listed AND v.public_from <= ")
        .bind(at)
        .text(" AND v.public_to > ")
        .bind(at)
        .text(" AND v.kind IN (")
        .bind_all(kinds.iter().map(|kind| kind.def.name))
        .text(") AND v.owner_reference = ")
        .bind(named.owner_reference.clone())
        .text(" ORDER BY v.kind, v.reference, v.record LIMIT ")
        .bind(MOST)
        .one_off()
        .load(conn)?;
    let versions: Vec<(Id, i64)> = rows.iter().map(|row| (row.record, row.version)).collect();
    let all = links::of(conn, &versions)?;
    let mut found = vec![];
    for row in &rows {
        let Some(kind) = kinds.iter().find(|kind| kind.def.name == row.kind) else { continue };
        let own = all.iter().filter(|link| (link.record, link.version) == (row.record, row.version));
        let (links, named) = links_of(kind, own);
        let content = row.content_value()?;
        let check = CrossRecordCheck {
            record: row.record,
            body: row.body,
            owner: row.owner_reference.as_deref(),
            before: Some(content),
            content,
            named: &named,
            links: &links,
            now: at,
            drafts: false,
            publishing: false,
        };
        let mut faults = vec![];
        kind.cross_check(conn, &check, &mut faults)?;
        let record = format!("{} `{}`", kind.def.one, row.full_reference());
        found.extend(faults.into_iter().map(|fault| Contradiction { record: record.clone(), fault }));
    }
    Ok(found)
}

/// 409 with what public records say that does not agree any more, and did before.
pub fn refuse_new(before: &[Contradiction], after: Vec<Contradiction>) -> Result<(), Problem> {
    let new = after.into_iter().filter(|one| !before.iter().any(|other| other.is_of(one)));
    let faults: Vec<Fault> = new
        .map(|Contradiction { record, fault }| {
            let detail = format!(
                "The public {record} would contradict this, at `{}`: {} Or restore what you changed here.",
                fault.at.place(),
                fault.detail
            );
            Fault::pointer("", "contradicts", detail)
        })
        .collect();
    if faults.is_empty() {
        return Ok(());
    }
    Err(Problem::conflict(
        "Public records that name this one would contradict it. Return it and change it, or correct those records first.",
    )
    .with(faults))
}
