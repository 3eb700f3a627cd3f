//! The encodings of texts from outside: what is not UTF-8 is named, so that its sender knows what to do.

/// The bytes of UTF-8 text without a mark at their beginning.
pub fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes)
}

/// How many bytes are looked at for an encoding of two bytes a character.
const LOOKED_AT: usize = 512;

/// The name of an encoding that is not UTF-8, by how the text begins.
pub fn other_than_utf8(bytes: &[u8]) -> Option<&'static str> {
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        return Some("UTF-16");
    }
    // Without a mark: letters of English have a zero as every second byte.
    let beginning = bytes.get(..bytes.len().min(LOOKED_AT)).unwrap_or_default();
    let zeros = |nth: usize| beginning.iter().skip(nth).step_by(2).filter(|byte| **byte == 0).count();
    let half = beginning.len() / 2;
    (half > 0 && zeros(0).max(zeros(1)) * 2 > half).then_some("UTF-16")
}

/// What to do about a text, if it is not UTF-8.
pub fn fault(bytes: &[u8]) -> Option<String> {
    let is_other = std::str::from_utf8(bytes).is_err() || other_than_utf8(bytes).is_some();
    is_other.then(|| advice(bytes))
}

/// What to do about a text that is not UTF-8.
pub fn advice(bytes: &[u8]) -> String {
    match other_than_utf8(bytes) {
        Some(name) => format!("This is in {name}. Save it as UTF-8."),
        None => "This has bytes that are not UTF-8; it may be in Windows-1252. Save it as UTF-8.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_encoding_of_two_bytes_is_known_with_and_without_a_mark() {
        let two = |text: &str, little: bool| -> Vec<u8> {
            text.encode_utf16()
                .flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() })
                .collect()
        };
        for text in ["a,b", "{\"grants\": []}", "\u{feff}a,b\n£,é\n"] {
            for little in [true, false] {
                assert_eq!(other_than_utf8(&two(text, little)), Some("UTF-16"), "{text}");
            }
            assert_eq!(other_than_utf8(text.as_bytes()), None, "{text}");
        }
        assert_eq!(other_than_utf8(b""), None);
        assert_eq!(other_than_utf8(b"a\0b,c,d"), None);
        assert_eq!(without_mark("\u{feff}{}".as_bytes()), b"{}");
        assert!(advice(b"caf\xe9").contains("Windows-1252"));
    }
}
