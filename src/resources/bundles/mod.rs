//! The record as files, over HTTP: the whole public record as an archive, and an archive of new records.

use serde_json::{Value, json};

use crate::access::rule::{self, READ_PUBLIC};
use crate::bundle::{self, Archive, Bundle, Import, Who};
use crate::http::idempotency::{self, Claim};
use crate::http::operation::{Answer, BodySpec, Handler, Method, Operation};
use crate::http::params::{Param, ParamType};
use crate::http::{Call, Reply};
use crate::problem::Problem;
use crate::store::Conn;

/// How many bytes an archive may have.
const LIMIT: usize = 32 * 1_048_576;

/// This room's rows of the table.
pub fn operations() -> Vec<Operation> {
    vec![export_row(), import_row()]
}

fn export_row() -> Operation {
    let mut export =
        Operation::new(Method::Get, "/v1/export.zip", "get_export", READ_PUBLIC, Handler::Stream(export));
    export.cost = 50;
    export.tag = "bundles";
    export.summary = "Download the whole public record".to_owned();
    export.description = "Everything that is public now, with every publication of it: a ZIP archive with a file of JSON Lines for each kind, the figures of each release as it published them (`observations/`, CSV), what has been withdrawn, the sources with their licences (`licences.csv`) and a description by DCAT (`catalogue.jsonld`). The same for everyone, whoever asks. `onrecord import` reads it.".to_owned();
    export.answers = vec![Answer::bytes(200, "The archive.", "application/zip")];
    export.long = true;
    export
}

fn export(call: &Call, out: &mut dyn std::io::Write) -> Result<(), Problem> {
    let mut archive = Archive::new(out);
    bundle::export(&call.state.db, &call.state.kinds, call.now(), &mut archive)?;
    archive.finish().map_err(Problem::internal)?;
    call.note_later("export", &call.actor, json!({}));
    Ok(())
}

fn import_row() -> Operation {
    let mut import =
        Operation::new(Method::Post, "/v1/imports", "create_import", rule::IMPORT, Handler::Blocking(import));
    import.cost = 20;
    import.tag = "bundles";
    import.summary = "Import a bundle of new records".to_owned();
    import.description = "Takes a ZIP archive with a file for each kind, named by the kind's path: `pledges.jsonl` (a JSON object a line) or `pledges.csv` (as lists are given out), each line what a `POST` of that kind takes; `grants.csv` may also be a spreadsheet of the 360Giving standard, and `observations/REFERENCE.csv` holds the figures of the release of that reference. Lines may name one another by reference, in any order. An editor's records become drafts of its body; an administrator's reference data is public as soon as it is written. Everything goes in or nothing: every fault is listed with its file, its line and its place. Repeated with the same `Idempotency-Key`, the answer only says how many versions were made.".to_owned();
    import.params = vec![Param::new(
        "dry_run",
        ParamType::Bool,
        "With `true` everything is checked and nothing is kept.",
    )];
    import.body = Some(BodySpec {
        media_types: &["application/zip"],
        schema: json!({"type": "string", "format": "binary", "maxLength": LIMIT}),
        example: Value::String("(a ZIP archive that holds pledges.jsonl)".to_owned()),
        required: true,
        limit: Some(LIMIT),
        input: None,
    });
    import.answers = vec![Answer::named(200, "What went in.", "ImportSummary")];
    import.problems = vec![403, 409, 422];
    import.idempotent_by_key = true;
    import
}

fn import(call: &Call) -> Result<Reply, Problem> {
    let dry_run = call.params.flag("dry_run");
    let mut bundle = Bundle::zipped(call.body.clone(), &call.state.kinds)?;
    let (summary, repeated) =
        call.commit_much(!dry_run, |conn| carry_out(call, conn, &mut bundle, dry_run))?;
    let mut reply = Reply::value(&summary)?;
    reply.tagged = false;
    Ok(if repeated { reply.header("Idempotency-Replayed", "true") } else { reply })
}

fn carry_out(
    call: &Call,
    conn: &mut Conn,
    bundle: &mut Bundle,
    dry_run: bool,
) -> Result<(bundle::Summary, bool), Problem> {
    call.catch_up(conn)?;
    if let Claim::AgainMany(versions) = idempotency::claim(call, conn)? {
        return Ok((bundle::Summary { versions: versions.unsigned_abs(), ..Default::default() }, true));
    }
    let who = Who::Caller { actor: &call.actor, visibility: call.visibility() };
    let import = Import {
        state: &call.state,
        who,
        now: call.now(),
        request: Some(call.request),
        progress: &mut |_| {},
    };
    let mut summary = bundle::import(conn, bundle, import)?;
    summary.dry_run = dry_run;
    idempotency::done(call, conn, None, i64::try_from(summary.versions).unwrap_or(i64::MAX))?;
    Ok((summary, false))
}
