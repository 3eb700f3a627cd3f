//! The life of a record: every change of one, each inside the caller's transaction.
//!
//! `draft → submitted → (returned → draft) → published → superseded | withdrawn`. A state belongs to a
//! version, so version 2 can be drafted while version 1 is public. Each function checks the state that it
//! needs (409) and the second pair of eyes (403) here, where the deed is done.

use diesel::prelude::*;
use serde_json::{Value, json};

use super::changes::{self, Event, Subject};
use super::kind::{CrossRecordCheck, KindDef, LifecycleEvent, Step};
use super::links::{self, LinkRow};
use super::read::Row;
use super::represent;
use super::resolve::{self};
use super::rows::Rows;
use super::trail;
use super::version::{Draft, Home, Place, assigned, record_row, version_rows};
use super::visible::scheduled_from;
use crate::access::Actor;
use crate::clock::{Clock, Id, Ts};
use crate::problem::{self, Problem};
use crate::store::{Conn, Sql, Val};

/// Who does it, when, with which clock.
pub struct WriteContext<'a> {
    /// The actor, already allowed to.
    pub actor: &'a Actor,
    /// The request's now.
    pub now: Ts,
    /// For ids.
    pub clock: &'a Clock,
    /// The request that it is done in.
    pub request: Option<Id>,
    /// The operation, or the command.
    pub operation: &'a str,
}

/// Makes a record with its first version: a draft, or public at once (reference data, imports).
pub fn create(
    conn: &mut Conn,
    context: &WriteContext<'_>,
    kind: &KindDef,
    home: &Home,
    draft: &Draft,
    public_from: Option<Ts>,
) -> Result<(), Problem> {
    let mut rows = Rows::default();
    record_row(&mut rows, context, kind, home, 1, public_from.is_some());
    rows.write(conn)
        .map_err(|problem| if problem.kind.status == 409 { taken(&home.reference) } else { problem })?;
    let place = Place::head(1, public_from, public_from.map(|_| 1));
    version_rows(&mut rows, context, kind, home, draft, &place, context.actor.name())?;
    rows.write(conn).map_err(|problem| taken_value(kind, problem))?;
    let assigned = assigned(kind, &draft.resolved);
    let subject = Subject {
        record: home.id,
        version: 1,
        kind: kind.def.name,
        reference: &home.reference,
        body: home.body.as_ref().map(|(id, _)| *id),
        assigned,
        publication: public_from.map(|_| 1),
    };
    let why = json!({"reason": draft.reason});
    match public_from {
        Some(from) => {
            put_on_record(conn, context, kind, &subject, Event::Published, from, why)?;
            changes::advance_watermark(conn, from.min(context.now))
        }
        None => put_on_record(conn, context, kind, &subject, Event::Created, context.now, why),
    }
}

/// 409 for a value that only one record may have.
fn taken_value(kind: &KindDef, problem: Problem) -> Problem {
    match kind.def.columns.iter().find(|column| column.unique) {
        Some(column) if problem.kind.status == 409 => {
            let detail =
                format!("Another {} already has this `{}`; choose another.", kind.def.one, column.name);
            Problem::conflict(detail).with(vec![problem::Fault::pointer(
                format!("/{}", column.path),
                "taken",
                "This is already in use.",
            )])
        }
        _ => problem,
    }
}

/// 409 for a reference that is in use.
fn taken(reference: &str) -> Problem {
    Problem::conflict(format!(
        "The reference `{reference}` is already taken in this body and kind; choose another."
    ))
    .with(vec![problem::Fault::pointer("/reference", "taken", "This reference is already in use.")])
}

/// Makes a new working version out of the last one.
///
/// Reference data is public as soon as it is written; anything else becomes a draft, also when the last
/// version was submitted.
pub fn edit(
    conn: &mut Conn,
    context: &WriteContext<'_>,
    kind: &KindDef,
    head: &Row,
    draft: &Draft,
) -> Result<(), Problem> {
    if head.state == "published" && head.public_from.is_some_and(|from| from > context.now) {
        return Err(Problem::conflict(
            "This version is scheduled for publication; return it before you change it.",
        ));
    }
    let version = head.version + 1;
    let home = Home {
        id: head.record,
        reference: head.reference.clone(),
        body: head.body.zip(head.body_reference.clone()),
        owner: None,
        owner_reference: head.owner_reference.clone(),
    };
    let contributors = contributors(context, head);
    let at_once = (!kind.def.workflow).then_some(context.now);
    // The old head steps down: only what is or was public stays listed.
    update_both(
        conn,
        kind,
        &Sql::new("is_head = ").bind(false).text(", listed = (public_from IS NOT NULL)"),
        &Sql::new("record = ").bind(head.record).text(" AND is_head"),
    )?;
    if let Some(now) = at_once {
        supersede(conn, kind, head.record, version, now)?;
    }
    let mut rows = Rows::default();
    let place = Place::head(version, at_once, None);
    version_rows(&mut rows, context, kind, &home, draft, &place, &contributors)?;
    rows.write(conn).map_err(|problem| taken_value(kind, problem))?;
    Sql::new("UPDATE record SET head_version = ")
        .bind(version)
        .text(" WHERE id = ")
        .bind(head.record)
        .execute(conn)?;
    let assigned = assigned(kind, &draft.resolved);
    let state = if at_once.is_some() { "published" } else { "draft" };
    denormalise_listed_slices(conn, kind, head.record, state, assigned)?;
    let publication = match at_once {
        Some(_) => Some(number_publication(conn, head.record, version)?),
        None => None,
    };
    let subject = Subject {
        record: head.record,
        version,
        kind: kind.def.name,
        reference: &head.reference,
        body: head.body,
        assigned,
        publication,
    };
    let why = json!({"reason": draft.reason});
    match at_once {
        Some(now) => {
            put_on_record(conn, context, kind, &subject, Event::Published, now, why)?;
            changes::advance_watermark(conn, now)
        }
        None => put_on_record(conn, context, kind, &subject, Event::Edited, context.now, why),
    }
}

/// Who has had a hand in it since the last publication, with who does this.
fn contributors(context: &WriteContext<'_>, head: &Row) -> String {
    let mut all = if head.state == "published" { vec![] } else { represent::contributors(head) };
    if !all.contains(&context.actor.name()) {
        all.push(context.actor.name());
    }
    all.join(" ")
}

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

/// Two pairs of eyes: who has written since the last publication does not do this.
fn not_by_an_author(context: &WriteContext<'_>, head: &Row, what: &str) -> Result<(), Problem> {
    if !represent::contributors(head).contains(&context.actor.name()) {
        return Ok(());
    }
    Err(Problem::new(
        &problem::FORBIDDEN,
        format!(
            "You have written in this version, or handed it in, since the last publication; somebody else has to {what}."
        ),
    ))
}

/// What waits to be approved or published.
const AWAITING_PUBLICATION: &[&str] = &["submitted", "panel_shared"];

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

fn follow(
    conn: &mut Conn,
    context: &WriteContext<'_>,
    kind: &KindDef,
    head: &Row,
    step: Step,
) -> Result<(), Problem> {
    let content: Value = serde_json::from_str(&head.content).map_err(Problem::internal)?;
    kind.follow(conn, &LifecycleEvent { record: head.record, content: &content, step, now: context.now })
}

/// Locks the record, so that two changes of it follow one another. SQLite has one writer anyway.
pub fn lock(conn: &mut Conn, record: Id) -> Result<(), Problem> {
    if conn.is_pg() {
        Sql::new("SELECT 1 FROM record WHERE id = ").bind(record).text(" FOR NO KEY UPDATE").execute(conn)?;
    }
    Ok(())
}

fn expect_state(head: &Row, allowed: &[&str], done: &str) -> Result<(), Problem> {
    if allowed.contains(&head.state.as_str()) {
        return Ok(());
    }
    Err(Problem::conflict(format!(
        "The working version is {}; only one that is {} can be {done}.",
        head.state,
        allowed.join(" or ")
    )))
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

fn subject<'a>(kind: &'a KindDef, head: &'a Row) -> Subject<'a> {
    Subject {
        record: head.record,
        version: head.version,
        kind: kind.def.name,
        reference: &head.reference,
        body: head.body,
        assigned: head.assigned,
        publication: head.publication,
    }
}

fn tell(
    conn: &mut Conn,
    context: &WriteContext<'_>,
    kind: &KindDef,
    head: &Row,
    event: Event,
    why: Value,
) -> Result<(), Problem> {
    put_on_record(conn, context, kind, &subject(kind, head), event, context.now, why)
}

/// Tells the feed and the audit trail, when all else is written.
fn put_on_record(
    conn: &mut Conn,
    context: &WriteContext<'_>,
    kind: &KindDef,
    subject: &Subject<'_>,
    event: Event,
    at: Ts,
    why: Value,
) -> Result<(), Problem> {
    changes::record(conn, context.clock, subject, event, event == Event::Published, at)?;
    trail::write(conn, context, kind, subject, event.name(), why)
}

fn set_state(conn: &mut Conn, kind: &KindDef, head: &Row, state: &str) -> Result<(), Problem> {
    update_version(conn, head.record, head.version, Sql::new("state = ").bind(state))?;
    denormalise_listed_slices(conn, kind, head.record, state, head.assigned)
}

/// Changes a version's own row.
fn update_version(conn: &mut Conn, record: Id, version: i64, set: Sql) -> Result<(), Problem> {
    Sql::new("UPDATE record_version SET ")
        .append(set)
        .text(" WHERE ")
        .append(is(record, version))
        .execute(conn)?;
    Ok(())
}

/// Changes the slices, which stand in the table of versions and in the kind's own.
fn update_both(conn: &mut Conn, kind: &KindDef, set: &Sql, condition: &Sql) -> Result<(), Problem> {
    for table in ["record_version", kind.def.table] {
        Sql::new("UPDATE ")
            .text(table)
            .text(" SET ")
            .append(set.clone())
            .text(" WHERE ")
            .append(condition.clone())
            .execute(conn)?;
    }
    Ok(())
}

/// The condition on one version.
fn is(record: Id, version: i64) -> Sql {
    Sql::new("record = ").bind(record).text(" AND version = ").bind(version)
}

/// The state of the head and the assignment belong to the record: every row that can be listed knows them.
pub fn denormalise_listed_slices(
    conn: &mut Conn,
    kind: &KindDef,
    record: Id,
    head_state: &str,
    assigned: Option<Id>,
) -> Result<(), Problem> {
    update_both(
        conn,
        kind,
        &Sql::new("head_state = ").bind(head_state).text(", assigned = ").bind(assigned),
        &Sql::new("record = ").bind(record).text(" AND listed"),
    )?;
    Ok(())
}

/// Ends the interval of the version that is public, where the next one's begins.
fn supersede(conn: &mut Conn, kind: &KindDef, record: Id, by: i64, at: Ts) -> Result<(), Problem> {
    update_both(
        conn,
        kind,
        &Sql::new("public_to = ").bind(at),
        &Sql::new("record = ")
            .bind(record)
            .text(" AND version <> ")
            .bind(by)
            .text(" AND public_to = ")
            .bind(Ts::NEVER),
    )?;
    Ok(())
}

/// What is to come out may not lose what it names: refuses while a scheduled version names this record.
fn nobody_waits_for(conn: &mut Conn, head: &Row) -> Result<(), Problem> {
    #[derive(QueryableByName)]
    struct Waiting {
        #[diesel(sql_type = diesel::sql_types::Text)]
        reference: String,
    }
    let waiting: Vec<Waiting> = Sql::new(
        "SELECT DISTINCT r.reference FROM link l JOIN scheduled s ON s.record = l.record AND s.version = l.version
         JOIN record r ON r.id = s.record WHERE l.other = ",
    )
    .bind(head.record)
    .text(" AND l.record <> ")
    .bind(head.record)
    .text(" ORDER BY r.reference LIMIT 20")
    .load(conn)?;
    if waiting.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = waiting.iter().map(|one| one.reference.as_str()).collect();
    Err(Problem::conflict(format!(
        "It is named by what is scheduled to be published ({}); return that first.",
        names.join(", ")
    )))
}

fn unschedule(conn: &mut Conn, kind: &KindDef, head: &Row) -> Result<(), Problem> {
    // Where a version before it stays public, whoever waits for the record can still name it.
    if head.publication == Some(1) {
        nobody_waits_for(conn, head)?;
    }
    Sql::new("DELETE FROM scheduled WHERE record = ").bind(head.record).execute(conn)?;
    // The version before it stays public after all.
    let before = Sql::new("record = ")
        .bind(head.record)
        .text(" AND version <> ")
        .bind(head.version)
        .text(" AND public_to = ")
        .bind(head.public_from);
    update_both(conn, kind, &Sql::new("public_to = ").bind(Ts::NEVER), &before)?;
    let never = Sql::new("public_from = NULL, public_to = NULL");
    update_both(conn, kind, &never, &is(head.record, head.version))?;
    update_version(conn, head.record, head.version, Sql::new("publication = NULL, published_by = NULL"))
}

/// Gives a version the next number among the record's publications.
fn number_publication(conn: &mut Conn, record: Id, version: i64) -> Result<i64, Problem> {
    let count: crate::store::Count =
        Sql::new("SELECT count(*) AS n FROM record_version WHERE publication IS NOT NULL AND version <> ")
            .bind(version)
            .text(" AND record = ")
            .bind(record)
            .get_result(conn)?;
    let publication = count.n + 1;
    update_version(conn, record, version, Sql::new("publication = ").bind(publication))?;
    Ok(publication)
}

fn capitalised(text: &str) -> String {
    let article = if text.starts_with(['a', 'e', 'i', 'o', 'u']) { "An" } else { "A" };
    format!("{article} {text}")
}
