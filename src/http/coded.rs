//! Bodies in the content codings that callers accept.
//!
//! A body that is sent to many is compressed once, when the first of them accepts that coding. One that never changes is
//! compressed at a high level: it is shorter. The framework would compress each response as it is sent, and a part of that on a
//! thread that serves others.

use std::io::Write;
use std::sync::OnceLock;

use actix_web::web::Bytes;
use brotli::enc::BrotliEncoderParams;

use super::conditional;

/// The content codings that whole bodies are compressed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// `br`.
    Brotli,
    /// `gzip`.
    Gzip,
    /// `zstd`.
    Zstd,
}

/// How much work compressing may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effort {
    /// A millisecond for 100 kB.
    Low,
    /// Hundreds of milliseconds, once in a process.
    High,
}

impl Coding {
    /// Its name in `Content-Encoding`.
    pub fn name(self) -> &'static str {
        match self {
            Coding::Brotli => "br",
            Coding::Gzip => "gzip",
            Coding::Zstd => "zstd",
        }
    }

    /// The bytes compressed. Writing to memory does not fail; if it did, the framework would compress instead.
    fn compress(self, plain: &[u8], effort: Effort) -> Option<Vec<u8>> {
        let is_high = effort == Effort::High;
        match self {
            Coding::Brotli => {
                let mut compressed = vec![];
                let params = BrotliEncoderParams {
                    quality: if is_high { 9 } else { 3 },
                    // A window is memory: no larger one than the body needs.
                    lgwin: (usize::BITS - plain.len().leading_zeros()).clamp(16, 22) as i32,
                    size_hint: plain.len(),
                    ..Default::default()
                };
                brotli::BrotliCompress(&mut &*plain, &mut compressed, &params).ok()?;
                Some(compressed)
            }
            Coding::Gzip => {
                let level = if is_high { flate2::Compression::best() } else { flate2::Compression::fast() };
                let mut encoder = flate2::write::GzEncoder::new(vec![], level);
                encoder.write_all(plain).ok()?;
                encoder.finish().ok()
            }
            Coding::Zstd => zstd::encode_all(plain, if is_high { 12 } else { 3 }).ok(),
        }
    }
}

/// The compressed forms of a body, each made when it is first needed.
#[derive(Debug, Default)]
pub struct Forms {
    brotli: OnceLock<Option<Bytes>>,
    gzip: OnceLock<Option<Bytes>>,
    zstd: OnceLock<Option<Bytes>>,
}

impl Forms {
    fn place(&self, coding: Coding) -> &OnceLock<Option<Bytes>> {
        match coding {
            Coding::Brotli => &self.brotli,
            Coding::Gzip => &self.gzip,
            Coding::Zstd => &self.zstd,
        }
    }

    /// The form in this coding, if it was made.
    pub fn made(&self, coding: Coding) -> Option<Bytes> {
        self.place(coding).get().cloned().flatten()
    }

    /// The form in this coding. None where it cannot be made.
    pub fn make(&self, coding: Coding, plain: &[u8], effort: Effort) -> Option<Bytes> {
        let compress = || coding.compress(plain, effort).map(Bytes::from);
        self.place(coding).get_or_init(compress).clone()
    }
}

/// A body that is the same in every response, with its tag and its compressed forms.
#[derive(Debug)]
pub struct StaticBody {
    plain: Vec<u8>,
    tag: String,
    forms: Forms,
}

impl StaticBody {
    /// The body of these bytes.
    pub fn new(plain: Vec<u8>) -> StaticBody {
        let tag = conditional::tag(&plain);
        StaticBody { plain, tag, forms: Forms::default() }
    }

    /// The bytes without a content coding.
    pub fn plain(&self) -> &[u8] {
        &self.plain
    }

    /// The tag, without quotes and without the content coding.
    pub fn tag(&self) -> &str {
        &self.tag
    }

    /// The bytes in a content coding, if they were compressed already.
    pub fn made(&self, coding: Coding) -> Option<Bytes> {
        self.forms.made(coding)
    }

    /// The bytes in a content coding.
    pub fn coded(&self, coding: Coding) -> Option<Bytes> {
        self.forms.make(coding, &self.plain, Effort::High)
    }
}

#[cfg(test)]
mod tests {
    use super::{Coding, StaticBody};

    #[test]
    fn each_form_is_made_once_and_is_the_shorter_one() {
        let body = StaticBody::new(b"the same words again, ".repeat(500));
        for coding in [Coding::Brotli, Coding::Gzip, Coding::Zstd] {
            let coded = body.coded(coding).map(|bytes| (bytes.as_ptr(), bytes.len()));
            assert!(coded.is_some_and(|(_, length)| length < body.plain().len() / 20), "{coding:?}");
            assert_eq!(body.coded(coding).map(|bytes| (bytes.as_ptr(), bytes.len())), coded);
        }
    }
}
