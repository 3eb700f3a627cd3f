//! Bundles over HTTP: the export of the whole public record, and the import of new records.

use std::io::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

use crate::access::Action;
use crate::access::rule::{self, READ_PUBLIC};
use crate::bundle::{
    self, Archive, Bundle, CATALOGUE, Export, Form, Import, PublicState, Sink, UNCHANGED_SINCE, Who,
};
use crate::http::download::{JSON_LD, ZIP};
use crate::http::idempotency::{self, Claim};
use crate::http::operation::{
    Answer, BodySize, BodySpec, BulkReply, Handler, Method, Operation, Pieces, Store, StreamingReply,
};
use crate::http::params::{DayMeans, Param, ParamType};
use crate::http::{Call, Reply};
use crate::problem::{Fault, Problem};
use crate::record::kind::KindDef;
use crate::sheet::{ODS, XLSX};
use crate::store::Conn;

const CSV: &str = "text/csv";
const JSON: &str = "application/json";

/// The most bytes of a file.
const MOST_BYTES: usize = 32 * 1_048_576;

/// The rows of the table of operations.
pub fn operations() -> Vec<Operation> {
    vec![export_row(), catalogue_row(), import_row()]
}

fn export_row() -> Operation {
    let mut export =
        Operation::new(Method::Get, "/v1/export.zip", "get_export", READ_PUBLIC, Handler::Bulk(export));
    export.cost = 50;
    export.tag = "bundles";
    export.summary = "Download the whole public record".to_owned();
    export.description = "Returns every publication of everything that is public now, as a ZIP archive: a file of JSON Lines for each kind, the observations of each release as it published them (`observations/`, CSV), the withdrawn records, the sources with their licences (`licences.csv`) and a description by DCAT (`catalogue.jsonld`). It is the same for every caller, and has the same `ETag` as long as the public record is the same: a download that broke off goes on with `Range` and `If-Range`. `onrecord import` reads it.".to_owned();
    export.answers = vec![Answer::bytes(200, "The archive.", ZIP).with_headers(&["Link"])];
    export
}

fn export(call: &Call) -> Result<BulkReply, Problem> {
    let made = Made::default();
    let pieces = ArchivePieces {
        export: Export::new(&call.state.kinds, call.now(), &call.state.site.licence),
        archive: Some(Archive::new(made.clone())),
        made,
    };
    let link = format!("<{}/{CATALOGUE}>; rel=\"describedby\"; type=\"{JSON_LD}\"", call.state.public_url);
    of_public_state(call, ZIP, vec![("Link", link)], Box::new(pieces))
}

/// A reply that follows from the public record at the moment of the call.
fn of_public_state(
    call: &Call,
    content_type: &'static str,
    headers: Vec<(&'static str, String)>,
    pieces: Box<dyn Pieces>,
) -> Result<BulkReply, Problem> {
    // Another version of the program may write it in another way.
    let made = format!(
        "{} {} {} {:?}",
        call.operation.id,
        call.state.public_url,
        env!("CARGO_PKG_VERSION"),
        call.state.site.licence
    );
    let state = call.db.snapshot(|conn| PublicState::read(conn, call.now(), &made))?;
    let (tag, of_body) = (state.tag, state.body);
    Ok(BulkReply::InPieces(StreamingReply { content_type, headers, tag, of_body, latest: None, pieces }))
}

/// What an archive has written and is not sent.
#[derive(Clone, Default)]
struct Made(Arc<Mutex<Vec<u8>>>);

impl Made {
    fn bytes(&self) -> MutexGuard<'_, Vec<u8>> {
        // Each change is one call: a panic leaves nothing half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Write for Made {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.bytes().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// An archive of the record, piece by piece.
struct ArchivePieces {
    export: Export,
    /// None when it is finished.
    archive: Option<Archive<Made>>,
    made: Made,
}

impl Pieces for ArchivePieces {
    fn next(&mut self, call: &Call, out: &mut Vec<u8>) -> Result<bool, Problem> {
        let Some(archive) = &mut self.archive else { return Ok(false) };
        let more = self.export.step(&call.db, archive)?;
        if !more {
            self.archive.take().map(Archive::finish).transpose().map_err(Problem::internal)?;
        }
        out.append(&mut self.made.bytes());
        Ok(more)
    }

    fn sent(&self, call: &Call) {
        call.note_later("export", &call.actor, json!({}));
    }
}

fn catalogue_row() -> Operation {
    let mut catalogue = Operation::new(
        Method::Get,
        "/catalogue.jsonld",
        "get_catalogue",
        READ_PUBLIC,
        Handler::Bulk(catalogue),
    );
    catalogue.cost = 50;
    catalogue.tag = "bundles";
    catalogue.summary = "Get the catalogue of the public record".to_owned();
    catalogue.description = "Returns a description by DCAT 3 and DCAT-AP, as JSON-LD, for the harvesters of data portals: what there is, who publishes it, when it changed last, and where it can be downloaded: as a file of the archive (with its sources, licences, size and SHA-256 in the archive) and as a list in JSON and CSV. `catalogue.jsonld` in the archive is the same with the names of files in the place of addresses.".to_owned();
    let object = json!({"type": "object", "additionalProperties": true});
    catalogue.answers = vec![Answer { media_type: JSON_LD, ..Answer::json(200, "The catalogue.", object) }];
    catalogue
}

fn catalogue(call: &Call) -> Result<BulkReply, Problem> {
    let pieces = CataloguePieces {
        export: Export::new(&call.state.kinds, call.now(), &call.state.site.licence)
            .described_at(&call.state.public_url),
        found: OneFile { name: CATALOGUE, is_open: false, bytes: vec![] },
    };
    of_public_state(call, JSON_LD, vec![], Box::new(pieces))
}

/// The catalogue of an export whose other files go nowhere: only so are their sizes and digests known.
struct CataloguePieces {
    export: Export,
    found: OneFile,
}

impl Pieces for CataloguePieces {
    fn next(&mut self, call: &Call, out: &mut Vec<u8>) -> Result<bool, Problem> {
        let more = self.export.step(&call.db, &mut self.found)?;
        out.append(&mut self.found.bytes);
        Ok(more)
    }
}

/// Holds one file of an export.
struct OneFile {
    name: &'static str,
    is_open: bool,
    bytes: Vec<u8>,
}

impl Sink for OneFile {
    fn start(&mut self, name: &str) -> std::io::Result<()> {
        self.is_open = name == self.name;
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        if self.is_open {
            self.bytes.extend_from_slice(bytes);
        }
        Ok(())
    }

    fn end(&mut self) -> std::io::Result<()> {
        self.is_open = false;
        Ok(())
    }
}

fn import_row() -> Operation {
    let mut import =
        Operation::new(Method::Post, "/v1/imports", "create_import", rule::IMPORT, Handler::Upload(import));
    import.summary = "Import a bundle of new records, or a list with changes".to_owned();
    import.description = "Imports a ZIP archive with a file for each kind, named by the kind's path: `pledges.jsonl` (one JSON object on each line), or `pledges.csv`, `pledges.xlsx` or `pledges.ods` (as lists are returned). Each line is the body of a `POST` of that kind; `grants.csv`, `grants.xlsx`, `grants.ods` and `grants.json` may also be a spreadsheet or a package of the 360Giving standard, and `observations/REFERENCE.csv` has the observations of the release of that reference. Lines may name one another by reference, in any order. An editor's records become drafts of its body; an administrator's reference data is public at once.\n\nA list as it was downloaded, CSV or JSON, or the CSV saved as a workbook with one sheet, changes what it has otherwise than the record: a line with `id`, and `edit` or `version`, is compared with the record that it names. Lines without a difference are counted as `unchanged`; the others become new drafts, within what the caller may change. A line whose record has changed since it was downloaded is refused (`changed`). A plain sheet, such as `kind,reference,status`, changes records that have not been changed since the moment in `unchanged_since`. Such a list, and a 360Giving file, can also be sent alone, without an archive.\n\nThe import stores all records or none; the response lists every fault with its file, line and place. A request that is repeated with the same `Idempotency-Key` returns only the number of versions.".to_owned();
    import.params = vec![
        Param::new("dry_run", ParamType::Bool, "With `true` everything is checked and nothing is stored."),
        Param::new(
            UNCHANGED_SINCE,
            ParamType::Moment(DayMeans::Start),
            "Lines that name their record by `reference` alone, without `edit` or `version`, change it if it has not been changed since this moment (RFC 3339), and are refused (`changed`) if it has. A day means its start in Europe/London.",
        ),
    ];
    let example = Value::String("(a ZIP archive that holds pledges.jsonl)".to_owned());
    import.body = Some(file_body(&[ZIP, CSV, JSON, XLSX, ODS], example));
    complete(import)
}

/// What both imports have.
fn complete(mut import: Operation) -> Operation {
    import.cost = 20;
    import.tag = "bundles";
    import.answers = vec![
        Answer::named(200, "What was imported.", "ImportSummary").untagged(),
        Answer::problem(422, "The bundle has faults; nothing has been imported.", "ImportProblem"),
    ];
    import.problems = vec![403, 409, 413, 422];
    import.idempotent_by_key = true;
    import
}

fn binary() -> Value {
    json!({"type": "string", "format": "binary", "maxLength": MOST_BYTES})
}

fn file_body(media_types: &'static [&'static str], example: Value) -> BodySpec {
    BodySpec {
        media_types,
        schema: binary(),
        schema_of: Some(|media_type| match media_type {
            JSON => {
                json!({"type": "object", "additionalProperties": true, "description": "A list as it is returned, or a package of the 360Giving standard."})
            }
            _ => binary(),
        }),
        example,
        required: true,
        size: BodySize::File(MOST_BYTES),
        input: None,
    }
}

/// `POST /v1/grants/imports`. Declared before the operations of grants, so that `imports` is not read as the id of one.
pub fn of_grants(kind: &'static KindDef) -> Vec<Operation> {
    let mut import = Operation::new(
        Method::Post,
        "/v1/grants/imports",
        "create_grant_import",
        kind.rule(Action::Create).unwrap_or(&[]),
        Handler::Upload(import_grants),
    );
    import.summary = "Import grants from a 360Giving file".to_owned();
    import.description = "Imports the grants of a file of the 360Giving standard, 1.4, as drafts: a spreadsheet (CSV, `.xlsx` or `.ods`) or a package (JSON). In a workbook, sheets that are not the grants add to them by `Identifier`; numbers, days and texts are read as their cells show them. The checks are those of `POST /v1/imports`. A grant that is on record already, by its identifier and with the same values, is counted as `unchanged`. All grants are stored or none; the response lists every fault with its row (in a package the number of the grant) and column.".to_owned();
    import.params = vec![Param::new(
        "validate_only",
        ParamType::Bool,
        "With `true` everything is checked and nothing is stored.",
    )];
    let example = "Identifier,Title,Description,Currency,Amount Awarded,Award Date,Recipient Org:Identifier,Recipient Org:Name,Funding Org:Identifier,Funding Org:Name\n";
    import.body = Some(file_body(&[CSV, JSON, XLSX, ODS], Value::String(example.to_owned())));
    let mut import = complete(import);
    import.tag = kind.def.path;
    vec![import]
}

/// The form of a body, by its media type.
fn form_of(call: &Call) -> Option<Form> {
    match call.headers.content_type.as_deref() {
        Some(CSV) => Some(Form::Csv),
        Some(JSON) => Some(Form::Json),
        Some(XLSX) => Some(Form::Xlsx),
        Some(ODS) => Some(Form::Ods),
        _ => None,
    }
}

fn import(call: &Call) -> Result<Store, Problem> {
    let now = call.now();
    if call.params.moment(UNCHANGED_SINCE).is_some_and(|since| since > now) {
        let detail = "This moment has not come yet. Give the day, or the moment, of your sheet.";
        return Err(Problem::bad_request(vec![Fault::parameter(UNCHANGED_SINCE, "out_of_range", detail)]));
    }
    let bytes = call.body.clone();
    let bundle = match form_of(call) {
        Some(form) => Bundle::bare(bytes, form, &call.state.kinds)?,
        None => Bundle::zipped(bytes, &call.state.kinds)?,
    };
    store(call, bundle, call.params.flag("dry_run"))
}

fn import_grants(call: &Call) -> Result<Store, Problem> {
    let form = form_of(call).ok_or_else(|| Problem::internal("a media type that is not declared"))?;
    let bundle = Bundle::foreign(call.body.clone(), form, &call.state.kinds, "grant")?;
    store(call, bundle, call.params.flag("validate_only"))
}

fn store(call: &Call, mut bundle: Bundle, dry_run: bool) -> Result<Store, Problem> {
    // The names of records decide what a line means, so the lines are read within the transaction. What is in the form of
    // another standard is converted before: that takes long.
    bundle.read_once()?;
    call.state.db.read(|conn| bundle::convert(conn, &mut bundle, import_of(call, &mut |_| {})))?;
    Ok(Box::new(move |call: &Call| {
        let (summary, repeated) =
            call.commit_much(!dry_run, |conn| write(call, conn, &mut bundle, dry_run))?;
        let mut reply = Reply::value(&summary)?;
        reply.tagged = false;
        Ok(if repeated { reply.header("Idempotency-Replayed", "true") } else { reply })
    }))
}

fn import_of<'a>(call: &'a Call, progress: &'a mut dyn FnMut(bundle::Progress)) -> Import<'a> {
    let who = Who::Caller { call, actor: &call.actor, visibility: call.visibility() };
    Import { state: &call.state, who, now: call.now(), request: Some(call.request), progress }
}

fn write(
    call: &Call,
    conn: &mut Conn,
    bundle: &mut Bundle,
    dry_run: bool,
) -> Result<(bundle::Summary, bool), Problem> {
    call.catch_up(conn)?;
    if let Claim::AgainMany(versions) = idempotency::claim(call, conn)? {
        return Ok((bundle::Summary { versions: versions.unsigned_abs(), ..Default::default() }, true));
    }
    let mut summary = bundle::import(conn, bundle, import_of(call, &mut |_| {}))?;
    summary.dry_run = dry_run;
    idempotency::done(call, conn, None, i64::try_from(summary.versions).unwrap_or(i64::MAX))?;
    Ok((summary, false))
}
