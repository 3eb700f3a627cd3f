//! Checks a workbook in a ZIP archive (`.xlsx`, `.ods`) before a reader opens it.
//!
//! Readers of workbooks clone: a font's name into each style that names it, a text into each cell that refers to it, a row
//! as often as it says that it repeats. What a file of a few kilobytes costs follows from such products, which the sizes of
//! its parts do not show. [`check`] goes through every part once, holds next to nothing, and draws what a reader would
//! need from the file's [`Allowance`]. Call it first; then the reader can be trusted with the file.
//!
//! What it guarantees of a file that passes: at most [`MAX_PARTS`] parts, no two of one name; no part larger than
//! [`MAX_UNPACKED`] or nested deeper than [`DEPTH`]; no cell and no text longer than [`MAX_TEXT`] bytes of XML; sheets and
//! the list of sheets are parts that were checked; and the memory of what the reader keeps, by the model in `cost.rs`, is
//! within the allowance.

mod bounds;
mod cost;
mod xml;

#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::fmt::Display;
use std::io::{self, Cursor};

use zip::ZipArchive;

pub use self::bounds::{DEPTH, MAX_OTHER, MAX_PARTS, MAX_TEXT, MAX_UNPACKED, Refusal};
use self::bounds::{MAX_DIRECTORY, NOT_READ, shown};
use crate::allowance::Allowance;
use crate::zip_directory;

/// Whether [`check`] goes through a part of that name, in lower case, as XML. A reader opens no others.
pub fn is_checked(name: &str) -> bool {
    [".xml", ".rels"].iter().any(|ending| name.ends_with(ending)) && !name.starts_with(NOT_READ)
}

/// Refuses what is no workbook, and what would cost more to read than the allowance has.
pub fn check(body: &[u8], allowance: &Allowance) -> Result<(), Refusal> {
    let not_a_workbook = "This is not a workbook in Office Open XML (`.xlsx`) or OpenDocument (`.ods`). Save an older workbook \
                          (`.xls`), or one with a password, as `.xlsx` without a password.";
    if !body.starts_with(b"PK") {
        return Err(Refusal::because(not_a_workbook));
    }
    zip_directory::check(body, MAX_PARTS, MAX_DIRECTORY).map_err(|why| {
        Refusal::because(format!("The workbook cannot be read: {why}. Remove sheets, or send CSV."))
    })?;
    let mut archive = ZipArchive::new(Cursor::new(body)).map_err(|_| Refusal::because(not_a_workbook))?;
    check_names(&archive)?;
    let mut costs = cost::Costs::default();
    for n in 0..archive.len() {
        let part = archive.by_index(n).map_err(unpacking)?;
        let name = part.name().map_err(unpacking)?.replace('\\', "/").to_ascii_lowercase();
        if is_checked(&name) {
            xml::check(part, &name, &mut costs, allowance)?;
        } else {
            let size =
                io::copy(&mut io::Read::take(part, MAX_OTHER + 1), &mut io::sink()).map_err(unpacking)?;
            if size > MAX_OTHER {
                return Err(Refusal::because(format!(
                    "The part `{}` is too large when it is unpacked: more than {} MiB. Remove pictures and other additions.",
                    shown(&name),
                    MAX_OTHER >> 20
                )));
            }
            allowance.read(size)?;
        }
    }
    Ok(())
}

/// Refuses a workbook with two parts of one name: one could be checked and the other be read. Names are compared as readers
/// of workbooks do.
fn check_names<R: io::Read + io::Seek>(archive: &ZipArchive<R>) -> Result<(), Refusal> {
    let mut seen = HashSet::new();
    for name in archive.file_names() {
        let name = name.map_err(unpacking)?.replace('\\', "/").to_ascii_lowercase();
        if !seen.insert(name) {
            return Err(Refusal::because("The workbook has two parts of one name. Save it again."));
        }
    }
    Ok(())
}

fn unpacking(error: impl Display) -> Refusal {
    Refusal::because(format!("A part cannot be unpacked: {error}."))
}
