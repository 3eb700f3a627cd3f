//! The metadata of the CSV.

use super::*;

#[test]
fn the_metadata_names_exactly_the_columns_of_the_csv() {
    for labels in [Labels::Code, Labels::Name, Labels::Both] {
        let mut reader = csv::Reader::from_reader(std::io::Cursor::new(written_as(Format::Csv, labels)));
        let header: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
        let about = metadata(&ResponseInfo { labels, ..response_info() });
        let columns = about["tableSchema"]["columns"].as_array().unwrap();
        let titles: Vec<&str> = columns.iter().map(|column| column["titles"].as_str().unwrap()).collect();
        assert_eq!(titles, header);
        let names: Vec<&str> = columns.iter().map(|column| column["name"].as_str().unwrap()).collect();
        let mut distinct = names.clone();
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!(distinct.len(), names.len());
        for part in about["tableSchema"]["primaryKey"].as_array().unwrap() {
            assert!(names.contains(&part.as_str().unwrap()));
        }
    }
}

#[test]
fn required_cells_are_filled_and_cells_have_their_datatype() {
    for labels in [Labels::Code, Labels::Name, Labels::Both] {
        let about = metadata(&ResponseInfo { labels, ..response_info() });
        let (_, rows) = csv_rows(&written_as(Format::Csv, labels));
        for (n, column) in about["tableSchema"]["columns"].as_array().unwrap().iter().enumerate() {
            let base = column["datatype"]["base"].as_str().or(column["datatype"].as_str()).unwrap();
            for cell in rows.iter().map(|row| &row[n]) {
                if cell.is_empty() {
                    assert_eq!(column["required"], false, "{column}");
                    continue;
                }
                let right = match base {
                    "string" => true,
                    "boolean" => ["true", "false"].contains(&cell.as_str()),
                    "integer" => cell.parse::<i64>().is_ok(),
                    "decimal" => crate::stats::decimal::Scaled::parse(cell).is_ok(),
                    "dateTime" => crate::clock::Ts::parse(cell).is_some(),
                    other => panic!("{other} is not tested"),
                };
                assert!(right, "{cell} is no {base}");
            }
        }
    }
}

#[test]
fn it_has_the_url_of_the_csv_the_licence_and_the_sources() {
    let about = metadata(&response_info());
    assert_eq!(about["url"], "https://record.example/v1/observations?indicator=positive-outcomes&format=csv");
    assert_eq!(about["dc:license"], "OGL-UK-3.0");
    assert_eq!(about["dc:source"], json!(["SRC-1", "SRC-2"]));
    assert_eq!(about["tableSchema"]["primaryKey"], json!(["AREA", "OFFENCE", "FREQ", "TIME_PERIOD"]));
    let other = ResponseInfo {
        url: "https://record.example/v1/series/x/observations".to_owned(),
        licence: Some("https://licences.example/1".to_owned()),
        history: true,
        ..response_info()
    };
    let about = metadata(&other);
    assert_eq!(about["url"], "https://record.example/v1/series/x/observations?format=csv");
    for format in ["csv", "csvw"] {
        let url = format!("https://record.example/v1/observations?format={format}&indicator=x");
        let about = metadata(&ResponseInfo { url, ..response_info() });
        assert_eq!(about["url"], "https://record.example/v1/observations?format=csv&indicator=x");
    }
    assert_eq!(about["dc:license"], json!({"@id": "https://licences.example/1"}));
    assert_eq!(about["tableSchema"]["primaryKey"][4], "REVISION");
}
