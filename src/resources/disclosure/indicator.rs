//! The version of an indicator by which its figures are protected, and what may not change of it.

use diesel::prelude::*;
use diesel::sql_types as st;

use super::plan::{load, plan};
use crate::clock::{Id, Ts};
use crate::problem::{Fault, Problem};
use crate::resources::indicators::{DisclosureProfile, IndicatorContent};
use crate::resources::series;
use crate::store::{Conn, Sql};

#[derive(QueryableByName)]
struct Content {
    #[diesel(sql_type = st::Text)]
    content: String,
}

fn contents(conn: &mut Conn, sql: Sql) -> Result<Vec<IndicatorContent>, Problem> {
    let rows: Vec<Content> = sql.load(conn)?;
    rows.iter().map(|row| serde_json::from_str(&row.content).map_err(Problem::internal)).collect()
}

/// The content of an indicator's version that is public at a moment.
pub fn public_content(conn: &mut Conn, indicator: Id, at: Ts) -> Result<Option<IndicatorContent>, Problem> {
    let sql = Sql::new("SELECT content FROM record_version WHERE record = ")
        .bind(indicator)
        .text(" AND public_from <= ")
        .bind(at)
        .text(" AND public_to > ")
        .bind(at);
    Ok(contents(conn, sql)?.into_iter().next())
}

/// The content of the version that is public at a moment; where there is none, of the working version.
pub fn content_of(conn: &mut Conn, indicator: Id, at: Ts) -> Result<Option<IndicatorContent>, Problem> {
    if let Some(content) = public_content(conn, indicator, at)? {
        return Ok(Some(content));
    }
    let sql = Sql::new("SELECT content FROM record_version WHERE is_head AND record = ").bind(indicator);
    Ok(contents(conn, sql)?.into_iter().next())
}

/// Whether no version of the indicator that is public, will be public or is being drafted asks for disclosure control.
pub fn is_unprotected(conn: &mut Conn, indicator: Id, now: Ts) -> Result<bool, Problem> {
    let sql = Sql::new("SELECT content FROM record_version WHERE record = ")
        .bind(indicator)
        .text(" AND (is_head OR public_to > ")
        .bind(now)
        .text(")");
    Ok(!contents(conn, sql)?.iter().any(|content| content.disclosure_profile.protects()))
}

/// Why figures cannot be protected by this version: another one that will be public has other rules.
pub fn other_version(
    conn: &mut Conn,
    indicator: Id,
    content: &IndicatorContent,
    at: Ts,
) -> Result<Option<&'static str>, Problem> {
    let sql = Sql::new("SELECT content FROM record_version WHERE record = ")
        .bind(indicator)
        .text(" AND public_from > ")
        .bind(at)
        .text(" AND public_to > public_from");
    let same = |other: &IndicatorContent| {
        other.disclosure_profile == content.disclosure_profile && other.axes() == content.axes()
    };
    let differs = !contents(conn, sql)?.iter().all(same);
    Ok(differs.then_some(
        "a version of its indicator is scheduled that has another disclosure profile or other codes. Wait until it is public, or return it",
    ))
}

/// Refuses to change the disclosure profile of an indicator whose figures are public, and codes by which the public could
/// work out what is hidden.
pub fn check(
    conn: &mut Conn,
    indicator: Id,
    content: &IndicatorContent,
    faults: &mut Vec<Fault>,
) -> Result<(), Problem> {
    let profile = content.disclosure_profile;
    let published = series::published_profiles(conn, indicator)?;
    let code =
        |other: &Option<String>| other.clone().unwrap_or_else(|| DisclosureProfile::None.code().to_owned());
    let is_other = |one: &&series::PublishedProfile| !one.ended && code(&one.profile) != profile.code();
    if let Some(other) = published.iter().find(is_other) {
        let how = match &other.profile {
            None => "without disclosure control".to_owned(),
            Some(profile) => format!("under the profile `{profile}`"),
        };
        let detail = format!(
            "Observations of this indicator are published or scheduled {how}. Withdraw or return those releases first."
        );
        faults.push(Fault::pointer("/disclosure_profile", "figures_out", detail));
        return Ok(());
    }
    if !profile.protects() {
        if published.iter().any(|one| one.profile.is_some()) {
            let detail = "Observations of this indicator were published under disclosure control, and what was hidden then must stay hidden. Keep the profile, or begin another indicator.";
            faults.push(Fault::pointer("/disclosure_profile", "figures_out", detail));
        }
        return Ok(());
    }
    let Some(measure) = series::measure_number(conn, indicator)? else { return Ok(()) };
    // Nothing is hidden yet of what was published without disclosure control.
    if published.iter().all(|one| one.profile.is_none()) {
        return Ok(());
    }
    let loaded = load(conn, measure, None)?;
    match plan(content, loaded, None) {
        Ok(plan) => faults.extend(plan.findings.iter().take(20).map(|finding| {
            let detail = format!("With these codes, {}", finding.sentence());
            Fault::pointer("/dimensions", "disclosure_open", detail)
        })),
        Err(problem) => faults.extend(
            problem.errors.into_iter().map(|fault| Fault::pointer("/dimensions", fault.code, fault.detail)),
        ),
    }
    Ok(())
}
