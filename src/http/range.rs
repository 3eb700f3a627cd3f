//! Parts of a response (RFC 9110, section 14): what a `Range` requests of a body of a known length.

/// What to send of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Requested {
    /// All of it: no range was requested, or none that is served.
    Whole,
    /// The bytes from the first to the last, both included.
    Part(u64, u64),
    /// The range lies outside the body.
    Outside,
}

/// What a `Range` requests of a body of that length. A range that cannot be read, several ranges, and units other than
/// bytes are answered with the whole body, as the standard allows.
pub fn requested(range: Option<&str>, length: u64) -> Requested {
    let Some((unit, range)) = range.and_then(|range| range.split_once('=')) else { return Requested::Whole };
    let Some((first, last)) = range.trim().split_once('-') else { return Requested::Whole };
    if !unit.trim().eq_ignore_ascii_case("bytes") || range.contains(',') {
        return Requested::Whole;
    }
    match (number(first), number(last)) {
        (Some(first), Some(last)) if first > last => Requested::Whole,
        (Some(first), _) if first >= length && (last.is_empty() || number(last).is_some()) => {
            Requested::Outside
        }
        (Some(first), Some(last)) => Requested::Part(first, last.min(length - 1)),
        (Some(first), None) if last.is_empty() => Requested::Part(first, length - 1),
        (None, Some(count)) if first.is_empty() => match count.min(length) {
            0 => Requested::Outside,
            count => Requested::Part(length - count, length - 1),
        },
        _ => Requested::Whole,
    }
}

fn number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    // More than any body has.
    digits.then(|| text.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_what_the_standard_says() {
        for (range, part) in [
            ("bytes=0-0", Requested::Part(0, 0)),
            ("bytes=10-", Requested::Part(10, 99)),
            ("bytes=10-19", Requested::Part(10, 19)),
            ("bytes=90-1000", Requested::Part(90, 99)),
            ("bytes=-5", Requested::Part(95, 99)),
            ("bytes=-500", Requested::Part(0, 99)),
            ("Bytes = 1-2", Requested::Part(1, 2)),
            ("bytes=100-", Requested::Outside),
            ("bytes=100-200", Requested::Outside),
            ("bytes=-0", Requested::Outside),
            ("bytes=99999999999999999999-", Requested::Outside),
            ("bytes=5-2", Requested::Whole),
            ("bytes=0-1,5-6", Requested::Whole),
            ("rows=0-1", Requested::Whole),
            ("bytes=", Requested::Whole),
            ("bytes=-", Requested::Whole),
            ("bytes=a-b", Requested::Whole),
            ("bytes=1-x", Requested::Whole),
            ("bytes", Requested::Whole),
        ] {
            assert_eq!(requested(Some(range), 100), part, "{range}");
        }
        assert_eq!(requested(None, 100), Requested::Whole);
        assert_eq!(requested(Some("bytes=0-"), 0), Requested::Outside);
    }
}
