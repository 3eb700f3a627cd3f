//! Answers as workbooks (XLSX): whatever can be had as CSV.
//!
//! A workbook is made from the CSV of the same request, as its reader gets it for a spreadsheet, so it has the same rows,
//! columns and texts and shows nothing else. In that CSV texts are marked ([`Audience::Workbook`]); numbers become numbers,
//! days become days where the document of the API says that a field is one, and everything else stays text.

mod about;
mod cell;
mod facts;
mod table;

use self::table::Table;
use crate::http::operation::{Pieces, StreamingReply};
use crate::http::reply::Body;
use crate::http::{Call, Reply};
use crate::problem::Problem;
use crate::sheet::XLSX;

/// The reply as a workbook.
pub fn of_reply(call: &Call, reply: Reply) -> Result<Reply, Problem> {
    let mut table = Table::new(call)?;
    table.add(&reply.body)?;
    let body = table.finish(call, &reply.headers)?;
    Ok(Reply { content_type: XLSX, body: Body::own(body), ..reply })
}

/// A reply of any length as a workbook.
pub fn of_pieces(reply: StreamingReply) -> StreamingReply {
    let pieces = WorkbookPieces { csv: reply.pieces, table: None, headers: reply.headers.clone() };
    StreamingReply { content_type: XLSX, pieces: Box::new(pieces), ..reply }
}

/// Reads the pieces of a CSV. The last piece is the workbook, so what is too large is refused before the first byte.
struct WorkbookPieces {
    csv: Box<dyn Pieces>,
    table: Option<Table>,
    headers: Vec<(&'static str, String)>,
}

impl Pieces for WorkbookPieces {
    fn next(&mut self, call: &Call, out: &mut Vec<u8>) -> Result<bool, Problem> {
        let mut piece = vec![];
        let more = self.csv.next(call, &mut piece)?;
        let mut table = match self.table.take() {
            Some(table) => table,
            None => Table::new(call)?,
        };
        table.add(&piece)?;
        match more {
            true => self.table = Some(table),
            false => out.extend(table.finish(call, &self.headers)?),
        }
        Ok(more)
    }

    fn memory(&self) -> usize {
        self.csv.memory()
    }

    fn sent(&self, call: &Call) {
        self.csv.sent(call);
    }
}
