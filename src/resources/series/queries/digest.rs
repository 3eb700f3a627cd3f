//! The digest of a release's observations, which the audit trail holds.

use aws_lc_rs::digest::{Context, SHA256};

use crate::store::canonical::piece;

/// SHA-256 of cells in the order of series key and period. Of each cell it covers: the key of the series, the first day, the
/// day after the last, the flags, value, numerator and denominator in millionths, reason and note. Each is written as its
/// length in bytes, a colon, its text and a comma, or as a dash where there is none.
pub struct CellDigest(Context);

/// A cell as the digest covers it.
pub struct DigestCell<'a> {
    pub series_key: &'a str,
    /// The first day, in days since 1970.
    pub starts: i64,
    /// The day after the last.
    pub ends: i64,
    /// The flags without [`super::flags::RESTATED`].
    pub flags: i16,
    /// Value, numerator and denominator, in millionths.
    pub values: [Option<i64>; 3],
    pub reason: Option<&'a str>,
    pub note: Option<&'a str>,
}

impl Default for CellDigest {
    fn default() -> CellDigest {
        CellDigest(Context::new(&SHA256))
    }
}

impl CellDigest {
    pub fn add(&mut self, cell: &DigestCell<'_>) {
        let mut add = |text: Option<&str>| self.0.update(&piece(text.map(str::as_bytes)));
        add(Some(cell.series_key));
        for number in [cell.starts, cell.ends, i64::from(cell.flags)] {
            add(Some(&number.to_string()));
        }
        for value in cell.values {
            add(value.map(|value| value.to_string()).as_deref());
        }
        add(cell.reason);
        add(cell.note);
    }

    pub fn finish(self) -> Vec<u8> {
        self.0.finish().as_ref().to_vec()
    }
}
