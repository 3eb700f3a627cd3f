//! A small response with all difficult cases.

use std::sync::Arc;

use crate::clock::{Id, Ts};
use crate::http::csv::Audience;
use crate::resources::series::cell::{
    Cell, CodeName, DimensionInfo, Labels, ReleaseInfo, ResponseInfo, SeriesInfo,
};
use crate::stats::calendar::Coverage;
use crate::stats::decimal::Scaled;
use crate::stats::period::{Frequency, Period};
use crate::stats::status::{ConfStatus, ObsStatus};

pub fn moment(text: &str) -> Ts {
    Ts::parse(text).unwrap()
}

fn id(n: u8) -> Id {
    Id::parse(&format!("0190d3c4-0000-7000-8000-0000000000{n:02}")).unwrap()
}

fn dimension(code: &str, name: &str, codes: &[(&str, &str)]) -> DimensionInfo {
    let one = |(code, name): &(&str, &str)| CodeName { code: (*code).to_owned(), name: (*name).to_owned() };
    DimensionInfo { code: code.to_owned(), name: name.to_owned(), codes: codes.iter().map(one).collect() }
}

/// Names with commas, quotes, line ends and what a spreadsheet would run.
pub fn response_info() -> ResponseInfo {
    ResponseInfo {
        indicator: id(1),
        slug: "positive-outcomes".to_owned(),
        definition_version: 3,
        audience: Audience::Program,
        title: "Positive outcomes, \"all\" offences".to_owned(),
        definition: "The share of offences\nwith a positive outcome.".to_owned(),
        unit: "PERCENT".to_owned(),
        decimals: 1,
        dimensions: vec![
            dimension(
                "AREA",
                "Area",
                &[("E23000018", "Derbyshire, \"the\" county"), ("E23000037", "Leicestershire")],
            ),
            dimension("OFFENCE", "Frequency", &[("-1", "=1+1\nline: two"), ("burglary_2", "")]),
        ],
        licence: Some("OGL-UK-3.0".to_owned()),
        sources: vec!["SRC-1".to_owned(), "SRC-2".to_owned()],
        as_of: None,
        history: false,
        labels: Labels::Code,
        url: "https://record.example/v1/observations?indicator=positive-outcomes&format=csv".to_owned(),
        updated: Some(moment("2024-01-25T09:30:00Z")),
    }
}

fn release(n: u8, withdrawn: Option<&str>) -> Arc<ReleaseInfo> {
    Arc::new(ReleaseInfo {
        number: n.into(),
        reference: format!("derbyshire-pcc:REL-{n}"),
        withdrawn: withdrawn.map(moment),
    })
}

/// When the observations of a release became public.
fn published(release: &ReleaseInfo) -> Ts {
    moment(match release.reference.as_str() {
        "derbyshire-pcc:REL-1" => "2023-07-20T08:30:00Z",
        "derbyshire-pcc:REL-2" => "2024-01-25T09:30:00Z",
        _ => "2024-02-01T09:30:00Z",
    })
}

fn one_series(number: i64, codes: [usize; 2], frequency: Frequency) -> Arc<SeriesInfo> {
    let info = response_info();
    let named = |n: usize| info.dimensions[n].codes[codes[n]].code.clone();
    let key = format!("{}.{}.{}.{}", info.slug, named(0), named(1), frequency.code());
    let coverage = Coverage::default();
    Arc::new(SeriesInfo { number, key, codes: codes.to_vec(), frequency, coverage })
}

fn cell(
    series: &Arc<SeriesInfo>,
    release: &Arc<ReleaseInfo>,
    period: &str,
    value: Option<&str>,
    codes: &str,
) -> Cell {
    let (obs, conf) = codes.split_once('/').unwrap_or((codes, "F"));
    Cell {
        series: series.clone(),
        period: Period::parse(period).unwrap(),
        value: value.map(|value| Scaled::parse(value).unwrap()),
        numerator: None,
        denominator: None,
        obs: ObsStatus::parse(obs).unwrap(),
        conf: ConfStatus::parse(conf).unwrap(),
        complete: true,
        revision: 1,
        deleted: false,
        release: release.clone(),
        valid_from: published(release),
        valid_to: None,
        reason: None,
        note: None,
    }
}

/// The cells, in order.
pub fn cells() -> Vec<Cell> {
    let years = one_series(1, [0, 0], Frequency::Yearly);
    let quarters = one_series(2, [0, 1], Frequency::Quarterly);
    let days = one_series(3, [1, 0], Frequency::Irregular);
    let rolling = one_series(4, [1, 1], Frequency::YearByQuarter);
    let first = release(1, None);
    let second = release(2, None);
    let third = release(3, Some("2024-03-01T09:30:00.500Z"));
    let of = |numerator: &str, denominator: &str, cell: Cell| Cell {
        numerator: Some(Scaled::parse(numerator).unwrap()),
        denominator: Some(Scaled::parse(denominator).unwrap()),
        ..cell
    };
    vec![
        cell(&years, &first, "2022-04-01/P1Y", Some("51687"), "A"),
        Cell {
            revision: 2,
            valid_to: Some(moment("2024-03-01T09:30:00.500Z")),
            reason: Some("=SUM(A1), said \"twice\"\nand no more".to_owned()),
            ..cell(&years, &second, "2023-04-01/P1Y", Some("-3.25"), "P")
        },
        of("199.5", "1000000000000", cell(&quarters, &first, "2023-Q1", Some("0.000001"), "B")),
        cell(&quarters, &first, "2023-Q2", None, "M"),
        cell(&quarters, &first, "2023-Q3", None, "Q/A"),
        Cell { complete: false, ..cell(&quarters, &first, "2023-Q4", None, "Q/D") },
        cell(&quarters, &third, "2024-Q1", None, "O"),
        cell(&days, &first, "2012-12-11", Some("0"), "E"),
        Cell { note: Some("'+44".to_owned()), ..cell(&days, &first, "2013-02-20/P12D", Some("12"), "A/N") },
        cell(&days, &first, "2023-04-01/P3M", Some("7"), "U"),
        cell(&rolling, &first, "2021-01-01/P1Y", Some("999999999999.999999"), "A"),
        Cell { revision: 3, deleted: true, ..cell(&rolling, &second, "2022-04-01/P1Y", None, "O") },
    ]
}

/// The series of the cells.
pub fn series(cells: &[Cell]) -> Vec<Arc<SeriesInfo>> {
    let mut all: Vec<Arc<SeriesInfo>> = cells.iter().map(|cell| cell.series.clone()).collect();
    all.dedup_by_key(|one| one.number);
    all
}

/// The periods of the cells, in order.
pub fn periods(cells: &[Cell]) -> Vec<Period> {
    let mut all: Vec<Period> = cells.iter().map(|cell| cell.period).collect();
    all.sort_unstable();
    all.dedup();
    all
}
