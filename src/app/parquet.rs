//! Answers as Parquet: for programs that read columns with types, a part of a file at a time.
//!
//! Parquet is made from the CSV of the same request, as programs get it: the same columns, rows and order, and nothing else. Where
//! a cell of the CSV is empty, the value is null. The same request of the same data gives the same bytes, in whatever process,
//! since readers put together what they got by several requests.

mod about;
mod column;
mod table;

use self::table::Table;
use crate::clock::Ts;
use crate::http::download::PARQUET_TYPE;
use crate::http::operation::{Pieces, StreamingReply};
use crate::http::reply::Body;
use crate::http::{Call, Reply};
use crate::problem::Problem;

/// The reply as Parquet.
pub fn of_reply(call: &Call, reply: Reply) -> Result<Reply, Problem> {
    let mut table = Table::new(call, about::of(call, &reply.headers, reply.latest))?;
    let mut body = vec![];
    table.add(&reply.body, &mut body)?;
    table.finish(&mut body)?;
    Ok(Reply { content_type: PARQUET_TYPE, body: Body::own(body), ..reply })
}

/// A reply of any length as Parquet.
pub fn of_pieces(reply: StreamingReply) -> StreamingReply {
    let (headers, latest) = (reply.headers.clone(), reply.latest);
    let pieces = ParquetPieces { csv: reply.pieces, table: None, headers, latest };
    StreamingReply { content_type: PARQUET_TYPE, pieces: Box::new(pieces), ..reply }
}

/// Reads the pieces of a CSV. Its own are groups of rows.
struct ParquetPieces {
    csv: Box<dyn Pieces>,
    table: Option<Table>,
    headers: Vec<(&'static str, String)>,
    latest: Option<Ts>,
}

impl Pieces for ParquetPieces {
    fn next(&mut self, call: &Call, out: &mut Vec<u8>) -> Result<bool, Problem> {
        let mut piece = vec![];
        let more = self.csv.next(call, &mut piece)?;
        let mut table = match self.table.take() {
            Some(table) => table,
            None => Table::new(call, about::of(call, &self.headers, self.latest))?,
        };
        table.add(&piece, out)?;
        match more {
            true => self.table = Some(table),
            false => table.finish(out)?,
        }
        Ok(more)
    }

    fn memory(&self) -> usize {
        self.csv.memory() + table::GROUP_BYTES
    }

    fn sent(&self, call: &Call) {
        self.csv.sent(call);
    }
}
