//! Making a new working version of a record.

use diesel::prelude::*;
use serde_json::json;

use super::checks::contributors;
use super::recording::put_on_record;
use super::update::{denormalise_listed_slices, number_publication, supersede, taken_value, update_both};
use crate::problem::Problem;
use crate::record::changes;
use crate::record::event::{Event, Subject};
use crate::record::kind::KindDef;
use crate::record::row::Row;
use crate::record::rows::Rows;
use crate::record::version::{Draft, Home, Place, assigned, version_rows};
use crate::record::write_context::WriteContext;
use crate::store::{Conn, Sql};

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
