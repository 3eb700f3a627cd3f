//! The files of an export, with what its description says of them.

use std::collections::BTreeSet;

use aws_lc_rs::digest::{Context, SHA256};

use super::sink::Sink;
use crate::clock::Ts;
use crate::hex::hex;
use crate::problem::Problem;

/// A file that was written.
pub(super) struct Written {
    pub(super) name: String,
    pub(super) title: String,
    pub(super) about: String,
    pub(super) media_type: &'static str,
    /// The licence of the file itself, if it has one.
    pub(super) licence: Option<String>,
    pub(super) lines: u64,
    pub(super) bytes: u64,
    pub(super) digest: String,
    pub(super) latest: Option<Ts>,
    pub(super) sources: BTreeSet<String>,
}

/// A file that is being written.
pub(super) struct FileWriter {
    context: Context,
    pub(super) file: Written,
}

impl FileWriter {
    pub(super) fn new(name: String, title: &str, about: &str) -> FileWriter {
        FileWriter {
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

    pub(super) fn line(&mut self, sink: &mut dyn Sink, text: &str, at: Ts) -> Result<(), Problem> {
        if self.file.lines == 0 {
            sink.start(&self.file.name).map_err(Problem::internal)?;
        }
        for bytes in [text.as_bytes(), b"\n"] {
            sink.write(bytes).map_err(Problem::internal)?;
            self.context.update(bytes);
            self.file.bytes += bytes.len() as u64;
        }
        self.file.lines += 1;
        self.file.latest = self.file.latest.max(Some(at));
        Ok(())
    }

    /// Ends the file; none if nothing was written.
    pub(super) fn end(mut self, sink: &mut dyn Sink) -> Result<Option<Written>, Problem> {
        if self.file.lines == 0 {
            return Ok(None);
        }
        sink.end().map_err(Problem::internal)?;
        self.file.digest = hex(self.context.finish().as_ref());
        Ok(Some(self.file))
    }
}
