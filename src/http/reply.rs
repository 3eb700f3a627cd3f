//! What a handler returns: a response without what every response carries.

use std::ops::Deref;

use super::conditional;
use super::static_body::StaticBody;
use crate::clock::Ts;
use crate::problem::Problem;

/// The bytes of a reply.
#[derive(Clone, Debug)]
pub enum Body {
    /// Made for this reply.
    Own(Vec<u8>),
    /// A body that is the same in every reply.
    Static(&'static StaticBody),
}

impl Deref for Body {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Body::Own(bytes) => bytes,
            Body::Static(body) => body.plain(),
        }
    }
}

/// A successful response, before it is finalised for HTTP.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The media type of the body.
    pub content_type: &'static str,
    /// The body.
    pub body: Body,
    /// Headers of its own.
    pub headers: Vec<(&'static str, String)>,
    /// Whether it carries an ETag, so that a conditional request can be answered with 304.
    pub tagged: bool,
    /// The ETag, where it is known without hashing the body.
    pub tag: Option<String>,
    /// The one policing body that it is about, if it is one: a file is named after it.
    pub of_body: Option<String>,
    /// The past moment that it shows, if it is one.
    pub as_of: Option<Ts>,
    /// The latest publication or withdrawal that it shows, where that is known.
    pub latest: Option<Ts>,
}

impl Reply {
    /// 200 with JSON.
    pub fn json(body: impl Into<Vec<u8>>) -> Reply {
        Reply {
            status: 200,
            content_type: "application/json",
            body: Body::Own(body.into()),
            headers: vec![],
            tagged: true,
            tag: None,
            of_body: None,
            as_of: None,
            latest: None,
        }
    }

    /// 200 with JSON that is the same in every reply.
    pub fn static_json(body: &'static StaticBody) -> Reply {
        let tag = Some(body.tag().to_owned());
        Reply { body: Body::Static(body), tag, ..Reply::json(vec![]) }
    }

    /// 200 with a value as JSON.
    pub fn value(value: &impl serde::Serialize) -> Result<Reply, Problem> {
        serde_json::to_vec(value).map(Reply::json).map_err(Problem::internal)
    }

    /// Adds a header.
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Reply {
        self.headers.push((name, value.into()));
        self
    }

    /// Sets the status.
    pub fn status(mut self, status: u16) -> Reply {
        self.status = status;
        self
    }
}

/// A reply with its ETag.
pub struct TaggedReply {
    /// The reply.
    pub reply: Reply,
    /// The ETag, without quotes and without the content coding; none where the reply has none.
    pub tag: Option<String>,
    /// When what it shows changed last, where that is known.
    pub changed: Option<Ts>,
}

impl From<Reply> for TaggedReply {
    fn from(reply: Reply) -> TaggedReply {
        let tag = reply.tagged.then(|| reply.tag.clone().unwrap_or_else(|| conditional::tag(&reply.body)));
        TaggedReply { reply, tag, changed: None }
    }
}
