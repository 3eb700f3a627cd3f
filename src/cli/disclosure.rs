//! `disclosure-audit`: tries to work out every hidden figure.

use onrecord::clock::Clock;
use onrecord::config::Config;
use onrecord::resources;
use onrecord::store::{Db, Target};

use super::database::check_migrations;
use super::out;

/// Audits the whole record, and fails if the public could work anything out.
pub fn audit_disclosure(config: &Config) -> Result<(), String> {
    let db = Db::open(Target::parse(&config.database_url), 1)?;
    check_migrations(&db)?;
    let now = Clock::system().now();
    let found = resources::audit_disclosure(&db, now).map_err(|problem| problem.detail_or_cause())?;
    let mut text = format!(
        "{:>9} indicators under disclosure control have figures\n{:>9} of their figures are hidden\n",
        found.indicators, found.hidden
    );
    for finding in &found.findings {
        text.push_str(&format!("{}\n", finding.sentence()));
    }
    for why in &found.not_audited {
        text.push_str(&format!("not audited: {why}\n"));
    }
    out::text(&text);
    match (found.findings.len(), found.not_audited.len()) {
        (0, 0) => Ok(()),
        (0, unknown) => Err(format!("{unknown} indicators could not be audited")),
        (open, _) => Err(format!("the public could work out {open} figures that must stay hidden")),
    }
}
