//! The files of a bundle that belong to single records: their names, and the records that they name.

use std::io;
use std::path::Path;
use std::sync::Arc;

use super::place::Place;
use crate::problem::Fault;
use crate::record::kind::{Files, KindDef};

/// A file that belongs to a record.
#[derive(Clone, Debug)]
pub struct RecordFile {
    /// The file's name in messages.
    pub name: String,
    /// The kind of the record, by its number in the order of imports.
    pub kind: usize,
    /// The record's policing body, where the name states it.
    pub body: Option<String>,
    /// The record's reference.
    pub reference: String,
    /// Whether it is in the format that the record declares, not in the standard one.
    pub declared: bool,
    pub(super) place: Place,
}

impl RecordFile {
    /// The record that the file's name states, which no two files may.
    pub fn name_of_record(&self) -> (usize, Option<String>, String) {
        (self.kind, self.body.clone(), self.reference.clone())
    }

    /// The name of the record, as far as the file's name states it.
    pub fn record(&self) -> String {
        match &self.body {
            Some(body) => format!("{body}:{}", self.reference),
            None => self.reference.clone(),
        }
    }

    /// Whether it is a workbook.
    pub fn is_workbook(&self) -> bool {
        self.name
            .rsplit_once('.')
            .is_some_and(|(_, ending)| ["xlsx", "ods"].iter().any(|known| ending.eq_ignore_ascii_case(known)))
    }
}

/// The files inside the binary.
pub(super) fn embedded(kinds: &[&'static KindDef]) -> Vec<RecordFile> {
    let mut all = vec![];
    for (kind, files) in with_files(kinds) {
        all.extend(files.demo.iter().map(|(reference, text)| RecordFile {
            name: format!("{}/{reference}.csv", files.folder),
            kind,
            body: None,
            reference: (*reference).to_owned(),
            declared: false,
            place: Place::Text(text),
        }));
    }
    all
}

/// A file in memory, in the format that its record declares.
pub(super) fn declared(kind: usize, reference: &str, path: &Path, bytes: Vec<u8>) -> RecordFile {
    RecordFile {
        name: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        kind,
        body: None,
        reference: reference.to_owned(),
        declared: true,
        place: Place::Bytes(Arc::new(bytes)),
    }
}

fn with_files(kinds: &[&'static KindDef]) -> impl Iterator<Item = (usize, Files)> {
    kinds.iter().enumerate().filter_map(|(n, kind)| Some((n, kind.files?)))
}

/// The name of a record's file. The body is a folder, since a reference could contain any separator.
pub fn name_of(files: &Files, body: Option<&str>, reference: &str) -> String {
    match body {
        Some(body) => format!("{}/{body}/{reference}.csv", files.folder),
        None => format!("{}/{reference}.csv", files.folder),
    }
}

/// The files of a folder by their names in it: its own, and those of the folders that kinds declare.
pub(super) fn walk(root: &Path, kinds: &[&'static KindDef]) -> io::Result<Vec<(String, Place)>> {
    let mut found = vec![];
    for (name, is_folder, place) in entries(root, "")? {
        if !is_folder || !with_files(kinds).any(|(_, files)| files.folder == name) {
            found.push((name, place));
            continue;
        }
        for (inner, is_folder, place) in entries(&root.join(&name), &name)? {
            if is_folder {
                found.extend(
                    entries(&root.join(&inner), &inner)?.into_iter().map(|(name, _, place)| (name, place)),
                );
            } else {
                found.push((inner, place));
            }
        }
    }
    Ok(found)
}

/// The entries of a folder: the name below the bundle's folder, and whether it is a folder.
fn entries(folder: &Path, name: &str) -> io::Result<Vec<(String, bool, Place)>> {
    let mut found = vec![];
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let own = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let name = if name.is_empty() { own } else { format!("{name}/{own}") };
        found.push((name, path.is_dir(), Place::Path(path)));
    }
    Ok(found)
}

/// The file of a record, if it is in a folder that a kind declares; or its name from that folder, with the fault.
pub(super) fn of(
    path: &str,
    place: &Place,
    kinds: &[&'static KindDef],
) -> Option<Result<RecordFile, (String, Fault)>> {
    let steps: Vec<&str> = path.split(['/', '\\']).collect();
    let (last, folders) = steps.split_last()?;
    let (at, kind, files) = with_files(kinds).find_map(|(n, files)| {
        let at = folders.iter().rposition(|step| *step == files.folder)?;
        Some((at, n, files))
    })?;
    let name = steps[at..].join("/");
    let (body, reference) = match (&folders[at + 1..], last.strip_suffix(".csv")) {
        ([], Some(reference)) => (None, reference),
        ([body], Some(reference)) => (Some((*body).to_owned()), reference),
        _ => {
            let detail = format!(
                "Name a file of `{0}` by the reference of its {1}: `{0}/REFERENCE.csv`, or `{0}/BODY/REFERENCE.csv` with its body.",
                files.folder, kinds[kind].def.one
            );
            return Some(Err((name, Fault::pointer("", "unknown_file", detail))));
        }
    };
    let reference = reference.to_owned();
    Some(Ok(RecordFile { name, kind, body, reference, declared: false, place: place.clone() }))
}

/// The fault of a second file of one record.
pub fn duplicate() -> Fault {
    Fault::pointer("", "duplicate", "Another file of the bundle belongs to the same record; merge the two.")
}
