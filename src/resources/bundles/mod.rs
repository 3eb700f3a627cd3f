//! Bundles over HTTP: the export of the whole public record, and the import of new records.

use serde_json::{Value, json};

use crate::access::rule::{self, READ_PUBLIC};
use crate::bundle::{self, Archive, Bundle, Import, Who};
use crate::http::idempotency::{self, Claim};
use crate::http::operation::{Answer, BodySize, BodySpec, Handler, Method, Operation, Store};
use crate::http::params::{Param, ParamType};
use crate::http::{Call, Reply};
use crate::problem::Problem;
use crate::store::Conn;

/// The most bytes of an archive.
const MOST_BYTES: usize = 32 * 1_048_576;

/// The rows of the table of operations.
pub fn operations() -> Vec<Operation> {
    vec![export_row(), import_row()]
}

fn export_row() -> Operation {
    let mut export =
        Operation::new(Method::Get, "/v1/export.zip", "get_export", READ_PUBLIC, Handler::Stream(export));
    export.cost = 50;
    export.tag = "bundles";
    export.summary = "Download the whole public record".to_owned();
    export.description = "Returns every publication of everything that is public now, as a ZIP archive: a file of JSON Lines for each kind, the observations of each release as it published them (`observations/`, CSV), the withdrawn records, the sources with their licences (`licences.csv`) and a description by DCAT (`catalogue.jsonld`). It is the same for every caller. `onrecord import` reads it.".to_owned();
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
        Operation::new(Method::Post, "/v1/imports", "create_import", rule::IMPORT, Handler::Upload(import));
    import.cost = 20;
    import.tag = "bundles";
    import.summary = "Import a bundle of new records".to_owned();
    import.description = "Imports a ZIP archive with a file for each kind, named by the kind's path: `pledges.jsonl` (one JSON object on each line) or `pledges.csv` (as lists are returned). Each line is the body of a `POST` of that kind; `grants.csv` may also be a spreadsheet of the 360Giving standard, and `observations/REFERENCE.csv` has the observations of the release of that reference. Lines may name one another by reference, in any order. An editor's records become drafts of its body; an administrator's reference data is public at once. The import stores all records or none; the response lists every fault with its file, line and place. A request that is repeated with the same `Idempotency-Key` returns only the number of versions.".to_owned();
    import.params = vec![Param::new(
        "dry_run",
        ParamType::Bool,
        "With `true` everything is checked and nothing is stored.",
    )];
    import.body = Some(BodySpec {
        media_types: &["application/zip"],
        schema: json!({"type": "string", "format": "binary", "maxLength": MOST_BYTES}),
        example: Value::String("(a ZIP archive that holds pledges.jsonl)".to_owned()),
        required: true,
        size: BodySize::File(MOST_BYTES),
        input: None,
    });
    import.answers = vec![Answer::named(200, "What was imported.", "ImportSummary")];
    import.problems = vec![403, 409, 422];
    import.idempotent_by_key = true;
    import
}

fn import(call: &Call) -> Result<Store, Problem> {
    let dry_run = call.params.flag("dry_run");
    let mut bundle = Bundle::zipped(call.body.clone(), &call.state.kinds)?;
    // The names of records decide what a line means, so the lines are read within the transaction.
    bundle.read_once()?;
    Ok(Box::new(move |call: &Call| {
        let (summary, repeated) =
            call.commit_much(!dry_run, |conn| carry_out(call, conn, &mut bundle, dry_run))?;
        let mut reply = Reply::value(&summary)?;
        reply.tagged = false;
        Ok(if repeated { reply.header("Idempotency-Replayed", "true") } else { reply })
    }))
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
