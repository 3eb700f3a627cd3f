//! The files of a bundle that go with single records: what they are called, and by which record.

use std::io;
use std::path::Path;
use std::sync::Arc;

use super::files::Place;
use crate::problem::Fault;
use crate::record::kind::{Files, KindDef};

/// A file that goes with a record.
#[derive(Clone, Debug)]
pub struct Table {
    /// Its name in the bundle, for people.
    pub name: String,
    /// The kind of the record, by its place in the order of imports.
    pub kind: usize,
    /// The record's policing body, where the name says it.
    pub body: Option<String>,
    /// The record's reference.
    pub reference: String,
    /// Whether it is in a form that the record declares, and not in our own.
    pub declared: bool,
    pub(super) place: Place,
}

impl Table {
    /// Whether both are called by the same words.
    pub fn is_called_as(&self, other: &Table) -> bool {
        (self.kind, &self.body, &self.reference) == (other.kind, &other.body, &other.reference)
    }

    /// How lines name the record, as far as the file's name says it.
    pub fn record(&self) -> String {
        match &self.body {
            Some(body) => format!("{body}:{}", self.reference),
            None => self.reference.clone(),
        }
    }

    /// Whether it is a workbook.
    pub fn is_workbook(&self) -> bool {
        self.name.rsplit_once('.').is_some_and(|(_, ending)| ending.eq_ignore_ascii_case("xlsx"))
    }
}

/// Those that this program carries with it.
pub(super) fn embedded(kinds: &[&'static KindDef]) -> Vec<Table> {
    let mut tables = vec![];
    for (kind, files) in with_files(kinds) {
        tables.extend(files.demo.iter().map(|(reference, text)| Table {
            name: format!("{}/{reference}.csv", files.folder),
            kind,
            body: None,
            reference: (*reference).to_owned(),
            declared: false,
            place: Place::Text(text),
        }));
    }
    tables
}

/// One that is at hand.
pub(super) fn declared(kind: usize, reference: &str, path: &Path, bytes: Vec<u8>) -> Table {
    Table {
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

/// The name of such a file: the body is a folder, since any sign in a name could be one of the reference's own.
pub fn name_of(files: &Files, body: Option<&str>, reference: &str) -> String {
    match body {
        Some(body) => format!("{}/{body}/{reference}.csv", files.folder),
        None => format!("{}/{reference}.csv", files.folder),
    }
}

/// The files of a folder by their names in it: its own, and those of the folders that kinds have in it.
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

/// What stands in a folder: its name from the bundle on, and whether it is a folder.
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

/// The file of a record, if it lies in a folder for such; or its name from there on, with what is wrong with it.
pub(super) fn of(
    path: &str,
    place: &Place,
    kinds: &[&'static KindDef],
) -> Option<Result<Table, (String, Fault)>> {
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
                "A file of `{0}` is called by the reference of its {1}: `{0}/REFERENCE.csv`, or, by its body's too, `{0}/BODY/REFERENCE.csv`.",
                files.folder, kinds[kind].def.one
            );
            return Some(Err((name, Fault::pointer("", "unknown_file", detail))));
        }
    };
    let reference = reference.to_owned();
    Some(Ok(Table { name, kind, body, reference, declared: false, place: place.clone() }))
}

/// What is wrong where two are of one record.
pub fn twice() -> Fault {
    Fault::pointer(
        "",
        "duplicate",
        "Another file of the bundle goes with the same record; put them together.",
    )
}
