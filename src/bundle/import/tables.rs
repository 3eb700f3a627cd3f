//! After the lines: the files that go with single records, in the order in which they came to be public.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types as st;
use serde_json::Value;

use super::{CHUNK, LISTED, Progress, Run, Who};
use crate::bundle::files::Bundle;
use crate::bundle::tables::{self, Table};
use crate::clock::{Id, Ts};
use crate::problem::{Fault, Problem};
use crate::record::kind::{FileImport, Files};
use crate::store::types::{Tstz, Uid};
use crate::store::{Conn, Sql};

/// How many bytes a caller's file may have: it is read whole.
const LENGTH: usize = 64 << 20;

/// A record that was written, and may have a file.
#[derive(QueryableByName)]
struct Written {
    #[diesel(sql_type = Uid)]
    record: Id,
    #[diesel(sql_type = st::Text)]
    reference: String,
    #[diesel(sql_type = st::Text)]
    content: String,
    #[diesel(sql_type = st::Nullable<Tstz>)]
    since: Option<Ts>,
}

/// The same, read.
struct Waiting {
    record: Id,
    reference: String,
    content: Value,
    since: Option<Ts>,
    table: Option<Table>,
}

impl Run<'_> {
    /// Takes in what goes with the records of every kind.
    pub(super) fn take_tables(&mut self, conn: &mut Conn, bundle: &mut Bundle) -> Result<(), Problem> {
        for (n, kind) in self.kinds.iter().enumerate() {
            let Some(files) = kind.files else { continue };
            let given: Vec<Table> = bundle.tables.iter().filter(|table| table.kind == n).cloned().collect();
            let mut own = self.settled(&given, n);
            let mut waiting = self.written(conn, n, &mut own)?;
            // What is left goes with what has been withdrawn.
            for table in own.into_values() {
                self.fault_in(&table.name, None, self.of_nothing(&table));
            }
            let moment = |one: &Waiting| (files.moment)(&one.content, one.since).unwrap_or(Ts::NEVER);
            waiting.sort_by(|a, b| (moment(a), &a.reference).cmp(&(moment(b), &b.reference)));
            for one in waiting {
                self.take_table(conn, bundle, &files, one)?;
            }
        }
        Ok(())
    }

    /// The record that each file goes with, by what it is called.
    fn settled(&mut self, given: &[Table], n: usize) -> HashMap<Id, Table> {
        let mut by_name: HashMap<&str, Vec<Id>> = HashMap::new();
        let mut told = vec![];
        for ((_, name), known) in self.names.iter().filter(|(name, _)| name.0 == n) {
            by_name.entry(name).or_default().push(known.id);
            if let Some((_, reference)) = name.split_once(':') {
                by_name.entry(reference).or_default().push(known.id);
            }
        }
        let mut own: HashMap<Id, Table> = HashMap::new();
        for table in given {
            match by_name.get(table.record().as_str()).map(Vec::as_slice) {
                Some([id]) => {
                    if own.insert(*id, table.clone()).is_some() {
                        told.push((table, tables::twice()));
                    }
                }
                Some(_) => {
                    let detail = "Records of several bodies have this reference; put the file into a folder that is called by its body.";
                    told.push((table, Fault::pointer("", "ambiguous", detail)));
                }
                None => told.push((table, self.of_nothing(table))),
            }
        }
        for (table, fault) in told {
            self.fault_in(&table.name, None, fault);
        }
        own
    }

    fn of_nothing(&self, table: &Table) -> Fault {
        let one = self.kinds[table.kind].def.one;
        let detail = format!("The bundle has no {one} `{}` that this file could go with.", table.record());
        Fault::pointer("", "not_found", detail)
    }

    /// The records of a kind that were written, each with its file.
    fn written(
        &self,
        conn: &mut Conn,
        n: usize,
        own: &mut HashMap<Id, Table>,
    ) -> Result<Vec<Waiting>, Problem> {
        let ours = self.names.iter().filter(|(name, _)| name.0 == n && !self.left.contains(*name));
        let ids: Vec<Id> = ours.map(|(_, known)| known.id).collect();
        let mut waiting = vec![];
        for chunk in ids.chunks(CHUNK) {
            let rows: Vec<Written> = Sql::new(
                "SELECT v.record, v.reference, v.content, (SELECT min(f.public_from) FROM record_version f
                 WHERE f.record = v.record AND f.publication IS NOT NULL) AS since FROM record_version v
                 WHERE v.is_head AND v.record IN (",
            )
            .bind_all(chunk.iter().copied())
            .text(")")
            .one_off()
            .load(conn)?;
            for row in rows {
                waiting.push(Waiting {
                    record: row.record,
                    reference: row.reference,
                    content: serde_json::from_str(&row.content).map_err(Problem::internal)?,
                    since: row.since,
                    table: own.remove(&row.record),
                });
            }
        }
        Ok(waiting)
    }

    fn take_table(
        &mut self,
        conn: &mut Conn,
        bundle: &mut Bundle,
        files: &Files,
        one: Waiting,
    ) -> Result<(), Problem> {
        let bytes = one.table.as_ref().map(|table| bundle.table(table)).transpose()?;
        let name = match &one.table {
            Some(table) => table.name.clone(),
            None => tables::name_of(files, None, &one.reference),
        };
        if let (Who::Caller { .. }, Some(bytes)) = (&self.import.who, &bytes)
            && bytes.len() > LENGTH
        {
            let detail =
                format!("A file has at most {LENGTH} bytes here; divide it, or use `onrecord import`.");
            self.fault_in(&name, None, Fault::pointer("", "too_long", detail));
            return Ok(());
        }
        let rows = bytes.iter().flatten().filter(|byte| **byte == b'\n').count();
        self.lines += u64::try_from(rows).unwrap_or(u64::MAX);
        (self.import.progress)(Progress::Lines(self.lines));
        let before = self.done;
        let progress = &mut *self.import.progress;
        let mut taken = FileImport {
            record: one.record,
            content: &one.content,
            public_from: one.since,
            now: self.import.now,
            file: bytes.as_deref(),
            declared: one.table.as_ref().is_some_and(|table| table.declared),
            workbook: one.table.as_ref().is_some_and(Table::is_workbook),
            progress: &mut |rows| progress(Progress::Done(before + rows)),
        };
        let took = (files.import)(conn, &mut taken)?;
        self.done += took.rows;
        if bytes.is_some() {
            *self.summary.records.entry(files.folder).or_default() += took.rows;
        }
        if !took.changes.is_null() {
            self.summary.changes.push(took.changes);
        }
        let told = took.faults.len();
        for fault in took.faults {
            self.fault_in(&name, fault.row, fault);
        }
        let room = LISTED.saturating_sub(self.summary.remarks.len());
        let of_file = |remark: Fault| {
            let row = remark.row;
            Fault { row: None, ..remark.in_file(&name, row) }
        };
        self.summary.remarks.extend(took.remarks.into_iter().take(room).map(of_file));
        if told > 0 {
            self.more += usize::try_from(took.more).unwrap_or(usize::MAX);
        }
        Ok(())
    }
}
