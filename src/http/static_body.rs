//! Bodies that are the same in every response.
//!
//! The framework compresses each response as it is sent, at a fast level. A document that never changes is compressed once
//! in a process, at a high level, when the first caller accepts that coding: it is shorter, and costs nothing from then on.

use std::io::Write;
use std::sync::OnceLock;

use brotli::enc::BrotliEncoderParams;

use super::conditional;

/// The content codings that static bodies are compressed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// `br`.
    Brotli,
    /// `gzip`.
    Gzip,
    /// `zstd`.
    Zstd,
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
    fn compress(self, plain: &[u8]) -> Option<Vec<u8>> {
        match self {
            Coding::Brotli => {
                let mut compressed = vec![];
                let params = BrotliEncoderParams {
                    quality: 9,
                    lgwin: 22,
                    size_hint: plain.len(),
                    ..Default::default()
                };
                brotli::BrotliCompress(&mut &*plain, &mut compressed, &params).ok()?;
                Some(compressed)
            }
            Coding::Gzip => {
                let mut encoder = flate2::write::GzEncoder::new(vec![], flate2::Compression::best());
                encoder.write_all(plain).ok()?;
                encoder.finish().ok()
            }
            Coding::Zstd => zstd::encode_all(plain, 19).ok(),
        }
    }
}

/// A body that is the same in every response, with its tag and its compressed forms.
#[derive(Debug)]
pub struct StaticBody {
    plain: Vec<u8>,
    tag: String,
    brotli: OnceLock<Option<Vec<u8>>>,
    gzip: OnceLock<Option<Vec<u8>>>,
    zstd: OnceLock<Option<Vec<u8>>>,
}

impl StaticBody {
    /// The body of these bytes.
    pub fn new(plain: Vec<u8>) -> StaticBody {
        let tag = conditional::tag(&plain);
        StaticBody { plain, tag, brotli: OnceLock::new(), gzip: OnceLock::new(), zstd: OnceLock::new() }
    }

    /// The bytes without a content coding.
    pub fn plain(&self) -> &[u8] {
        &self.plain
    }

    /// The tag, without quotes and without the content coding.
    pub fn tag(&self) -> &str {
        &self.tag
    }

    /// The bytes in a content coding.
    pub fn coded(&self, coding: Coding) -> Option<&[u8]> {
        let place = match coding {
            Coding::Brotli => &self.brotli,
            Coding::Gzip => &self.gzip,
            Coding::Zstd => &self.zstd,
        };
        place.get_or_init(|| coding.compress(&self.plain)).as_deref()
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
