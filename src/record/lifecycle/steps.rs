//! The steps of the workflow except publication: submit, return, share, approve, withdraw.

use diesel::prelude::*;
use serde_json::json;

use super::assigned::only_its_own;
use super::checks::{contributors, is_scheduled, not_by_a_contributor, with_article};
use super::schedule::{cancel, refuse_if_awaited};
use super::update::{record_hidden, run_hook, set_state, update_both};
use crate::clock::Ts;
use crate::problem::{self, Problem};
use crate::record::commit::{self, Happened};
use crate::record::event::Event;
use crate::record::kind::{KindDef, Step};
use crate::record::related::ApprovalView;
use crate::record::row::Row;
use crate::record::state::{self, State};
use crate::record::write_context::WriteContext;
use crate::store::tables::{approval, record, record_version};
use crate::store::{Conn, Sql};

/// Submits the working version. The person who submits it is responsible for it as its authors are, and counts as a
/// contributor. `assigned` is set for the organisation that the record is assigned to, which submits its own report only.
pub fn submit(
    conn: &mut Conn,
    context: &WriteContext<'_>,
    kind: &KindDef,
    head: &Row,
    assigned: bool,
) -> Result<(), Problem> {
    head.state.allow(&state::SUBMIT)?;
    if assigned {
        only_its_own(conn, context, kind, head)?;
    }
    set_state(conn, kind, head, state::SUBMIT.to)?;
    let contributors = contributors(context, head);
    diesel::update(record_version::table.find((head.record, head.version)))
        .set(record_version::contributors.eq(contributors))
        .execute(conn)?;
    record_hidden(conn, context, kind, head, Event::Submitted, json!({}))
}

/// Returns the working version to its authors, with a reason; cancels a publication that is scheduled.
pub fn return_version(
    conn: &mut Conn,
    context: &WriteContext<'_>,
    kind: &KindDef,
    head: &Row,
    reason: &str,
) -> Result<(), Problem> {
    if is_scheduled(head, context.now) {
        cancel(conn, kind, head)?;
        run_hook(conn, context, kind, head, Step::Recalled)?;
    } else {
        head.state.allow(&state::RETURN)?;
    }
    set_state(conn, kind, head, state::RETURN.to)?;
    diesel::update(record_version::table.find((head.record, head.version)))
        .set((record_version::embargo_until.eq(None::<Ts>), record_version::returned_reason.eq(reason)))
        .execute(conn)?;
    let approvals =
        approval::table.filter(approval::record.eq(head.record)).filter(approval::version.eq(head.version));
    diesel::delete(approvals).execute(conn)?;
    record_hidden(conn, context, kind, head, Event::Returned, json!({"reason": reason}))
}

/// Shares the submitted version with the Police and Crime Panel, under an embargo where one is set.
pub fn share(
    conn: &mut Conn,
    context: &WriteContext<'_>,
    kind: &KindDef,
    head: &Row,
    embargo_until: Option<Ts>,
) -> Result<(), Problem> {
    head.state.allow(&state::SHARE)?;
    not_by_a_contributor(context, head, "share it")?;
    set_state(conn, kind, head, state::SHARE.to)?;
    diesel::update(record_version::table.find((head.record, head.version)))
        .set(record_version::embargo_until.eq(embargo_until))
        .execute(conn)?;
    record_hidden(conn, context, kind, head, Event::Shared, json!({"embargo_until": embargo_until}))
}

/// Approves the working version, in each role of the actor whose approval the kind needs.
pub fn approve(
    conn: &mut Conn,
    context: &WriteContext<'_>,
    kind: &KindDef,
    head: &Row,
    approvals: &[ApprovalView],
) -> Result<(), Problem> {
    state::allow_approval(head.state)?;
    let roles: Vec<_> = kind.def.approvals.iter().filter(|role| context.actor.has(**role)).collect();
    if roles.is_empty() {
        return Err(Problem::conflict(format!("{} needs no approval.", with_article(kind.def.one))));
    }
    if kind.def.separate {
        not_by_a_contributor(context, head, "approve it")?;
    }
    for role in roles {
        let by_actor =
            |approval: &ApprovalView| approval.role == role.name() && approval.person == context.actor.name();
        if approvals.iter().any(by_actor) {
            return Err(Problem::conflict("You have already approved this version."));
        }
        diesel::insert_into(approval::table)
            .values((
                approval::record.eq(head.record),
                approval::version.eq(head.version),
                approval::role.eq(role.name()),
                approval::person.eq(context.actor.name()),
                approval::digest.eq(&head.digest),
                approval::at.eq(context.now),
            ))
            .execute(conn)?;
    }
    record_hidden(conn, context, kind, head, Event::Approved, json!({}))
}

/// Withdraws a record for good: no version of it is shown again, whatever moment a request names.
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
            "You published this version; another publisher must withdraw it.",
        ));
    }
    if !was_public {
        refuse_if_awaited(conn, head)?;
    }
    let mut subject = head.subject();
    if is_scheduled(head, context.now) {
        // It never comes to be public, and nothing later takes it for that.
        cancel(conn, kind, head)?;
        run_hook(conn, context, kind, head, Step::Recalled)?;
        subject.publication = None;
    }
    set_state(conn, kind, head, State::Withdrawn)?;
    update_both(conn, kind, &Sql::new("listed = ").bind(false), &Sql::new("record = ").bind(head.record))?;
    diesel::update(record::table.find(head.record))
        .set((
            record::was_public.eq(was_public),
            record::withdrawn_at.eq(context.now),
            record::withdrawn_by.eq(context.actor.name()),
            record::withdrawn_reason.eq(reason),
        ))
        .execute(conn)?;
    run_hook(conn, context, kind, head, Step::Withdrawn)?;
    let happened = Happened { event: Event::Withdrawn, public: was_public, at: context.now };
    commit::record(conn, context, kind, &subject, &happened, json!({"reason": reason}))
}
