//! Making a record.

use serde_json::json;

use super::recording::put_on_record;
use super::update::taken_value;
use crate::clock::Ts;
use crate::problem::{self, Problem};
use crate::record::changes;
use crate::record::event::{Event, Subject};
use crate::record::kind::KindDef;
use crate::record::rows::Rows;
use crate::record::version::{Draft, Home, Place, assigned, record_row, version_rows};
use crate::record::write_context::WriteContext;
use crate::store::Conn;

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

/// 409 for a reference that is in use.
fn taken(reference: &str) -> Problem {
    Problem::conflict(format!(
        "The reference `{reference}` is already taken in this body and kind; choose another."
    ))
    .with(vec![problem::Fault::pointer("/reference", "taken", "This reference is already in use.")])
}
