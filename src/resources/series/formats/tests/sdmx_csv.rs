//! What only SDMX-CSV has.

use super::*;
use crate::http::csv::Audience;

const HEADER: &str = "STRUCTURE,STRUCTURE_ID,ACTION,AREA,OFFENCE,FREQ,TIME_PERIOD,OBS_VALUE,NUMERATOR,DENOMINATOR,UNIT_MEASURE,DECIMALS,OBS_STATUS,CONF_STATUS,SHORTHAND,COMPLETE,PERIOD_WORDS,LABEL,REVISED,REVISION,RELEASE,WITHDRAWN,VALID_FROM,VALID_TO,REASON,NOTE\n";

#[test]
fn columns_are_sdmx_s_and_rows_begin_with_the_structure() {
    let csv = written_as(Format::Csv, Labels::Code);
    let rest = csv.strip_prefix(HEADER).unwrap();
    assert!(rest.starts_with(
        "dataflow,ONRECORD:positive-outcomes(3.0.0),I,E23000018,-1,P1Y,2022-04-01/P1Y,51687,,,PERCENT,1,A,F,,true,Apr 2022 to Mar 2023,2022/23,false,1,derbyshire-pcc:REL-1,,2023-07-20T08:30:00Z,,,\n"
    ), "{rest}");
}

#[test]
fn texts_are_as_they_are_and_guarded_for_a_spreadsheet_and_numbers_are_numbers_for_both() {
    let csv = written_as(Format::Csv, Labels::Code);
    assert!(csv.contains(",-3.25,,,PERCENT,1,P,F,[p] [r],"), "a negative number stays one");
    assert!(csv.contains(",\"=SUM(A1), said \"\"twice\"\"\nand no more\","));
    assert!(csv.contains(",'+44\n"));
    let info = ResponseInfo { audience: Audience::Spreadsheet, ..response_info() };
    let csv = written(Format::Csv, &info, &cells(), &End::default());
    assert!(csv.starts_with("\u{feff}STRUCTURE_ID,STRUCTURE_NAME,STRUCTURE,ACTION,AREA,OFFENCE,FREQ,TIME_PERIOD,period_start,period_end,OBS_VALUE,"));
    assert!(csv.contains(",P1Y,2022-04-01/P1Y,2022-04-01,2023-03-31,"), "a period has its days beside it");
    assert!(csv.contains(",-3.25,,,PERCENT,1,P,F,[p] [r],"), "a negative number stays one");
    assert!(csv.contains(",\"'=SUM(A1), said \"\"twice\"\"\nand no more\","));
    assert!(csv.contains(",''+44\r\n"), "so that taking one apostrophe off is always right");
    let named = ResponseInfo { labels: Labels::Name, ..info };
    let named = written(Format::Csv, &named, &cells(), &End::default());
    assert!(named.contains(",-1,\"'=1+1\nline: two\","));
}

#[test]
fn a_row_that_deletes_a_cell_has_its_key_and_no_measure_or_attribute() {
    for labels in [Labels::Code, Labels::Name, Labels::Both] {
        let (header, rows) = csv_rows(&written_as(Format::Csv, labels));
        let action = header.iter().position(|title| title == "ACTION").unwrap();
        let row = rows.iter().find(|row| row[action] == "D").unwrap();
        let id = |title: &String| title.split(": ").next().unwrap_or_default().to_owned();
        for (title, cell) in header.iter().zip(row) {
            let id = id(title);
            let empty = [
                "OBS_VALUE",
                "NUMERATOR",
                "DENOMINATOR",
                "UNIT_MEASURE",
                "DECIMALS",
                "OBS_STATUS",
                "CONF_STATUS",
                "Observation value",
                "Observation status",
                "Confidentiality status",
                "SHORTHAND",
                "COMPLETE",
            ];
            assert_eq!(
                cell.is_empty(),
                empty.contains(&id.as_str()) || OPTIONAL.contains(&id.as_str()),
                "{title}: {cell}"
            );
        }
    }
}

/// The columns that may be empty in any row, and are in the row that deletes a cell.
const OPTIONAL: &[&str] = &[
    "LABEL",
    "WITHDRAWN",
    "VALID_TO",
    "REASON",
    "NOTE",
    "Numerator",
    "Denominator",
    "Unit of measure",
    "Decimals",
    "Frequency",
];

#[test]
fn labels_are_those_of_sdmx_csv() {
    let (header, rows) = csv_rows(&written_as(Format::Csv, Labels::Both));
    assert_eq!(
        header[..7],
        [
            "STRUCTURE",
            "STRUCTURE_ID",
            "ACTION",
            "AREA: Area",
            "OFFENCE: Frequency",
            "FREQ: Frequency",
            "TIME_PERIOD: Time period"
        ]
    );
    assert_eq!(rows[0][1], "ONRECORD:positive-outcomes(3.0.0): Positive outcomes, \"all\" offences");
    assert_eq!(rows[0][3], "E23000018: Derbyshire, \"the\" county");
    assert_eq!(rows[0][6], "2022-04-01/P1Y", "a period has no code");
    assert!(rows[0].contains(&"A: normal value".to_owned()));

    let (header, rows) = csv_rows(&written_as(Format::Csv, Labels::Name));
    assert_eq!(
        header[..12],
        [
            "STRUCTURE",
            "STRUCTURE_ID",
            "STRUCTURE_NAME",
            "ACTION",
            "AREA",
            "Area",
            "OFFENCE",
            "Frequency",
            "FREQ",
            "Frequency (FREQ)",
            "TIME_PERIOD",
            "Time period",
        ]
    );
    assert_eq!(rows[0][4..6], ["E23000018", "Derbyshire, \"the\" county"]);
    let mut distinct = header.clone();
    distinct.sort();
    distinct.dedup();
    assert_eq!(distinct.len(), header.len());
}

#[test]
fn only_a_history_has_the_end_of_validity() {
    let end = "2024-01-25T09:30:00Z,2024-03-01T09:30:00.500Z,";
    assert!(!written_as(Format::Csv, Labels::Code).contains(end));
    let history = ResponseInfo { history: true, ..response_info() };
    assert!(written(Format::Csv, &history, &cells(), &End::default()).contains(end));
}
