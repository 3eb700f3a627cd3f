//! The audit of the whole public record.

use diesel::prelude::*;
use diesel::sql_types as st;

use super::finding::Finding;
use super::indicator::content_of;
use super::plan::{load, plan};
use crate::clock::{Id, Ts};
use crate::problem::Problem;
use crate::resources::series;
use crate::store::types::Uid;
use crate::store::{Conn, Db, Sql};

/// What the audit found.
#[derive(Clone, Debug, Default)]
pub struct RecordAudit {
    /// How many protected indicators have figures.
    pub indicators: u64,
    /// How many cells of them are hidden.
    pub hidden: u64,
    /// What the public could work out.
    pub findings: Vec<Finding>,
    /// The indicators that could not be audited, each with the reason.
    pub not_audited: Vec<String>,
}

#[derive(QueryableByName)]
struct Indicator {
    #[diesel(sql_type = Uid)]
    record: Id,
    #[diesel(sql_type = st::Text)]
    slug: String,
}

/// Tries to work out every hidden figure of the record from all that is, or was, public.
pub fn audit_record(db: &Db, now: Ts) -> Result<RecordAudit, Problem> {
    let indicators: Vec<Indicator> = db.read(|conn: &mut Conn| {
        let sql = Sql::new(
            "SELECT m.record, m.slug FROM measure m JOIN record r ON r.id = m.record WHERE r.redacted_at IS NULL ORDER BY m.slug",
        );
        Ok(sql.load(conn)?)
    })?;
    let mut found = RecordAudit::default();
    for indicator in indicators {
        let loaded = db.snapshot(|conn| {
            let Some(measure) = series::measure_number(conn, indicator.record)? else { return Ok(None) };
            let profiles = series::published_profiles(conn, indicator.record)?;
            let Some(content) = content_of(conn, indicator.record, now)? else { return Ok(None) };
            let is_protected =
                content.disclosure_profile.protects() || profiles.iter().any(|one| one.profile.is_some());
            if !is_protected || profiles.is_empty() {
                return Ok(None);
            }
            Ok(Some((content, load(conn, measure, None))))
        })?;
        let Some((content, loaded)) = loaded else { continue };
        found.indicators += 1;
        match loaded.and_then(|loaded| plan(&content, loaded, None)) {
            Ok(plan) => {
                found.hidden += plan.hidden();
                found.findings.extend(plan.findings);
            }
            Err(problem) if problem.errors.is_empty() => return Err(problem),
            Err(problem) => {
                let why = problem.errors.first().map_or(problem.detail.clone(), |fault| fault.detail.clone());
                found.not_audited.push(format!("{}: {why}", indicator.slug));
            }
        }
    }
    Ok(found)
}
