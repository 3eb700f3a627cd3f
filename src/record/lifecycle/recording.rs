//! Recording a step in the change feed and the audit trail.

use serde_json::Value;

use crate::clock::Ts;
use crate::problem::Problem;
use crate::record::changes;
use crate::record::event::{Event, Subject};
use crate::record::kind::KindDef;
use crate::record::row::Row;
use crate::record::trail;
use crate::record::write_context::WriteContext;
use crate::store::Conn;

pub(super) fn subject<'a>(kind: &'a KindDef, head: &'a Row) -> Subject<'a> {
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

pub(super) fn tell(
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
pub(super) fn put_on_record(
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
