//! The table of operations: route, rule, document and handler in one row, so that none can be without the
//! others. From it come the router, the `Allow` headers, the OpenAPI document and the access tests.

use std::ops::{Deref, DerefMut};

pub use super::operation_spec::{Answer, BodySize, BodySpec, ExampleCall, Method, OperationSpec};
pub use super::places::Queue;
use super::{Call, Reply};
use crate::access::Rule;
use crate::clock::Ts;
use crate::problem::Problem;
use crate::store::Conn;

/// The code that carries an operation out.
pub enum Handler {
    /// Reads the database, on a connection that only reads.
    Read(fn(&Call, &mut Conn) -> Result<Reply, Problem>),
    /// Changes it, in one transaction.
    Write(fn(&Call, &mut Conn) -> Result<Reply, Problem>),
    /// Uses the database in its own way, or takes long: on a thread that may block.
    Blocking(fn(&Call) -> Result<Reply, Problem>),
    /// Reads the file that the body is, and returns what stores it. Only some files are read at a time, with a share for each
    /// credential; a change's place is taken when the file has been read, so that a file keeps nobody from a change.
    Upload(fn(&Call) -> Result<Store, Problem>),
    /// Answers at once from memory.
    Inline(fn(&Call) -> Result<Reply, Problem>),
    /// Checks the request and decides on type and tag before the first byte; the response is whole, or made in pieces.
    Bulk(BulkHandler),
}

/// Carries out an operation whose response can be of any length.
pub type BulkHandler = fn(&Call) -> Result<BulkReply, Problem>;

/// Stores what was read from a file.
pub type Store = Box<dyn FnOnce(&Call) -> Result<Reply, Problem> + Send>;

/// A response that can be of any length.
pub enum BulkReply {
    /// It is complete.
    Whole(Reply),
    /// It is made as its reader takes it.
    InPieces(StreamingReply),
}

/// Makes the body of a response piece by piece.
pub trait Pieces: Send {
    /// Adds the next piece to `out`; false if it is the last. It reads the database in a short time and holds nothing of it
    /// afterwards: the reader may take any time until the next piece is wanted. An error breaks the response off.
    fn next(&mut self, call: &Call, out: &mut Vec<u8>) -> Result<bool, Problem>;

    /// About how many bytes it holds in memory between two pieces, if that grows with the record.
    fn memory(&self) -> usize {
        0
    }

    /// Called when what the request is for has been made and goes to its reader.
    fn sent(&self, _call: &Call) {}
}

/// A streamed response of any length, before its first byte.
pub struct StreamingReply {
    /// The media type of the body.
    pub content_type: &'static str,
    /// Headers of this response only.
    pub headers: Vec<(&'static str, String)>,
    /// The ETag, without quotes, of everything that the body follows from. As long as it is the same, the body has the same
    /// bytes, at whatever moment it is made.
    pub tag: String,
    /// The one policing body that the response is about, if it is one.
    pub of_body: Option<String>,
    /// The latest publication or withdrawal that it shows, where that is known.
    pub latest: Option<Ts>,
    /// Makes the body.
    pub pieces: Box<dyn Pieces>,
}

/// Refuses a request by the record that it names, before its body is read: who may not see the record (404, 410), who may not
/// change it (403), who has not read it as it is (412, 428). The handler checks the same again, in its transaction.
pub type BeforeBody = fn(&Call, &mut Conn) -> Result<(), Problem>;

/// One row of the table. Its fields are those of its [`OperationSpec`].
pub struct Operation {
    /// What the operation is.
    pub spec: OperationSpec,
    /// The code that carries it out.
    pub handler: Handler,
    /// What is checked before the body is read, where the rule's roles do not decide.
    pub before_body: Option<BeforeBody>,
}

impl Operation {
    /// A row with nothing but its route, rule and handler; the rest is added by name.
    pub fn new(
        method: Method,
        path: impl Into<String>,
        id: impl Into<String>,
        rule: Rule,
        handler: Handler,
    ) -> Operation {
        Operation { spec: OperationSpec::new(method, path, id, rule), handler, before_body: None }
    }
}

impl Deref for Operation {
    type Target = OperationSpec;

    fn deref(&self) -> &OperationSpec {
        &self.spec
    }
}

impl DerefMut for Operation {
    fn deref_mut(&mut self) -> &mut OperationSpec {
        &mut self.spec
    }
}
