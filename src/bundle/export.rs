//! Export: every publication of everything that is public at a moment, as a bundle that `import` reads.
//!
//! The order and every byte follow from the record alone, not from the database or the day of the export: exported, imported
//! elsewhere and exported again, the bundle is the same. Rows are read in pieces, each on a connection of its own, so that a
//! slow reader holds no connection.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use diesel::prelude::*;
use diesel::sql_types as st;
use serde::Deserialize;
use serde_json::{Value, json};

use super::catalogue::{Described, licence_table};
use super::sink::Sink;
use super::written::{FileWriter, Written};
use super::{CATALOGUE, WITHDRAWN, record_files};
use crate::clock::{Id, Ts};
use crate::config::Licence;
use crate::problem::Problem;
use crate::record::BODY;
use crate::record::kind::{FileLines, KindDef, SOURCES};
use crate::record::read::{COLUMNS, Row};
use crate::record::represent;
use crate::store::types::{Tstz, Uid};
use crate::store::{Count, Db, Sql};

/// How many rows are read at a time.
const PIECE: i64 = 500;

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

/// Writes the public record of a moment; returns the number of lines by file.
pub fn export(
    db: &Db,
    kinds: &[&'static KindDef],
    moment: Ts,
    licence: &Licence,
    sink: &mut dyn Sink,
) -> Result<BTreeMap<String, u64>, Problem> {
    let mut export = Export::new(kinds, moment, licence);
    while export.step(db, sink)? {}
    Ok(export.written())
}

/// An export that is going on. Each step reads one piece.
pub struct Export {
    kinds: Vec<&'static KindDef>,
    moment: Ts,
    /// The licence of the record.
    licence: Licence,
    place: Place,
    files: Vec<Written>,
    licences: BTreeMap<String, Value>,
    /// The names of the policing bodies, by reference.
    publishers: BTreeMap<String, String>,
    /// The address of the service, if the description is to have addresses instead of the names of files.
    service: Option<String>,
    /// The records of the present kind that may have a file of their own, and have not had their turn.
    with_files: VecDeque<WithFile>,
}

/// Where an export is.
enum Place {
    /// In the records of the kind of that number, after a row.
    Records(usize, Box<FileWriter>, Option<Box<Row>>),
    /// Between the files of the records of the kind of that number.
    Files(usize),
    /// In the file of a record of the kind of that number.
    File(usize, Box<FileWriter>, Box<dyn FileLines>, Ts),
    /// In the withdrawn records, after one.
    Withdrawn(Box<FileWriter>, Option<Id>),
    /// Before the description.
    Description,
    Done,
}

impl Export {
    /// An export of what is public at a moment.
    pub fn new(kinds: &[&'static KindDef], moment: Ts, licence: &Licence) -> Export {
        let (files, licences) = (vec![], BTreeMap::new());
        let mut export = Export {
            kinds: kinds.to_vec(),
            moment,
            licence: licence.clone(),
            place: Place::Done,
            files,
            licences,
            publishers: BTreeMap::new(),
            service: None,
            with_files: VecDeque::new(),
        };
        export.place = export.begin(0);
        export
    }

    /// Describes the export by addresses of the service.
    pub fn described_at(self, service: &str) -> Export {
        Export { service: Some(service.to_owned()), ..self }
    }

    /// The beginning of the kind of that number, or of what follows the kinds.
    fn begin(&self, number: usize) -> Place {
        match self.kinds.get(number) {
            Some(kind) => {
                let name = format!("{}.jsonl", kind.def.path);
                let writer = FileWriter::new(name, kind.def.many, kind.def.about);
                Place::Records(number, Box::new(writer), None)
            }
            None => {
                let about =
                    "Records that were public and have been withdrawn: when, by whose office and why.";
                let name = format!("{WITHDRAWN}.jsonl");
                Place::Withdrawn(Box::new(FileWriter::new(name, "withdrawn records", about)), None)
            }
        }
    }

    /// Reads and writes the next piece; false if it was the last.
    pub fn step(&mut self, db: &Db, sink: &mut dyn Sink) -> Result<bool, Problem> {
        self.place = match std::mem::replace(&mut self.place, Place::Done) {
            Place::Records(number, mut writer, after) => {
                let kind = self.kinds[number];
                match self.records(db, kind, sink, &mut writer, after.as_deref())? {
                    Some(last) => Place::Records(number, writer, Some(Box::new(last))),
                    None => {
                        self.files.extend(writer.end(sink)?);
                        Place::Files(number)
                    }
                }
            }
            Place::Files(number) => match self.with_files.pop_front() {
                None => self.begin(number + 1),
                Some(one) => self.open_file(db, number, one)?,
            },
            Place::File(number, mut writer, mut lines, latest) => {
                match lines.next(db, &mut |line| writer.line(sink, line, latest))? {
                    true => Place::File(number, writer, lines, latest),
                    false => {
                        // The first line has the titles.
                        let file = writer.end(sink)?;
                        self.files.extend(file.map(|file| Written { lines: file.lines - 1, ..file }));
                        Place::Files(number)
                    }
                }
            }
            Place::Withdrawn(mut writer, after) => {
                match withdrawn(db, self.moment, sink, &mut writer, after)? {
                    Some(last) => Place::Withdrawn(writer, Some(last)),
                    None => {
                        self.files.extend(writer.end(sink)?);
                        Place::Description
                    }
                }
            }
            Place::Description => {
                self.describe(db, sink)?;
                Place::Done
            }
            Place::Done => Place::Done,
        };
        Ok(!matches!(self.place, Place::Done))
    }

    /// The number of lines by file.
    pub fn written(self) -> BTreeMap<String, u64> {
        self.files.into_iter().map(|file| (file.name, file.lines)).collect()
    }

    /// Writes what describes the other files.
    fn describe(&self, db: &Db, sink: &mut dyn Sink) -> Result<(), Problem> {
        // A record that was withdrawn meanwhile may be missing although others name it.
        let meanwhile: Count = db.read(|conn| {
            Ok(Sql::new("SELECT count(*) AS n FROM record r WHERE r.was_public AND r.withdrawn_at > ")
                .bind(self.moment)
                .get_result(conn)?)
        })?;
        if meanwhile.n > 0 {
            return Err(Problem::unavailable(
                "a record was withdrawn during the export; start the export again",
            ));
        }
        let described = Described {
            licence: &self.licence,
            files: &self.files,
            licences: &self.licences,
            publishers: &self.publishers,
            service: self.service.as_deref(),
        };
        let catalogue = described.catalogue();
        let catalogue = serde_json::to_vec_pretty(&catalogue).map_err(Problem::internal)?;
        for (name, bytes) in [("licences.csv", licence_table(&self.licences)?), (CATALOGUE, catalogue)] {
            let written = sink.start(name).and_then(|()| sink.write(&bytes)).and_then(|()| sink.end());
            written.map_err(Problem::internal)?;
        }
        Ok(())
    }

    /// Writes the next records of a kind; the last of them, if more follow.
    fn records(
        &mut self,
        db: &Db,
        kind: &KindDef,
        sink: &mut dyn Sink,
        writer: &mut FileWriter,
        after: Option<&Row>,
    ) -> Result<Option<Row>, Problem> {
        let moment = self.moment;
        let rows: Vec<Row> = db.read(|conn| Ok(piece(kind, moment, after).load(conn)?))?;
        for row in &rows {
            let content = represent::content(kind, row)?;
            let sourced: Sourced = serde_json::from_str(&content).map_err(Problem::internal)?;
            let sources: BTreeSet<String> = sourced.sources.into_iter().map(|source| source.source).collect();
            if kind.files.is_some() {
                // The last of several publications counts.
                self.with_files.pop_back_if(|last| last.record == row.record);
                self.with_files.push_back(WithFile {
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
            if SOURCES.is_to(&kind.def) {
                self.licences.insert(
                    row.reference.clone(),
                    serde_json::from_str(&content).map_err(Problem::internal)?,
                );
            }
            if kind.def.name == BODY {
                self.publishers.insert(row.reference.clone(), row.title.clone());
            }
            writer.line(sink, &line(row, &content), row.public_from.unwrap_or(moment))?;
        }
        let full = rows.len() as i64 == PIECE;
        Ok(rows.into_iter().last().filter(|_| full))
    }

    /// Opens the file of a record, if it has one.
    fn open_file(&self, db: &Db, number: usize, one: WithFile) -> Result<Place, Problem> {
        let Some(files) = self.kinds[number].files else { return Ok(Place::Files(number)) };
        let Some(lines) = (files.export)(db, one.record, self.moment)? else {
            return Ok(Place::Files(number));
        };
        let name = record_files::name_of(&files, one.body.as_deref(), &one.reference);
        let mut writer = FileWriter::new(name, &one.title, files.about);
        writer.file.media_type = "text/csv";
        writer.file.licence = one.licence;
        writer.file.sources = one.sources;
        Ok(Place::File(number, Box::new(writer), lines, one.latest))
    }
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

/// Writes the next withdrawn records; the last of them, if more follow.
fn withdrawn(
    db: &Db,
    moment: Ts,
    sink: &mut dyn Sink,
    writer: &mut FileWriter,
    after: Option<Id>,
) -> Result<Option<Id>, Problem> {
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
    let rows: Vec<WithdrawnRow> = db.read(|conn| Ok(sql.clone().load(conn)?))?;
    for row in &rows {
        let line = json!({
            "id": row.id, "kind": row.kind, "reference": row.reference, "body": row.body, "owner": row.owner,
            "withdrawn_at": row.at, "reason": row.reason,
        });
        writer.line(sink, &line.to_string(), row.at)?;
    }
    let full = rows.len() as i64 == PIECE;
    Ok(rows.last().map(|row| row.id).filter(|_| full))
}
