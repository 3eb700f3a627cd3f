//! `check-roles`: memberships with roles that the kind of their organisation does not allow.

use onrecord::access::membership;
use onrecord::clock::Clock;
use onrecord::config::DatabaseSettings;

use super::database::open;
use super::out::say;

/// Prints them, and fails if there is one.
pub fn check_roles(settings: DatabaseSettings) -> Result<(), String> {
    let db = open(settings)?;
    let now = Clock::system().now();
    let unfit = db.read(|conn| membership::unfit(conn, now)).map_err(|problem| problem.detail_or_cause())?;
    for one in &unfit {
        let membership = &one.membership;
        say!(
            "{}  {}  {}  {}",
            membership.id,
            membership.subject,
            membership.organisation_reference,
            one.why.join(" ")
        );
    }
    match unfit.len() {
        0 => {
            say!("every role is one that its organisation's kind allows");
            Ok(())
        }
        1 => Err("1 membership has a role that its organisation's kind does not allow".to_owned()),
        n => Err(format!("{n} memberships have roles that their organisations' kinds do not allow")),
    }
}
