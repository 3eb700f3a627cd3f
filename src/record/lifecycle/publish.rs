//! Publication.

use diesel::prelude::*;
use serde_json::{Value, json};

use super::checks::{AWAITING_PUBLICATION, capitalised, expect_state, not_by_an_author};
use super::recording::{put_on_record, subject, tell};
use super::update::{
    denormalise_listed_slices, follow, is, number_publication, set_state, supersede, update_both,
    update_version,
};
use crate::clock::{Id, Ts};
use crate::problem::{self, Problem};
use crate::record::changes;
use crate::record::event::{Event, Subject};
use crate::record::kind::{CrossRecordCheck, KindDef, Step};
use crate::record::links::{self, LinkRow};
use crate::record::represent;
use crate::record::resolve;
use crate::record::row::Row;
use crate::record::visible::scheduled_from;
use crate::record::write_context::WriteContext;
use crate::store::{Conn, Sql, Val};

/// Makes the working version public: now, or at a whole minute to come.
pub fn publish(
    conn: &mut Conn,
    context: &WriteContext<'_>,
    kind: &KindDef,
    head: &Row,
    approvals: &[represent::ApprovalView],
    publish_at: Option<Ts>,
) -> Result<(), Problem> {
    expect_state(head, AWAITING_PUBLICATION, "published")?;
    not_by_an_author(context, head, "publish it")?;
    let missing: Vec<_> = kind
        .def
        .approvals
        .iter()
        .map(|role| role.name())
        .filter(|role| !approvals.iter().any(|approval| approval.role == *role))
        .collect();
    if !missing.is_empty() {
        return Err(Problem::conflict(format!(
            "{} needs the approval of the {} before it is published.",
            capitalised(kind.def.one),
            missing.join(" and the ")
        )));
    }
    let from = publish_at.unwrap_or(context.now);
    if let Some(until) = head.embargo_until.filter(|until| *until > from) {
        return Err(Problem::conflict(format!(
            "It is under embargo until {until}; give that moment or a later one as `publish_at`, or return it."
        )));
    }
    let links = links::of(conn, &[(head.record, head.version)])?;
    // This may lock what the other then only shares: in the other order two that publish at once would wait for
    // each other.
    allowed_by_others(conn, kind, head, &links)?;
    name_only_what_is_public(conn, &links, from)?;
    supersede(conn, kind, head.record, head.version, from)?;
    update_both(
        conn,
        kind,
        &Sql::new("public_from = ").bind(from).text(", public_to = ").bind(Ts::NEVER),
        &is(head.record, head.version),
    )?;
    set_state(conn, kind, head, "published")?;
    update_version(conn, head.record, head.version, Sql::new("published_by = ").bind(context.actor.name()))?;
    let publication = number_publication(conn, head.record, head.version)?;
    follow(conn, context, kind, head, Step::Published { from, scheduled: publish_at.is_some() })?;
    if publish_at.is_some() {
        Sql::new("INSERT INTO scheduled (record, version, due_at) VALUES (")
            .bind_all([Val::Id(head.record), head.version.into(), from.into()])
            .text(")")
            .execute(conn)?;
        denormalise_listed_slices(conn, kind, head.record, scheduled_from(&head.state), head.assigned)?;
        return tell(conn, context, kind, head, Event::Scheduled, json!({"publish_at": from}));
    }
    Sql::new("UPDATE record SET was_public = ")
        .bind(true)
        .text(" WHERE id = ")
        .bind(head.record)
        .execute(conn)?;
    let subject = Subject { publication: Some(publication), ..subject(kind, head) };
    put_on_record(conn, context, kind, &subject, Event::Published, from, json!({}))?;
    changes::advance_watermark(conn, from)
}

/// What other records do not allow is looked at again: since the version was written they may have changed.
fn allowed_by_others(conn: &mut Conn, kind: &KindDef, head: &Row, links: &[LinkRow]) -> Result<(), Problem> {
    let content: Value = serde_json::from_str(&head.content).map_err(Problem::internal)?;
    let named = kind
        .references()
        .filter_map(|reference| {
            let link = links.iter().find(|link| link.member == reference.path && link.position == 0)?;
            Some((reference.path, link.other))
        })
        .collect();
    let this = CrossRecordCheck {
        record: head.record,
        body: head.body,
        before: Some(&content),
        content: &content,
        named: &named,
    };
    let mut faults = vec![];
    kind.cross_check(conn, &this, &mut faults)?;
    if faults.is_empty() {
        return Ok(());
    }
    Err(Problem::conflict("Other records on record do not allow it any more.").with(faults))
}

fn name_only_what_is_public(conn: &mut Conn, rows: &[LinkRow], from: Ts) -> Result<(), Problem> {
    let mut others: Vec<Id> = rows.iter().map(|link| link.other).collect();
    others.sort_unstable();
    others.dedup();
    if conn.is_pg() && !others.is_empty() {
        // Nobody takes one of them back while this is decided.
        Sql::new("SELECT 1 FROM record WHERE id IN (")
            .bind_all(others.iter().copied())
            .text(") ORDER BY id FOR SHARE")
            .one_off()
            .execute(conn)?;
    }
    let hidden = resolve::not_public(conn, &others, from)?;
    let faults: Vec<_> = rows
        .iter()
        .filter(|link| hidden.contains(&link.other))
        .map(|link| {
            problem::Fault::pointer(
                format!("/{}", link.member.replace('*', &link.position.to_string())),
                "not_public",
                "This names a record that will not be public at that moment; publish that one first.",
            )
        })
        .collect();
    if faults.is_empty() {
        return Ok(());
    }
    Err(Problem::conflict("It names records that the public could not follow.").with(faults))
}
