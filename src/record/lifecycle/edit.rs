//! Makes a new working version of a record.

use diesel::prelude::*;
use serde_json::json;

use super::checks::{contributors, is_scheduled};
use super::names::{self, Names};
use super::update::{denormalise_head, end_public_interval, not_unique, number_publication, update_both};
use crate::problem::Problem;
use crate::record::commit::{self, Happened};
use crate::record::event::{Event, Subject};
use crate::record::kind::KindDef;
use crate::record::row::Row;
use crate::record::rows::Rows;
use crate::record::state::{HeadState, State};
use crate::record::version::{Draft, Home, Place, assigned, version_rows};
use crate::record::write_context::WriteContext;
use crate::store::tables::record;
use crate::store::{Conn, Sql};

/// Makes a new working version that follows `head`: public at once where the kind has no workflow (reference data),
/// else a draft, also after a submitted version.
pub fn edit(
    conn: &mut Conn,
    context: &WriteContext<'_>,
    kind: &KindDef,
    head: &Row,
    draft: &Draft,
) -> Result<(), Problem> {
    if is_scheduled(head, context.now) {
        return Err(Problem::conflict(
            "This version is scheduled for publication; return it before you change it.",
        ));
    }
    let version = head.version + 1;
    let public_from = (!kind.def.workflow).then_some(context.now);
    // The last working version stays listed only if it is or was public.
    update_both(
        conn,
        kind,
        &Sql::new("is_head = ").bind(false).text(", listed = (public_from IS NOT NULL)"),
        &Sql::new("record = ").bind(head.record).text(" AND is_head"),
    )?;
    if let Some(from) = public_from {
        end_public_interval(conn, kind, head.record, version, from)?;
    }
    let home = Home {
        id: head.record,
        reference: head.reference.clone(),
        body: head.body.zip(head.body_reference.clone()),
        owner: None,
        owner_reference: head.owner_reference.clone(),
    };
    let place = Place::head(version, public_from, None);
    let mut rows = Rows::default();
    version_rows(&mut rows, context, kind, &home, draft, &place, &contributors(context, head))?;
    rows.write(conn).map_err(|problem| not_unique(kind, problem))?;
    let names =
        Names { record: head.record, body: head.body, reference: &head.reference, content: &draft.content };
    names::refuse_public_values(conn, kind, &names, context.now)?;
    diesel::update(record::table.find(head.record)).set(record::head_version.eq(version)).execute(conn)?;
    let assigned = assigned(kind, &draft.resolved);
    let state = if public_from.is_some() { State::Published } else { State::Draft };
    denormalise_head(conn, kind, head.record, HeadState::Is(state), assigned)?;
    let publication = match public_from {
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
    let happened = match public_from {
        Some(from) => Happened::public(Event::Published, from),
        None => Happened::hidden(Event::Edited, context.now),
    };
    commit::record(conn, context, kind, &subject, &happened, json!({"reason": draft.reason}))
}
