//! Creates a record.

use serde_json::json;

use super::names::{self, Names, reference_in_use};
use super::update::not_unique;
use crate::clock::Ts;
use crate::problem::Problem;
use crate::record::commit::{self, Happened};
use crate::record::event::{Event, Subject};
use crate::record::kind::KindDef;
use crate::record::rows::Rows;
use crate::record::version::{Draft, Home, Place, assigned, record_row, version_rows};
use crate::record::write_context::WriteContext;
use crate::store::Conn;

/// Creates a record with its first version: a draft, or public from a moment on (reference data, imports).
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
    rows.write(conn).map_err(|problem| match problem.kind.status {
        409 => reference_in_use(&home.reference),
        _ => problem,
    })?;
    let publication = public_from.map(|_| 1);
    let place = Place::head(1, public_from, publication);
    version_rows(&mut rows, context, kind, home, draft, &place, context.actor.name())?;
    rows.write(conn).map_err(|problem| not_unique(kind, problem))?;
    let names = Names {
        record: home.id,
        body: home.body.as_ref().map(|(id, _)| *id),
        reference: &home.reference,
        content: &draft.content,
    };
    names::refuse_public(conn, kind, &names, context.now)?;
    let subject = Subject {
        record: home.id,
        version: 1,
        kind: kind.def.name,
        reference: &home.reference,
        body: home.body.as_ref().map(|(id, _)| *id),
        assigned: assigned(kind, &draft.resolved),
        publication,
    };
    let happened = match public_from {
        Some(from) => Happened::public(Event::Published, from),
        None => Happened::hidden(Event::Created, context.now),
    };
    commit::record(conn, context, kind, &subject, &happened, json!({"reason": draft.reason}))
}
