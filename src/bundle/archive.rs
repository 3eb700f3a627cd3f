//! A ZIP archive that is read as a bundle.

use std::io::{self, Read, Seek};

use zip::ZipArchive;

use super::part::unreadable;
use super::place::Place;
use crate::problem::Problem;

/// The most files of an archive: many more than there are kinds, plus one for each of many releases.
pub const MOST_FILES: usize = 20_000;

/// A file or an archive in memory.
pub trait ReadSeek: Read + Seek + Send {}
impl<T: Read + Seek + Send> ReadSeek for T {}

/// An open archive.
pub type OpenArchive = ZipArchive<Box<dyn ReadSeek>>;

/// Opens an archive and lists its files. Their total uncompressed size must be at most `most` bytes.
pub fn open(mut inner: Box<dyn ReadSeek>, most: u64) -> Result<(OpenArchive, Vec<(String, Place)>), Problem> {
    let broken = |error: &dyn std::fmt::Display| unreadable(format!("The archive cannot be read: {error}."));
    let declared = declared_entries(&mut inner).map_err(|error| broken(&error))?;
    let mut archive = ZipArchive::new(inner).map_err(|error| broken(&error))?;
    if archive.len() > MOST_FILES {
        let detail = format!("The archive has {} files; it must have at most {MOST_FILES}.", archive.len());
        return Err(unreadable(detail));
    }
    if declared.is_some_and(|declared| declared != archive.len()) {
        let detail = "The archive has two entries of one name, or fewer than it declares; make it again.";
        return Err(unreadable(detail.to_owned()));
    }
    let mut files = vec![];
    let mut size: u64 = 0;
    for n in 0..archive.len() {
        let entry = archive.by_index(n).map_err(|error| broken(&error))?;
        if entry.is_file() {
            // The size that the entry declares; reading it stops there.
            size = size.saturating_add(entry.size());
            let name = entry.name().map_err(|error| broken(&error))?;
            files.push((name.into_owned(), Place::Entry(n)));
        }
    }
    if size > most {
        return Err(unreadable(format!(
            "The archive has {size} uncompressed bytes; it must have at most {most} here. Divide it, or use `onrecord import`."
        )));
    }
    Ok((archive, files))
}

/// The number of entries that an archive declares in its end record (PKWARE's APPNOTE 4.3.16). The library would treat two
/// entries of one name as one. None where the end record does not state the number.
fn declared_entries(inner: &mut Box<dyn ReadSeek>) -> io::Result<Option<usize>> {
    const RECORD: u64 = 22;
    const COMMENT: u64 = 65_535;
    let length = inner.seek(io::SeekFrom::End(0))?;
    inner.seek(io::SeekFrom::Start(length.saturating_sub(RECORD + COMMENT)))?;
    let mut tail = vec![];
    inner.read_to_end(&mut tail)?;
    inner.rewind()?;
    let at = tail.windows(4).rposition(|bytes| bytes == b"PK\x05\x06");
    let count = at.and_then(|at| tail.get(at + 10..at + 12));
    // All ones: the number is in the ZIP64 record.
    Ok(count
        .map(|count| u16::from_le_bytes([count[0], count[1]]))
        .filter(|count| *count != u16::MAX)
        .map(usize::from))
}

/// An entry of an archive, read no further than the size that it declares.
pub struct Bounded<R> {
    /// The entry.
    pub entry: R,
    /// How many bytes are left to read.
    pub left: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.entry.read(buffer)?;
        self.left = self
            .left
            .checked_sub(read as u64)
            .ok_or_else(|| io::Error::other("it has more bytes than it declares"))?;
        Ok(read)
    }
}
