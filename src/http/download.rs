//! The name under which a response is saved.

use chrono::NaiveDate;

use super::accept::{PARQUET, SDMX_CSV, WORKBOOK};
use super::params::decode;
use crate::sheet::XLSX;

/// The media type of an archive.
pub const ZIP: &str = "application/zip";
/// The media type of pictures in pixels.
pub const PNG: &str = "image/png";
/// The media type of Parquet.
pub const PARQUET_TYPE: &str = "application/vnd.apache.parquet";
/// The media type of linked data, of a catalogue.
pub const JSON_LD: &str = "application/ld+json";

/// The longest name, without its day and its ending.
const LONGEST: usize = 100;

/// What a name is made from.
#[derive(Clone, Copy)]
pub struct Named<'a> {
    /// The path of the request.
    pub path: &'a str,
    /// Its query.
    pub query: &'a str,
    /// The media type of the response.
    pub content_type: &'a str,
    /// The one policing body that the response is about, if it is one.
    pub body: Option<&'a str>,
    /// The day that it shows.
    pub day: NaiveDate,
}

/// The `Content-Disposition` of a response: a name with the body, the kind, the day and an ending. None for what programs
/// read in place. JSON is shown where a browser requests it.
pub fn disposition(named: Named<'_>) -> Option<String> {
    let format = parameter(named.query, "format");
    let (ending, how) = match named.content_type.split(';').next().unwrap_or_default().trim() {
        "text/csv" | SDMX_CSV => ("csv", "attachment"),
        ZIP => ("zip", "attachment"),
        XLSX => ("xlsx", "attachment"),
        PARQUET_TYPE => ("parquet", "attachment"),
        JSON_LD => ("jsonld", "attachment"),
        "image/svg+xml" => ("svg", "inline"),
        PNG => ("png", "inline"),
        "application/csvm+json" => ("csvm.json", "inline"),
        "application/json" if format.is_some_and(|format| format != "json") => ("json", "inline"),
        _ => return None,
    };
    Some(format!("{how}; filename=\"{}-{}.{ending}\"", name(named), named.day))
}

/// The body, or whose record it is otherwise; then what the address names: its segments, and the format and the indicator that its query names.
fn name(named: Named<'_>) -> String {
    let segments = named.path.split('/').filter(|segment| !segment.is_empty() && *segment != "v1");
    let mut parts: Vec<String> = segments.map(|segment| decode(segment).unwrap_or_default()).collect();
    if let Some(last) = parts.last_mut()
        && let Some((stem, "zip" | "jsonld" | "csv" | "svg" | "png")) = last.rsplit_once('.')
    {
        *last = stem.to_owned();
    }
    // The names of the format are in the ending already.
    let format = parameter(named.query, "format")
        .filter(|format| !["csv", "json", WORKBOOK, PARQUET].contains(&format.as_str()));
    parts.extend(format.map(|format| format.trim_end_matches("-csv").to_owned()));
    parts.extend(parameter(named.query, "indicator"));
    // Reference data belongs to no body.
    parts.insert(0, named.body.unwrap_or("onrecord").to_owned());
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
    let name: String =
        parts.join("-").chars().map(|letter| if plain(letter) { letter } else { '_' }).collect();
    name.get(..LONGEST).unwrap_or(&name).to_owned()
}

fn parameter(query: &str, name: &str) -> Option<String> {
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.find(|(known, _)| decode(known).as_deref() == Some(name)).and_then(|(_, value)| decode(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_the_body_the_kind_the_day_and_an_ending() {
        let of = |path, query, content_type, body| {
            let day = NaiveDate::from_ymd_opt(2026, 11, 1).unwrap();
            disposition(Named { path, query, content_type, body, day })
        };
        let csv = "text/csv; charset=utf-8";
        for (path, query, content_type, body, expected) in [
            (
                "/v1/themes",
                "format=csv",
                csv,
                None,
                "attachment; filename=\"onrecord-themes-2026-11-01.csv\"",
            ),
            (
                "/v1/plans",
                "format=xlsx",
                XLSX,
                Some("kent-pcc"),
                "attachment; filename=\"kent-pcc-plans-2026-11-01.xlsx\"",
            ),
            (
                "/v1/plans",
                "format=csv",
                csv,
                Some("kent-pcc"),
                "attachment; filename=\"kent-pcc-plans-2026-11-01.csv\"",
            ),
            (
                "/v1/observations",
                "indicator=recorded-crime&format=parquet",
                PARQUET_TYPE,
                Some("kent-pcc"),
                "attachment; filename=\"kent-pcc-observations-recorded-crime-2026-11-01.parquet\"",
            ),
            (
                "/v1/export.zip",
                "",
                "application/zip",
                None,
                "attachment; filename=\"onrecord-export-2026-11-01.zip\"",
            ),
            (
                "/catalogue.jsonld",
                "",
                "application/ld+json",
                None,
                "attachment; filename=\"onrecord-catalogue-2026-11-01.jsonld\"",
            ),
            (
                "/v1/grants",
                "limit=5&%66ormat=360giving-csv",
                csv,
                None,
                "attachment; filename=\"onrecord-grants-360giving-2026-11-01.csv\"",
            ),
            (
                "/v1/grants",
                "format=360giving",
                "application/json",
                None,
                "inline; filename=\"onrecord-grants-360giving-2026-11-01.json\"",
            ),
            (
                "/v1/plans/kent-pcc%3APLAN-2013/versions",
                "format=csv",
                csv,
                None,
                "attachment; filename=\"onrecord-plans-kent-pcc_PLAN-2013-versions-2026-11-01.csv\"",
            ),
            (
                "/v1/observations",
                "indicator=recorded-crime&format=csv",
                csv,
                Some("kent-pcc"),
                "attachment; filename=\"kent-pcc-observations-recorded-crime-2026-11-01.csv\"",
            ),
            (
                "/v1/series/burglary.E23000018.P1Y/chart.svg",
                "kind=spc",
                "image/svg+xml",
                Some("kent-pcc"),
                "inline; filename=\"kent-pcc-series-burglary.E23000018.P1Y-chart-2026-11-01.svg\"",
            ),
            ("/v1/%22%0d%0aX%3A", "", csv, None, "attachment; filename=\"onrecord-___X_-2026-11-01.csv\""),
        ] {
            assert_eq!(of(path, query, content_type, body).as_deref(), Some(expected));
        }
        assert_eq!(of("/v1/plans", "", "application/json", None), None);
        assert_eq!(of("/v1/plans", "format=json", "application/json", None), None);
        assert_eq!(of("/docs/", "", "text/html", None), None);
    }
}
