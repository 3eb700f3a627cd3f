//! What a handler returns: a response without what every response carries.

use std::ops::Deref;
use std::sync::Arc;

use actix_web::web::Bytes;

use super::coded::{Coding, Effort, Forms, StaticBody};
use super::conditional;
use crate::clock::Ts;
use crate::problem::Problem;

/// The bytes of a reply.
#[derive(Clone, Debug)]
pub enum Body {
    /// Made for this reply, with its compressed forms.
    Own(Bytes, Arc<Forms>),
    /// A body that is the same in every reply.
    Static(&'static StaticBody),
}

impl Body {
    /// A body that is made for one reply.
    pub fn own(bytes: impl Into<Bytes>) -> Body {
        Body::Own(bytes.into(), Arc::default())
    }

    /// The bytes without a content coding.
    pub fn plain(&self) -> Bytes {
        match self {
            Body::Own(bytes, _) => bytes.clone(),
            Body::Static(body) => Bytes::from_static(body.plain()),
        }
    }

    /// The bytes in a content coding, if they were compressed already.
    pub fn made(&self, coding: Coding) -> Option<Bytes> {
        match self {
            Body::Own(_, forms) => forms.made(coding),
            Body::Static(body) => body.made(coding),
        }
    }

    /// The bytes in a content coding, compressed where they were not yet.
    pub fn coded(&self, coding: Coding) -> Option<Bytes> {
        match self {
            Body::Own(bytes, forms) => forms.make(coding, bytes, Effort::Low),
            Body::Static(body) => body.coded(coding),
        }
    }
}

impl Deref for Body {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Body::Own(bytes, _) => bytes,
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
            body: Body::own(body.into()),
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

#[cfg(test)]
mod tests {
    use super::{Body, Coding, Reply};

    #[test]
    fn a_reply_that_is_sent_again_is_compressed_once() {
        let reply = Reply::json("the same words again, ".repeat(5_000));
        assert!(reply.body.made(Coding::Brotli).is_none());
        for coding in [Coding::Brotli, Coding::Gzip, Coding::Zstd] {
            let first = reply.body.coded(coding);
            assert!(first.as_ref().is_some_and(|bytes| bytes.len() < reply.body.len() / 20), "{coding:?}");
            // The copy that is sent to another reader has the same bytes at the same place.
            let again: Option<_> = Body::clone(&reply.body).made(coding);
            assert_eq!(again.map(|bytes| bytes.as_ptr()), first.map(|bytes| bytes.as_ptr()), "{coding:?}");
        }
    }
}
