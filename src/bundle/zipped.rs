//! What is looked at in an archive beside its files.

use std::io::{self, Read, Seek};

/// A file or an archive in memory.
pub trait ReadSeek: Read + Seek + Send {}
impl<T: Read + Seek + Send> ReadSeek for T {}

/// How many entries an archive says that it has (its end record, PKWARE's APPNOTE 4.3.16): two of one name would
/// otherwise be one. None where it does not say it there.
pub fn entries(inner: &mut Box<dyn ReadSeek>) -> io::Result<Option<usize>> {
    const RECORD: u64 = 22;
    const COMMENT: u64 = 65_535;
    let length = inner.seek(io::SeekFrom::End(0))?;
    inner.seek(io::SeekFrom::Start(length.saturating_sub(RECORD + COMMENT)))?;
    let mut tail = vec![];
    inner.read_to_end(&mut tail)?;
    inner.rewind()?;
    let at = tail.windows(4).rposition(|bytes| bytes == b"PK\x05\x06");
    let count = at.and_then(|at| tail.get(at + 10..at + 12));
    // All ones: the number stands in a longer record.
    Ok(count
        .map(|count| u16::from_le_bytes([count[0], count[1]]))
        .filter(|count| *count != u16::MAX)
        .map(usize::from))
}

/// A file of an archive that is read no further than it says that it goes.
pub struct Bounded<R> {
    /// The file.
    pub entry: R,
    /// How much of it is left.
    pub left: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.entry.read(buffer)?;
        self.left = self
            .left
            .checked_sub(read as u64)
            .ok_or_else(|| io::Error::other("it unfolds to more than it says"))?;
        Ok(read)
    }
}
