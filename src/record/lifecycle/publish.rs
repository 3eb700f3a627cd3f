//! Publishes the working version.

use std::collections::BTreeMap;

use diesel::prelude::*;
use serde_json::json;

use super::checks::{not_by_a_contributor, not_by_an_approver, with_article};
use super::names::{self, Names};
use super::schedule::schedule;
use super::update::{
    end_public_interval, is_version, number_publication, record_hidden, run_hook, set_state, update_both,
};
use crate::clock::{Id, Ts};
use crate::problem::{Fault, Problem};
use crate::record::circles::{self, Following, Naming, Start};
use crate::record::commit::{self, Happened};
use crate::record::event::{Event, Subject};
use crate::record::kind::{CrossRecordCheck, KindDef, Reference, Step};
use crate::record::link::Link;
use crate::record::links::{self, LinkRow};
use crate::record::related::ApprovalView;
use crate::record::resolve;
use crate::record::row::Row;
use crate::record::state;
use crate::record::write_context::WriteContext;
use crate::store::tables::{record, record_version};
use crate::store::{Conn, Sql};

/// Makes the working version public: now, or at a whole minute to come.
pub fn publish(
    conn: &mut Conn,
    context: &WriteContext<'_>,
    kind: &KindDef,
    head: &Row,
    approvals: &[ApprovalView],
    publish_at: Option<Ts>,
) -> Result<(), Problem> {
    head.state.allow(&state::PUBLISH)?;
    not_by_a_contributor(context, head, "publish it")?;
    if kind.def.separate {
        not_by_an_approver(context, approvals)?;
    }
    approved(kind, approvals)?;
    let from = publish_at.unwrap_or(context.now);
    if let Some(until) = head.embargo_until.filter(|until| *until > from) {
        return Err(Problem::conflict(format!(
            "It is under embargo until {until}; give that moment or a later one as `publish_at`, or return it."
        )));
    }
    let links = links::of(conn, &[(head.record, head.version)])?;
    // This may lock a record that the next check only shares: in the other order, two publications at once would wait
    // for each other.
    still_allowed_by_others(conn, kind, head, &links, context.now)?;
    let names = Names {
        record: head.record,
        body: head.body,
        reference: &head.reference,
        content: head.content_value()?,
    };
    names::refuse_published(conn, kind, &names, context.now)?;
    names_only_what_is_public(conn, head, &links, from, context.now)?;
    // After those are locked: of two that name each other, the second waits here for the first.
    leads_not_back(conn, kind, head, &links, from, context.now)?;
    end_public_interval(conn, kind, head.record, head.version, from)?;
    update_both(
        conn,
        kind,
        &Sql::new("public_from = ").bind(from).text(", public_to = ").bind(Ts::NEVER),
        &is_version(head.record, head.version),
    )?;
    set_state(conn, kind, head, state::PUBLISH.to)?;
    diesel::update(record_version::table.find((head.record, head.version)))
        .set(record_version::published_by.eq(context.actor.name()))
        .execute(conn)?;
    let publication = number_publication(conn, head.record, head.version)?;
    run_hook(conn, context, kind, head, Step::Published { from, scheduled: publish_at.is_some() })?;
    if publish_at.is_some() {
        schedule(conn, kind, head, from)?;
        return record_hidden(conn, context, kind, head, Event::Scheduled, json!({"publish_at": from}));
    }
    diesel::update(record::table.find(head.record)).set(record::was_public.eq(true)).execute(conn)?;
    let subject = Subject { publication: Some(publication), ..head.subject() };
    commit::record(conn, context, kind, &subject, &Happened::public(Event::Published, from), json!({}))
}

/// 409 while an approval is missing that the kind needs.
fn approved(kind: &KindDef, approvals: &[ApprovalView]) -> Result<(), Problem> {
    let has = |role: &str| approvals.iter().any(|approval| approval.role == role);
    let missing: Vec<&str> = kind.approvers().into_iter().filter(|role| !has(role)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(Problem::conflict(format!(
        "{} needs the approval of the {} before it is published.",
        with_article(kind.def.one),
        missing.join(" and the ")
    )))
}

/// 409 where other records do not allow the content any more: they may have changed since the version was written.
fn still_allowed_by_others(
    conn: &mut Conn,
    kind: &KindDef,
    head: &Row,
    links: &[LinkRow],
    now: Ts,
) -> Result<(), Problem> {
    let content = head.content_value()?;
    let (links, named) = links_of(kind, links.iter());
    let check = CrossRecordCheck {
        record: head.record,
        body: head.body,
        owner: head.owner_reference.as_deref(),
        before: Some(content),
        content,
        named: &named,
        links: &links,
        now,
        drafts: true,
        publishing: true,
    };
    let mut faults = vec![];
    kind.cross_check(conn, &check, &mut faults)?;
    if faults.is_empty() {
        return Ok(());
    }
    Err(Problem::conflict("Other records do not allow this content any more; return it and change it.")
        .with(faults))
}

/// The stored links of a version as those of its content, and the records that it names outside lists.
pub fn links_of<'a>(
    kind: &KindDef,
    rows: impl Iterator<Item = &'a LinkRow> + Clone,
) -> (Vec<Link>, BTreeMap<&'static str, Id>) {
    let link = |(reference, link): (&Reference, &LinkRow)| Link {
        reference: reference.path,
        position: link.position,
        rel: reference.rel,
        inverse: reference.inverse,
        other: link.other,
    };
    let of_kind = kind.references().flat_map(|reference| {
        rows.clone().filter(|link| link.member == reference.path).map(move |link| (reference, link))
    });
    let links: Vec<Link> = of_kind.map(link).collect();
    let first = links.iter().filter(|link| link.position == 0);
    let named = first.map(|link| (link.reference, link.other)).collect();
    (links, named)
}

/// 409 where what the version names leads back to its record, from the moment of its publication on.
fn leads_not_back(
    conn: &mut Conn,
    kind: &KindDef,
    head: &Row,
    links: &[LinkRow],
    from: Ts,
    now: Ts,
) -> Result<(), Problem> {
    let names: Vec<Naming<'_>> =
        links.iter().map(|link| (link.member.as_str(), link.position, link.other)).collect();
    let start = Start { record: head.record, owner: head.owner_reference.as_deref(), now };
    let mut faults = vec![];
    circles::refuse(conn, kind, start, &names, Following::PublicFrom(from), &mut faults)?;
    if faults.is_empty() {
        return Ok(());
    }
    Err(Problem::conflict("This version would lead in a circle; return it and change it.").with(faults))
}

/// 409 where the version names a record that will not be public at the moment of its publication.
fn names_only_what_is_public(
    conn: &mut Conn,
    head: &Row,
    links: &[LinkRow],
    from: Ts,
    now: Ts,
) -> Result<(), Problem> {
    let mut others: Vec<Id> = links.iter().map(|link| link.other).collect();
    others.sort_unstable();
    others.dedup();
    // So that none of them is withdrawn in the meantime. SQLite has one writer anyway.
    if let Conn::Pg(conn) = conn {
        let named = record::table.filter(record::id.eq_any(&others)).order(record::id);
        named.select(record::id).for_share().execute(conn)?;
    }
    // Whose publication another owner has scheduled is waited for by nobody: that owner may return it, and need not know of this.
    let mut hidden = resolve::not_public(conn, &others, from)?;
    if from > now {
        let not_yet = resolve::not_public(conn, &others, now)?;
        hidden.extend(resolve::of_other_owners(conn, head.record, &not_yet)?);
    }
    let faults: Vec<_> = links
        .iter()
        .filter(|link| hidden.contains(&link.other))
        .map(|link| {
            Fault::pointer(
                links::pointer(&link.member, link.position),
                "not_public",
                "This names a record that will not be public at that moment; publish that record first.",
            )
        })
        .collect();
    if faults.is_empty() {
        return Ok(());
    }
    Err(Problem::conflict("This version names records that the public could not follow.").with(faults))
}
