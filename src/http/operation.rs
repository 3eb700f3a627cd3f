//! The table of operations: route, rule, document and handler in one row, so that none can be without the
//! others. From it come the router, the `Allow` headers, the OpenAPI document and the access tests.

use std::ops::{Deref, DerefMut};

pub use super::operation_spec::{Answer, BodySpec, ExampleCall, Method, OperationSpec};
use super::{Call, Reply};
use crate::access::Rule;
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
    /// Answers at once from memory.
    Inline(fn(&Call) -> Result<Reply, Problem>),
    /// Streams a response of any length, on a thread that may block; reads in pieces and holds no connection meanwhile.
    /// An error in the middle breaks the response off.
    Stream(fn(&Call, &mut dyn std::io::Write) -> Result<(), Problem>),
    /// Checks the request and decides on type and tag before the first byte, then streams.
    CheckedStream(fn(&Call) -> Result<StreamingReply, Problem>),
}

/// Writes the body of a streamed response.
pub type WriteBody = Box<dyn FnOnce(&Call, &mut dyn std::io::Write) -> Result<(), Problem> + Send>;

/// A streamed response of any length, before its first byte.
pub struct StreamingReply {
    /// The media type of the body.
    pub content_type: &'static str,
    /// Headers of this response only.
    pub headers: Vec<(&'static str, String)>,
    /// The ETag, without quotes, of everything that the body follows from; none where it has none.
    pub tag: Option<String>,
    /// Writes the body.
    pub write: WriteBody,
}

/// One row of the table. Its fields are those of its [`OperationSpec`].
pub struct Operation {
    /// What the operation is.
    pub spec: OperationSpec,
    /// The code that carries it out.
    pub handler: Handler,
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
        Operation { spec: OperationSpec::new(method, path, id, rule), handler }
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
