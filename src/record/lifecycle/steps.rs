//! The steps of the workflow but publication: submit, return, share, approve, withdraw.

use diesel::prelude::*;
use serde_json::json;

use super::checks::{AWAITING_PUBLICATION, capitalised, contributors, expect_state, not_by_an_author};
use super::recording::{subject, tell};
use super::schedule::{nobody_waits_for, unschedule};
use super::update::{follow, is, set_state, update_both, update_version};
use crate::clock::Ts;
use crate::problem::{self, Problem};
use crate::record::event::Event;
use crate::record::kind::{KindDef, Step};
use crate::record::represent;
use crate::record::row::Row;
use crate::record::write_context::WriteContext;
use crate::record::{changes, trail};
use crate::store::{Conn, Sql, Val};

/// Hands the working version in: who does that stands for it as whoever wrote it does.
pub fn submit(
    conn: &mut Conn,
    context: &WriteContext<'_>,
    kind: &KindDef,
    head: &Row,
) -> Result<(), Problem> {
    expect_state(head, &["draft"], "submitted")?;
    set_state(conn, kind, head, "submitted")?;
    let contributors = contributors(context, head);
    update_version(conn, head.record, head.version, Sql::new("contributors = ").bind(contributors))?;
    tell(conn, context, kind, head, Event::Submitted, json!({}))
}

/// Hands the working version back, with a reason; cancels a publication that has not come.
pub fn return_version(
    conn: &mut Conn,
    context: &WriteContext<'_>,
    kind: &KindDef,
    head: &Row,
    reason: &str,
) -> Result<(), Problem> {
    let scheduled = head.state == "published" && head.public_from.is_some_and(|from| from > context.now);
    if !scheduled {
        expect_state(head, AWAITING_PUBLICATION, "returned")?;
    }
    if scheduled {
        unschedule(conn, kind, head)?;
        follow(conn, context, kind, head, Step::Recalled)?;
    }
    set_state(conn, kind, head, "draft")?;
    update_version(
        conn,
        head.record,
        head.version,
        Sql::new("embargo_until = NULL, returned_reason = ").bind(reason),
    )?;
    Sql::new("DELETE FROM approval WHERE ").append(is(head.record, head.version)).execute(conn)?;
    tell(conn, context, kind, head, Event::Returned, json!({"reason": reason}))
}

/// Shows the submitted version to the Police and Crime Panel, which may be bound to keep it to itself until a moment.
pub fn share(
    conn: &mut Conn,
    context: &WriteContext<'_>,
    kind: &KindDef,
    head: &Row,
    embargo_until: Option<Ts>,
) -> Result<(), Problem> {
    expect_state(head, &["submitted"], "shared with the Panel")?;
    not_by_an_author(context, head, "share it")?;
    set_state(conn, kind, head, "panel_shared")?;
    update_version(conn, head.record, head.version, Sql::new("embargo_until = ").bind(embargo_until))?;
    tell(conn, context, kind, head, Event::Shared, json!({"embargo_until": embargo_until}))
}

/// Approves the working version, in the one role that it needs.
pub fn approve(
    conn: &mut Conn,
    context: &WriteContext<'_>,
    kind: &KindDef,
    head: &Row,
    already: &[represent::ApprovalView],
) -> Result<(), Problem> {
    expect_state(head, AWAITING_PUBLICATION, "approved")?;
    let roles: Vec<_> = kind.def.approvals.iter().filter(|role| context.actor.has(**role)).collect();
    if roles.is_empty() {
        return Err(Problem::conflict(format!("{} needs no approval.", capitalised(kind.def.one))));
    }
    for role in roles {
        if already
            .iter()
            .any(|approval| approval.role == role.name() && approval.person == context.actor.name())
        {
            return Err(Problem::conflict("You have already approved this version."));
        }
        Sql::new("INSERT INTO approval (record, version, role, person, digest, at) VALUES (")
            .bind_all([
                Val::Id(head.record),
                head.version.into(),
                role.name().into(),
                context.actor.name().into(),
                head.digest.clone().into(),
                context.now.into(),
            ])
            .text(")")
            .execute(conn)?;
    }
    tell(conn, context, kind, head, Event::Approved, json!({}))
}

/// Takes a record back for good: no version of it is shown again, whatever the moment asked for.
pub fn withdraw(
    conn: &mut Conn,
    context: &WriteContext<'_>,
    kind: &KindDef,
    head: &Row,
    publishers: &[String],
    was_public: bool,
    reason: &str,
) -> Result<(), Problem> {
    if publishers.iter().any(|publisher| publisher == context.actor.name()) {
        return Err(Problem::new(
            &problem::FORBIDDEN,
            "You published this version; a withdrawal is made by another publisher.",
        ));
    }
    if !was_public {
        nobody_waits_for(conn, head)?;
    }
    Sql::new("DELETE FROM scheduled WHERE record = ").bind(head.record).execute(conn)?;
    set_state(conn, kind, head, "withdrawn")?;
    update_both(conn, kind, &Sql::new("listed = ").bind(false), &Sql::new("record = ").bind(head.record))?;
    Sql::new("UPDATE record SET was_public = ")
        .bind(was_public)
        .text(", withdrawn_at = ")
        .bind(context.now)
        .text(", withdrawn_by = ")
        .bind(context.actor.name())
        .text(", withdrawn_reason = ")
        .bind(reason)
        .text(" WHERE id = ")
        .bind(head.record)
        .execute(conn)?;
    follow(conn, context, kind, head, Step::Withdrawn)?;
    let subject = subject(kind, head);
    changes::record(conn, context.clock, &subject, Event::Withdrawn, was_public, context.now)?;
    trail::write(conn, context, kind, &subject, Event::Withdrawn.name(), json!({"reason": reason}))?;
    changes::advance_watermark(conn, context.now)
}
