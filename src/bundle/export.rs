//! Export: every publication of everything that is public at a moment, as a bundle that `import` reads.
//!
//! The order and every byte follow from the record alone, not from the database or the day of the export: exported, imported
//! elsewhere and exported again, the bundle is the same. Rows are read in pieces, each on a connection of its own, so that a
//! slow reader holds no connection.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use aws_lc_rs::digest::{Context, SHA256};
use diesel::prelude::*;
use diesel::sql_types as st;
use serde::Deserialize;
use serde_json::{Value, json};

use super::sink::Sink;
use super::{WITHDRAWN, record_files};
use crate::clock::{Id, Ts};
use crate::hex::hex;
use crate::http::csv::Audience;
use crate::problem::Problem;
use crate::record::kind::KindDef;
use crate::record::read::{COLUMNS, Row};
use crate::record::represent;
use crate::store::types::{Tstz, Uid};
use crate::store::{Count, Db, Sql};

/// How many rows are read at a time.
const PIECE: i64 = 500;

/// A file that was written.
struct Written {
    name: String,
    title: String,
    about: String,
    media_type: &'static str,
    /// The licence of the file itself, if it has one.
    licence: Option<String>,
    lines: u64,
    bytes: u64,
    digest: String,
    latest: Option<Ts>,
    sources: BTreeSet<String>,
}

/// A file that is being written.
struct FileWriter<'a> {
    sink: &'a mut dyn Sink,
    context: Context,
    file: Written,
}

impl<'a> FileWriter<'a> {
    fn new(sink: &'a mut dyn Sink, name: String, title: &str, about: &str) -> FileWriter<'a> {
        FileWriter {
            sink,
            context: Context::new(&SHA256),
            file: Written {
                name,
                title: title.to_owned(),
                about: about.to_owned(),
                media_type: "application/jsonl",
                licence: None,
                lines: 0,
                bytes: 0,
                digest: String::new(),
                latest: None,
                sources: BTreeSet::new(),
            },
        }
    }

    fn line(&mut self, text: &str, at: Ts) -> Result<(), Problem> {
        if self.file.lines == 0 {
            self.sink.start(&self.file.name).map_err(Problem::internal)?;
        }
        for bytes in [text.as_bytes(), b"\n"] {
            self.sink.write(bytes).map_err(Problem::internal)?;
            self.context.update(bytes);
            self.file.bytes += bytes.len() as u64;
        }
        self.file.lines += 1;
        self.file.latest = self.file.latest.max(Some(at));
        Ok(())
    }

    /// Ends the file; none if nothing was written.
    fn end(mut self) -> Result<Option<Written>, Problem> {
        if self.file.lines == 0 {
            return Ok(None);
        }
        self.sink.end().map_err(Problem::internal)?;
        self.file.digest = hex(self.context.finish().as_ref());
        Ok(Some(self.file))
    }
}

/// Writes the public record of a moment; returns the number of lines by file.
pub fn export(
    db: &Db,
    kinds: &[&'static KindDef],
    moment: Ts,
    sink: &mut dyn Sink,
) -> Result<BTreeMap<String, u64>, Problem> {
    let mut files = vec![];
    let mut licences: BTreeMap<String, Value> = BTreeMap::new();
    for kind in kinds {
        let mut with_files = vec![];
        files.extend(records(db, kind, moment, sink, &mut licences, &mut with_files)?);
        for one in with_files {
            files.extend(record_file(db, kind, moment, sink, one)?);
        }
    }
    files.extend(withdrawn(db, moment, sink)?);
    // A record that was withdrawn meanwhile may be missing although others name it.
    let meanwhile: Count = db.read(|conn| {
        Ok(Sql::new("SELECT count(*) AS n FROM record r WHERE r.was_public AND r.withdrawn_at > ")
            .bind(moment)
            .get_result(conn)?)
    })?;
    if meanwhile.n > 0 {
        return Err(Problem::unavailable("a record was withdrawn during the export; start the export again"));
    }
    let mut write_file = |name: &str, bytes: Vec<u8>| -> io::Result<()> {
        sink.start(name)?;
        sink.write(&bytes)?;
        sink.end()
    };
    write_file("licences.csv", licence_table(&licences)?).map_err(Problem::internal)?;
    let catalogue = serde_json::to_vec_pretty(&catalogue(&files, &licences)).map_err(Problem::internal)?;
    write_file("catalogue.jsonld", catalogue).map_err(Problem::internal)?;
    Ok(files.into_iter().map(|file| (file.name, file.lines)).collect())
}

#[derive(Deserialize)]
struct Sourced {
    sources: Vec<Source>,
    licence: Option<Value>,
}

/// An exported record that may have a file of its own.
struct WithFile {
    record: Id,
    body: Option<String>,
    reference: String,
    title: String,
    sources: BTreeSet<String>,
    licence: Option<String>,
    latest: Ts,
}

#[derive(Deserialize)]
struct Source {
    source: String,
}

fn records(
    db: &Db,
    kind: &KindDef,
    moment: Ts,
    sink: &mut dyn Sink,
    licences: &mut BTreeMap<String, Value>,
    with_files: &mut Vec<WithFile>,
) -> Result<Option<Written>, Problem> {
    let name = format!("{}.jsonl", kind.def.path);
    let mut writer = FileWriter::new(sink, name, kind.def.many, kind.def.about);
    let mut after: Option<Row> = None;
    loop {
        let rows: Vec<Row> = db.read(|conn| Ok(piece(kind, moment, after.as_ref()).load(conn)?))?;
        for row in &rows {
            let content = represent::content(kind, row)?;
            let sourced: Sourced = serde_json::from_str(&content).map_err(Problem::internal)?;
            let sources: BTreeSet<String> = sourced.sources.into_iter().map(|source| source.source).collect();
            if kind.files.is_some() {
                // The last of several publications counts.
                with_files.pop_if(|last| last.record == row.record);
                with_files.push(WithFile {
                    record: row.record,
                    body: row.body_reference.clone(),
                    reference: row.reference.clone(),
                    title: row.title.clone(),
                    sources: sources.clone(),
                    licence: sourced.licence.as_ref().and_then(Value::as_str).map(str::to_owned),
                    latest: row.public_from.unwrap_or(moment),
                });
            }
            writer.file.sources.extend(sources);
            if kind.def.name == "source" {
                licences.insert(
                    row.reference.clone(),
                    serde_json::from_str(&content).map_err(Problem::internal)?,
                );
            }
            writer.line(&line(row, &content), row.public_from.unwrap_or(moment))?;
        }
        let full = rows.len() as i64 == PIECE;
        after = rows.into_iter().last();
        if !full {
            return writer.end();
        }
    }
}

/// The file of a record, if it has one.
fn record_file(
    db: &Db,
    kind: &KindDef,
    moment: Ts,
    sink: &mut dyn Sink,
    one: WithFile,
) -> Result<Option<Written>, Problem> {
    let Some(files) = kind.files else { return Ok(None) };
    let name = record_files::name_of(&files, one.body.as_deref(), &one.reference);
    let mut writer = FileWriter::new(sink, name, &one.title, files.about);
    writer.file.media_type = "text/csv";
    writer.file.licence = one.licence;
    writer.file.sources = one.sources;
    (files.export)(db, one.record, moment, &mut |line| writer.line(line, one.latest))?;
    // The first line has the titles.
    Ok(writer.end()?.map(|file| Written { lines: file.lines - 1, ..file }))
}

/// The next publications, in an order that an index of either database has.
fn piece(kind: &KindDef, moment: Ts, after: Option<&Row>) -> Sql {
    let mut sql = Sql::new("SELECT ")
        .text(COLUMNS)
        .text(" FROM record_version v WHERE v.kind = ")
        .bind(kind.def.name)
        .text(" AND v.listed AND v.publication IS NOT NULL AND v.public_from <= ")
        .bind(moment);
    if let Some(row) = after {
        sql = sql
            .text(" AND (v.reference, v.record, v.public_from) > (")
            .bind(row.reference.as_str())
            .text(", ")
            .bind(row.record)
            .text(", ")
            .bind(row.public_from.unwrap_or(moment))
            .text(")");
    }
    sql.text(" ORDER BY v.reference, v.record, v.public_from LIMIT ").bind(PIECE)
}

/// A line: the envelope, then the content.
fn line(row: &Row, content: &str) -> String {
    let mut envelope = json!({
        "id": row.record,
        "version": row.publication,
        "published_at": row.public_from,
        "reference": row.reference,
    });
    if row.body_reference.is_some() {
        envelope["body"] = json!(row.body_reference);
        envelope["owner"] = json!(row.owner_reference);
    }
    represent::splice(&envelope.to_string(), content)
}

#[derive(QueryableByName)]
struct WithdrawnRow {
    #[diesel(sql_type = Uid)]
    id: Id,
    #[diesel(sql_type = st::Text)]
    kind: String,
    #[diesel(sql_type = st::Text)]
    reference: String,
    #[diesel(sql_type = st::Nullable<st::Text>)]
    body: Option<String>,
    #[diesel(sql_type = st::Nullable<st::Text>)]
    owner: Option<String>,
    #[diesel(sql_type = Tstz)]
    at: Ts,
    #[diesel(sql_type = st::Nullable<st::Text>)]
    reason: Option<String>,
}

fn withdrawn(db: &Db, moment: Ts, sink: &mut dyn Sink) -> Result<Option<Written>, Problem> {
    let about = "Records that were public and have been withdrawn: when, by whose office and why.";
    let mut writer = FileWriter::new(sink, format!("{WITHDRAWN}.jsonl"), "withdrawn records", about);
    let mut after: Option<Id> = None;
    loop {
        let mut sql = Sql::new(
            "SELECT r.id, r.kind, r.reference, b.reference AS body, o.reference AS owner, r.withdrawn_at AS at,
             r.withdrawn_reason AS reason FROM record r LEFT JOIN record b ON b.id = r.body
             LEFT JOIN record o ON o.id = r.owner WHERE r.withdrawn_at <= ",
        )
        .bind(moment)
        .text(" AND r.was_public");
        if let Some(after) = after {
            sql = sql.text(" AND r.id > ").bind(after);
        }
        let sql = sql.text(" ORDER BY r.id LIMIT ").bind(PIECE);
        let rows: Vec<WithdrawnRow> = db.read(|conn| Ok(sql.load(conn)?))?;
        for row in &rows {
            let line = json!({
                "id": row.id, "kind": row.kind, "reference": row.reference, "body": row.body, "owner": row.owner,
                "withdrawn_at": row.at, "reason": row.reason,
            });
            writer.line(&line.to_string(), row.at)?;
        }
        after = rows.last().map(|row| row.id);
        if (rows.len() as i64) < PIECE {
            return writer.end();
        }
    }
}

/// The sources with their licences, as a table.
fn licence_table(licences: &BTreeMap<String, Value>) -> Result<Vec<u8>, Problem> {
    let columns = ["source", "title", "publisher", "url", "licence"].map(str::to_owned);
    let rows: Vec<Value> = licences
        .iter()
        .map(|(reference, content)| {
            let mut row = content.clone();
            row["source"] = json!(reference);
            row
        })
        .collect();
    crate::http::csv::write(&columns, &rows, Audience::Program)
}

/// The description of the bundle by DCAT, version 3.
fn catalogue(files: &[Written], licences: &BTreeMap<String, Value>) -> Value {
    let latest = files.iter().filter_map(|file| file.latest).max();
    let datasets: Vec<Value> = files.iter().map(|file| dataset(file, licences)).collect();
    json!({
        "@context": {
            "dcat": "http://www.w3.org/ns/dcat#",
            "dct": "http://purl.org/dc/terms/",
            "spdx": "http://spdx.org/rdf/terms#",
        },
        "@id": "",
        "@type": "dcat:Catalog",
        "dct:title": "OnRecord: the public record",
        "dct:description": "Everything that is public, with every publication of it. Each record names its sources; content from a source has that source's licence.",
        "dct:modified": latest,
        "dcat:dataset": datasets,
    })
}

fn dataset(file: &Written, licences: &BTreeMap<String, Value>) -> Value {
    let sources: Vec<Value> = file
        .sources
        .iter()
        .map(|reference| json!({"dct:identifier": reference, "dct:license": licences.get(reference).map(|source| &source["licence"])}))
        .collect();
    let mut dataset = json!({
        "@id": file.name.trim_end_matches(".jsonl").trim_end_matches(".csv"),
        "@type": "dcat:Dataset",
        "dct:title": file.title,
        "dct:description": file.about,
        "dct:modified": file.latest,
        "dct:source": sources,
        "dcat:distribution": [{
            "@type": "dcat:Distribution",
            "dct:title": file.name,
            "dcat:downloadURL": {"@id": file.name},
            "dcat:mediaType": file.media_type,
            "dcat:byteSize": file.bytes,
            "spdx:checksum": {
                "spdx:algorithm": {"@id": "spdx:checksumAlgorithm_sha256"},
                "spdx:checksumValue": file.digest,
            },
        }],
    });
    if let Some(licence) = &file.licence {
        dataset["dct:license"] = json!(licence);
    }
    dataset
}
