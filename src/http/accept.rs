//! The media types that a caller accepts (RFC 9110, section 12.5.1).

/// The quality, in thousandths, of a media type in an `Accept` header: that of its own name, else of its group, else of the
/// wildcard; 0 when the header has none of them.
pub fn quality(accept: &str, media_type: &str) -> i64 {
    let group = format!("{}/*", media_type.split('/').next().unwrap_or_default());
    let names = [media_type, group.as_str(), "*/*"];
    accept
        .split(',')
        .filter_map(|part| {
            let mut pieces = part.split(';').map(str::trim);
            let name = pieces.next()?.to_ascii_lowercase();
            let weight =
                pieces.find_map(|piece| piece.strip_prefix("q=")).map_or(Some(1_000), thousandths)?;
            Some((names.iter().position(|one| *one == name)?, weight))
        })
        .min_by_key(|(precision, _)| *precision)
        .map_or(0, |(_, weight)| weight)
}

/// A quality value (RFC 9110, 12.4.2) in thousandths.
fn thousandths(text: &str) -> Option<i64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    if part.len() > 3 || !part.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let value = whole.parse::<i64>().ok()? * 1_000 + format!("{part:0<3}").parse::<i64>().ok()?;
    (0..=1_000).contains(&value).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::quality;

    #[test]
    fn the_most_precise_name_decides() {
        assert_eq!(quality("text/csv, */*;q=0.1", "text/csv"), 1_000);
        assert_eq!(quality("text/csv, */*;q=0.1", "application/json"), 100);
        assert_eq!(quality("application/json;q=0, */*", "application/json"), 0);
        assert_eq!(quality("text/html", "application/json"), 0);
        assert_eq!(quality("application/json;q=2", "application/json"), 0);
    }
}
