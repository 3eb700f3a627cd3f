//! After the lines, the files of single records, in the order in which the records became public.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types as st;
use serde_json::Value;

use super::{CHUNK, MOST_LISTED, Progress, Run, Who};
use crate::allowance::Allowance;
use crate::bundle::files::Bundle;
use crate::bundle::record_files::{self, RecordFile};
use crate::clock::{Id, Ts};
use crate::problem::{Fault, Problem};
use crate::record::kind::{FileImport, Files};
use crate::store::types::{Tstz, Uid};
use crate::store::{Conn, Sql};

/// The most bytes of a file in a request, since it is read into memory.
const MOST_BYTES: usize = 64 << 20;

/// A record that was imported and may have a file, as the database returns it.
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

/// A record that waits for its file.
struct WithFile {
    record: Id,
    reference: String,
    content: Value,
    since: Option<Ts>,
    file: Option<RecordFile>,
}

impl Run<'_> {
    /// Imports the files of the records of every kind.
    pub(super) fn import_record_files(
        &mut self,
        conn: &mut Conn,
        bundle: &mut Bundle,
    ) -> Result<(), Problem> {
        for (n, kind) in self.kinds.iter().enumerate() {
            let Some(files) = kind.files else { continue };
            let of_kind: Vec<RecordFile> =
                bundle.record_files.iter().filter(|file| file.kind == n).cloned().collect();
            let mut by_record = self.by_record(&of_kind, n);
            let mut waiting = self.written(conn, n, &mut by_record)?;
            // The remaining files belong to withdrawn records, which have none.
            for file in by_record.into_values() {
                self.add_fault_in(&file.name, None, self.without_record(&file));
            }
            let moment = |one: &WithFile| (files.moment)(&one.content, one.since).unwrap_or(Ts::NEVER);
            waiting.sort_by(|a, b| (moment(a), &a.reference).cmp(&(moment(b), &b.reference)));
            for one in waiting {
                self.import_record_file(conn, bundle, &files, one)?;
            }
        }
        Ok(())
    }

    /// The file of each record, by the names of the files.
    fn by_record(&mut self, files: &[RecordFile], n: usize) -> HashMap<Id, RecordFile> {
        let mut by_name: HashMap<&str, Vec<Id>> = HashMap::new();
        let mut faults = vec![];
        for ((_, name), known) in self.names.iter().filter(|(name, _)| name.0 == n) {
            by_name.entry(name).or_default().push(known.id);
            if let Some((_, reference)) = name.split_once(':') {
                by_name.entry(reference).or_default().push(known.id);
            }
        }
        let mut by_record: HashMap<Id, RecordFile> = HashMap::new();
        for file in files {
            match by_name.get(file.record().as_str()).map(Vec::as_slice) {
                Some([id]) => {
                    if by_record.insert(*id, file.clone()).is_some() {
                        faults.push((file, record_files::duplicate()));
                    }
                }
                Some(_) => {
                    let detail = "Records of several bodies have this reference; put the file into a folder named by its body.";
                    faults.push((file, Fault::pointer("", "ambiguous", detail)));
                }
                None => faults.push((file, self.without_record(file))),
            }
        }
        for (file, fault) in faults {
            self.add_fault_in(&file.name, None, fault);
        }
        by_record
    }

    fn without_record(&self, file: &RecordFile) -> Fault {
        let one = self.kinds[file.kind].def.one;
        let detail = format!("The bundle has no {one} `{}` that this file could belong to.", file.record());
        Fault::pointer("", "not_found", detail)
    }

    /// The imported records of a kind, each with its file.
    fn written(
        &self,
        conn: &mut Conn,
        n: usize,
        by_record: &mut HashMap<Id, RecordFile>,
    ) -> Result<Vec<WithFile>, Problem> {
        let ours = self.names.iter().filter(|(name, _)| name.0 == n && !self.on_record.contains(*name));
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
                waiting.push(WithFile {
                    record: row.record,
                    reference: row.reference,
                    content: serde_json::from_str(&row.content).map_err(Problem::internal)?,
                    since: row.since,
                    file: by_record.remove(&row.record),
                });
            }
        }
        Ok(waiting)
    }

    fn import_record_file(
        &mut self,
        conn: &mut Conn,
        bundle: &mut Bundle,
        files: &Files,
        one: WithFile,
    ) -> Result<(), Problem> {
        let most = match &self.import.who {
            Who::Operator { .. } => usize::MAX,
            Who::Caller { .. } => MOST_BYTES,
        };
        let bytes = one.file.as_ref().map(|file| bundle.record_file(file, most)).transpose()?;
        let name = match &one.file {
            Some(file) => file.name.clone(),
            None => record_files::name_of(files, None, &one.reference),
        };
        if bytes.as_ref().is_some_and(|bytes| bytes.len() > most) {
            let detail = format!(
                "A file must have at most {MOST_BYTES} bytes here; divide it, or use `onrecord import`."
            );
            self.add_fault_in(&name, None, Fault::pointer("", "too_long", detail));
            return Ok(());
        }
        let rows = bytes.iter().flatten().filter(|byte| **byte == b'\n').count();
        self.lines += u64::try_from(rows).unwrap_or(u64::MAX);
        (self.import.progress)(Progress::Lines(self.lines));
        let allowance = match &self.import.who {
            Who::Operator { .. } => Allowance::of_operator(),
            Who::Caller { .. } => Allowance::of_file(),
        };
        let before = self.done;
        let progress = &mut *self.import.progress;
        let mut import = FileImport {
            record: one.record,
            content: &one.content,
            public_from: one.since,
            now: self.import.now,
            file: bytes.as_deref(),
            declared: one.file.as_ref().is_some_and(|file| file.declared),
            workbook: one.file.as_ref().is_some_and(RecordFile::is_workbook),
            allowance,
            progress: &mut |rows| progress(Progress::Done(before + rows)),
        };
        let outcome = (files.import)(conn, &mut import)?;
        self.done += outcome.rows;
        if bytes.is_some() {
            *self.summary.records.entry(files.folder).or_default() += outcome.rows;
        }
        if !outcome.changes.is_null() {
            self.summary.changes.push(outcome.changes);
        }
        let any_faults = !outcome.faults.is_empty();
        for fault in outcome.faults {
            self.add_fault_in(&name, fault.row, fault);
        }
        let most = MOST_LISTED.saturating_sub(self.summary.remarks.len());
        let of_file = |remark: Fault| {
            let row = remark.row;
            Fault { row: None, ..remark.in_file(&name, row) }
        };
        self.summary.remarks.extend(outcome.remarks.into_iter().take(most).map(of_file));
        if any_faults {
            self.unlisted += usize::try_from(outcome.more).unwrap_or(usize::MAX);
        }
        Ok(())
    }
}
