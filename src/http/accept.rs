//! The media types that a caller accepts (RFC 9110, section 12.5.1).
//!
//! What an operation can return is in its row of the table (`Answer::media_types`). The check before the handler and the
//! handler both choose from such a list with [`choose`], so that they agree.

use super::params::decode;

/// The media type of every error.
pub const PROBLEM: &str = "application/problem+json";
/// The media type of pages.
pub const HTML: &str = "text/html";
/// What `format=` has for a page.
pub const PAGE: &str = "html";
/// What `format=` has for JSON.
const JSON: &str = "json";

/// SDMX's own name for its CSV, without its version.
pub const SDMX_CSV: &str = "application/vnd.sdmx.data+csv";
/// What `format=` has for a workbook.
pub const WORKBOOK: &str = "xlsx";
/// What `format=` has for Parquet.
pub const PARQUET: &str = "parquet";

/// Of these media types, the first being the default, the one that a caller prefers. None if it accepts none of them.
///
/// A client that was made from the document of the API may accept nothing but the type of its errors, where a success is a
/// file. It gets the default.
pub fn choose<'t, T: Copy>(accept: Option<&str>, offers: &[(&'t str, T)]) -> Option<(&'t str, T)> {
    let default = offers.first().copied();
    // A header without a value says nothing, as no header does.
    let Some(accept) = accept.filter(|accept| !accept.trim().is_empty()) else { return default };
    // Reversed, since `max_by_key` returns the last of equal elements, and the first must win.
    let preference = |name: &str| (quality(accept, name), names_profile(accept, name));
    let best = offers.iter().rev().max_by_key(|(name, _)| preference(name)).copied();
    match best.filter(|(name, _)| quality(accept, name) > 0) {
        Some(best) => Some(best),
        None if names(accept, PROBLEM) => default,
        None => offers.iter().find(|(name, _)| is_near(accept, name)).copied(),
    }
}

/// The media types of feed readers and of programs for XML that take Atom, too.
const XML: &[&str] = &["application/xml", "text/xml"];
const FEEDS: &[&str] = &["application/rss+xml", "application/rdf+xml"];

/// Whether a caller accepts what this media type is in general: JSON, XML or a feed. It must not refuse the type itself.
fn is_near(accept: &str, media_type: &str) -> bool {
    let name = media_type.split(';').next().unwrap_or_default();
    let near: Vec<&str> = match name {
        "application/atom+xml" => XML.iter().chain(FEEDS).copied().collect(),
        name if name.ends_with("+xml") || XML.contains(&name) => XML.to_vec(),
        name if name.ends_with("+json") => vec!["application/json"],
        _ => vec![],
    };
    ranges(accept).all(|range| range.name != name) && near.iter().any(|one| names(accept, one))
}

/// Whether a caller prefers one format, given by its name in `format=` and its media type. `types` are the media types of the
/// answer, the default first. This is the one place that decides it.
pub fn prefers<'t>(
    (name, media_type): (&str, &str),
    accept: Option<&str>,
    format: Option<&str>,
    types: impl IntoIterator<Item = &'t str>,
) -> bool {
    match format {
        Some(format) => format == name,
        None => {
            let offers: Vec<(&str, ())> = types.into_iter().map(|name| (name, ())).collect();
            choose(accept, &offers).is_some_and(|(chosen, ())| chosen == media_type)
        }
    }
}

/// What a query has for `format=`, before it is read.
pub fn format_of(query: &str) -> Option<String> {
    query.split('&').find_map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode(name).as_deref() == Some("format")).then(|| decode(value)).flatten()
    })
}

/// Whether a refusal is shown as a page. A query that names JSON gets JSON; what else it names is no form of a refusal.
pub fn prefers_page_of_refusal(accept: Option<&str>, query: &str) -> bool {
    let format = format_of(query);
    let named = format.as_deref().filter(|format| [PAGE, JSON].contains(format));
    prefers((PAGE, HTML), accept, named, ["application/json", HTML])
}

/// Whether a header accepts a media type by its own name.
fn names(accept: &str, media_type: &str) -> bool {
    ranges(accept).any(|range| range.name == media_type && range.weight > 0)
}

/// The value of a parameter of a media type, where the header names that type by its own name with the parameter.
pub fn parameter<'a>(accept: &'a str, media_type: &str, parameter: &str) -> Option<&'a str> {
    let (own, _) = media_type.split_once(';').unwrap_or((media_type, ""));
    ranges(accept).filter(|range| range.name == own).find_map(|range| range.parameter(parameter))
}

/// A part of an `Accept` header.
struct Range<'a> {
    name: String,
    /// What stands behind the name.
    parameters: &'a str,
    /// The quality, in thousandths.
    weight: i64,
}

impl<'a> Range<'a> {
    fn parameter(&self, name: &str) -> Option<&'a str> {
        let mut pairs = self.parameters.split(';').filter_map(|pair| pair.split_once('='));
        let (_, value) = pairs.find(|(key, _)| key.trim().eq_ignore_ascii_case(name))?;
        Some(value.trim().trim_matches('"'))
    }

    fn version(&self) -> Option<&'a str> {
        self.parameter("version")
    }

    fn profile(&self) -> Option<&'a str> {
        self.parameter("profile")
    }
}

/// The most media types and ranges of an `Accept`: each is compared with each that a response can have.
pub const MOST_RANGES: usize = 100;

fn ranges(accept: &str) -> impl Iterator<Item = Range<'_>> + '_ {
    accept.split(',').take(MOST_RANGES).map(|part| {
        let (name, parameters) = part.split_once(';').unwrap_or((part, ""));
        let mut range = Range { name: name.trim().to_ascii_lowercase(), parameters, weight: 1_000 };
        range.weight = range.parameter("q").map_or(1_000, thousandths);
        range
    })
}

/// The quality, in thousandths, of a media type in an `Accept` header: that of its own name, else of its group, else of the
/// wildcard; 0 when the header has none of them. A media type with a version is not accepted by a caller who wants another;
/// a range with a profile is about what has that profile, and about the rest only where no other range is.
pub fn quality(accept: &str, media_type: &str) -> i64 {
    let (name, parameters) = media_type.split_once(';').unwrap_or((media_type, ""));
    let own_version = parameters.trim().strip_prefix("version=");
    let own_profile = profile_of(media_type);
    let group = format!("{}/*", name.split('/').next().unwrap_or_default());
    let names = [name, group.as_str(), "*/*"];
    ranges(accept)
        .filter(|range| range.version().is_none() || own_version.is_none() || range.version() == own_version)
        .filter_map(|range| {
            let precision = names.iter().position(|one| *one == range.name)?;
            let other_profile = range.profile() != own_profile;
            Some(((precision, other_profile, range.version().is_none()), range.weight))
        })
        .min_by_key(|(precision, _)| *precision)
        .map_or(0, |(_, weight)| weight)
}

/// The profile of a media type (RFC 6906).
fn profile_of(media_type: &str) -> Option<&str> {
    media_type.split_once(";profile=").map(|(_, profile)| profile.trim_matches('"'))
}

/// Whether a caller accepts a media type by its profile.
fn names_profile(accept: &str, media_type: &str) -> bool {
    let profile = profile_of(media_type);
    profile.is_some() && ranges(accept).any(|range| range.profile() == profile && range.weight > 0)
}

/// A quality value (RFC 9110, 12.4.2) in thousandths, as clients write it: without the zero before the point (`.2`, as Java
/// does), or with more decimals than three. What cannot be read counts as 1, as what is above 1 does: a client that names a type
/// wants it.
fn thousandths(text: &str) -> i64 {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let is_number = !(whole.is_empty() && part.is_empty())
        && [whole, part].iter().all(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
    let first: String = part.chars().chain("000".chars()).take(3).collect();
    match first.parse::<i64>() {
        Ok(thousandths) if is_number && whole.bytes().all(|digit| digit == b'0') => thousandths,
        _ => 1_000,
    }
}

#[cfg(test)]
mod tests {
    use super::{choose, prefers_page_of_refusal, quality};

    #[test]
    fn the_most_precise_name_decides() {
        assert_eq!(quality("text/csv, */*;q=0.1", "text/csv"), 1_000);
        assert_eq!(quality("text/csv, */*;q=0.1", "application/json"), 100);
        assert_eq!(quality("application/json;q=0, */*", "application/json"), 0);
        assert_eq!(quality("text/html", "application/json"), 0);
        assert_eq!(quality("application/json;q=2", "application/json"), 1_000);
        assert_eq!(quality("application/json; Q=0.5", "application/json"), 500);
    }

    #[test]
    fn a_weight_is_read_as_clients_write_it() {
        for (weight, right) in [
            (".2", 200),
            ("0.2000", 200),
            ("0.0004", 0),
            ("0.", 0),
            ("0", 0),
            ("00", 0),
            (".0", 0),
            ("1", 1_000),
            ("1.000", 1_000),
            ("1.5", 1_000),
            ("9", 1_000),
            ("abc", 1_000),
            ("", 1_000),
            (".", 1_000),
            ("-1", 1_000),
            ("0.5x", 1_000),
        ] {
            assert_eq!(quality(&format!("*/*; q={weight}"), "application/json"), right, "{weight:?}");
        }
        // Java's HttpURLConnection.
        let java = "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2";
        assert_eq!(choose(Some(java), &[("application/json", 1)]), Some(("application/json", 1)));
    }

    #[test]
    fn a_version_is_the_one_that_is_served_or_is_left_out() {
        let ours = "application/vnd.sdmx.data+csv;version=2.0.0";
        for (accept, weight) in [
            ("application/vnd.sdmx.data+csv;version=2.0.0", 1_000),
            ("application/vnd.sdmx.data+csv; version=\"2.0.0\"; q=0.4", 400),
            ("application/vnd.sdmx.data+csv", 1_000),
            ("application/vnd.sdmx.data+csv;version=1.0.0", 0),
            (
                "application/vnd.sdmx.data+csv;version=1.0.0;q=1, application/vnd.sdmx.data+csv;version=2.0.0;q=0.2",
                200,
            ),
            ("application/json;version=1", 0),
        ] {
            assert_eq!(quality(accept, ours), weight, "{accept}");
        }
        assert_eq!(quality("application/json;version=1", "application/json"), 1_000);
    }

    #[test]
    fn the_first_of_equal_types_is_chosen_and_one_who_accepts_only_errors_gets_the_default() {
        let offers = [("application/zip", 1), ("text/csv", 2)];
        assert_eq!(choose(None, &offers), Some(("application/zip", 1)));
        assert_eq!(choose(Some("*/*"), &offers), Some(("application/zip", 1)));
        assert_eq!(choose(Some("text/*, */*;q=0.1"), &offers), Some(("text/csv", 2)));
        assert_eq!(choose(Some("application/problem+json"), &offers), Some(("application/zip", 1)));
        assert_eq!(choose(Some("text/csv, application/problem+json"), &offers), Some(("text/csv", 2)));
        assert_eq!(choose(Some("application/problem+json;q=0"), &offers), None);
        assert_eq!(choose(Some("text/html"), &offers), None);
        assert_eq!(choose::<u8>(Some("*/*"), &[]), None);
    }

    #[test]
    fn a_profile_is_chosen_by_who_names_it() {
        let package = "application/json;profile=\"https://example.org/standard\"";
        let offers = [("application/json", 1), (package, 2)];
        let chosen = |accept: &str| choose(Some(accept), &offers).map(|(_, chosen)| chosen);
        for (accept, right) in [
            ("application/json", 1),
            (package, 2),
            ("application/json; profile=https://example.org/standard", 2),
            ("application/json;q=0.5, application/json;profile=\"https://example.org/standard\"", 2),
            ("application/json, application/json;profile=\"https://example.org/standard\";q=0.5", 1),
            ("application/json;profile=\"https://example.org/other\"", 1),
            ("*/*", 1),
        ] {
            assert_eq!(chosen(accept), Some(right), "{accept}");
        }
    }

    #[test]
    fn who_accepts_json_or_xml_gets_a_type_that_is_one() {
        let (feed, catalogue) = ([("application/atom+xml", 1)], [("application/ld+json", 2)]);
        for accept in [
            "application/xml",
            "text/xml;q=0.5",
            "application/rss+xml",
            "application/rss+xml;q=0.9, */*;q=0.1",
            "application/rdf+xml, application/x-nothing",
        ] {
            assert!(choose(Some(accept), &feed).is_some(), "{accept}");
        }
        assert!(choose(Some("application/json"), &catalogue).is_some());
        assert!(choose(Some("text/xml"), &[("application/xml", 1)]).is_some());
        for accept in
            ["application/json", "text/html", "application/xml, application/atom+xml;q=0", "text/xml;q=0"]
        {
            assert!(choose(Some(accept), &feed).is_none(), "{accept}");
        }
        assert!(choose(Some("application/xml"), &catalogue).is_none());
        // What is offered by name comes first.
        let both = [("application/ld+json", 1), ("application/json", 2)];
        assert_eq!(choose(Some("application/json"), &both), Some(("application/json", 2)));
    }

    #[test]
    fn a_refusal_is_a_page_for_a_browser_that_does_not_ask_for_json() {
        let browser = Some("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8");
        for (accept, query, is_page) in [
            (browser, "", true),
            (browser, "format=json", false),
            (browser, "format=csv", true),
            (browser, "form%61t=html", true),
            (None, "format=html", true),
            (None, "", false),
            (Some("*/*"), "", false),
            (Some("application/json, text/html;q=0.5"), "", false),
            (Some("text/html"), "limit=2&format=json", false),
        ] {
            assert_eq!(prefers_page_of_refusal(accept, query), is_page, "{accept:?} {query}");
        }
    }
}
