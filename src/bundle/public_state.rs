//! The state of the public record at a moment, in a few numbers: everything that an export contains follows from it.
//!
//! A publication adds a version, a withdrawal a withdrawn record, a redaction of what was public a redacted version; nothing
//! takes one of the last two away. So equal numbers stand for equal records, whatever was drafted meanwhile.

use aws_lc_rs::digest::{Context, SHA256};
use diesel::prelude::*;
use diesel::sql_types as st;

use crate::clock::Ts;
use crate::http::conditional;
use crate::problem::Problem;
use crate::record::BODY;
use crate::record::visible::Visibility;
use crate::store::types::Tstz;
use crate::store::{Conn, Sql};

/// The state of the public record at a moment.
pub struct PublicState {
    /// The ETag, without quotes, of what is made from it.
    pub tag: String,
    /// The one policing body that the record is about, if it is one.
    pub body: Option<String>,
}

#[derive(QueryableByName)]
struct Counted {
    #[diesel(sql_type = st::BigInt)]
    n: i64,
    #[diesel(sql_type = st::Nullable<Tstz>)]
    latest: Option<Ts>,
}

#[derive(QueryableByName)]
struct Named {
    #[diesel(sql_type = st::Text)]
    reference: String,
}

impl PublicState {
    /// Reads it, in one snapshot of the database. `made` names what is made from it, and by which version of the program.
    pub fn read(conn: &mut Conn, moment: Ts, made: &str) -> Result<PublicState, Problem> {
        // Each reads an index only, or the few rows of redacted records.
        let published =
            Sql::new("SELECT count(*) AS n, max(public_from) AS latest FROM record_version WHERE listed = ")
                .bind(true)
                .text(" AND public_from <= ")
                .bind(moment);
        let withdrawn = Sql::new(
            "SELECT count(*) AS n, max(withdrawn_at) AS latest FROM record WHERE was_public AND withdrawn_at <= ",
        )
        .bind(moment);
        let redacted = Sql::new(
            "SELECT count(*) AS n, max(v.redacted_at) AS latest FROM redaction d CROSS JOIN record_version v
             WHERE v.record = d.record AND v.redacted_at IS NOT NULL AND v.public_from <= v.redacted_at
             AND v.public_from <= ",
        )
        .bind(moment);
        let mut hash = Context::new(&SHA256);
        hash.update(made.as_bytes());
        for sql in [published, withdrawn, redacted] {
            let counted: Counted = sql.get_result(conn)?;
            hash.update(&counted.n.to_be_bytes());
            hash.update(&counted.latest.map_or(0, Ts::micros).to_be_bytes());
        }
        let tag = conditional::tag_of(hash.finish().as_ref());
        Ok(PublicState { tag, body: one_body(conn, moment)? })
    }
}

fn one_body(conn: &mut Conn, moment: Ts) -> Result<Option<String>, Problem> {
    let sql = Sql::new("SELECT v.reference FROM record_version v WHERE v.kind = ")
        .bind(BODY)
        .text(" AND ")
        .append(Visibility::as_of(moment).filter_of(BODY, "v"))
        .text(" LIMIT 2");
    let mut bodies: Vec<Named> = sql.load(conn)?;
    let body = bodies.pop().filter(|_| bodies.is_empty());
    Ok(body.map(|body| body.reference))
}
