//! Strict readers of the formats: they panic at anything unexpected.

use serde_json::Value;

use crate::resources::series::cell::{Cell, Labels, ResponseInfo};

/// A cell as it was read back.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReadCell {
    pub codes: Vec<String>,
    pub frequency: String,
    pub period: String,
    pub value: Option<String>,
    pub status: String,
    pub complete: bool,
    pub revised: bool,
    pub withdrawn: bool,
    pub deleted: bool,
}

/// The cell as a reader must return it.
pub fn expected_cell(info: &ResponseInfo, cell: &Cell) -> ReadCell {
    let codes = info.dimensions.iter().zip(&cell.series.codes);
    ReadCell {
        codes: codes.map(|(dimension, place)| dimension.codes[*place].code.clone()).collect(),
        frequency: cell.series.frequency.code().to_owned(),
        period: cell.period.text(cell.series.frequency),
        value: cell.value.map(|value| value.to_string()),
        // A deleted cell has no status.
        status: if cell.deleted {
            "/".to_owned()
        } else {
            format!("{}/{}", cell.obs.code(), cell.conf.code())
        },
        complete: !cell.deleted && cell.complete,
        revised: cell.revision > 1,
        withdrawn: cell.release.withdrawn.is_some(),
        deleted: cell.deleted,
    }
}

/// The observations of an answer in JSON, each with what it has from its series and from the usual values.
pub fn whole_observations(answer: &Value) -> Vec<Value> {
    let mut all = vec![];
    for series in answer["data"].as_array().unwrap() {
        let mut shared = answer["usual"].as_object().unwrap().clone();
        shared.extend(series.as_object().unwrap().clone());
        let Some(Value::Array(observations)) = shared.remove("observations") else { panic!("{series}") };
        for own in observations {
            let mut whole = shared.clone();
            whole.extend(own.as_object().unwrap().clone());
            all.push(Value::Object(whole));
        }
    }
    all
}

pub fn read_json(info: &ResponseInfo, text: &str) -> Vec<ReadCell> {
    let answer: Value = serde_json::from_str(text).unwrap();
    let read = |cell: &Value| {
        let text = |name: &str| cell[name].as_str().unwrap().to_owned();
        let deleted = cell["deleted"].as_bool().unwrap();
        let status = format!("{}/{}", text("OBS_STATUS"), text("CONF_STATUS"));
        ReadCell {
            codes: info.dimensions.iter().map(|dimension| text(&dimension.code)).collect(),
            frequency: text("FREQ"),
            period: text("TIME_PERIOD"),
            value: Some(&cell["value"])
                .filter(|value| !value.is_null())
                .map(|value| value.as_str().unwrap().to_owned()),
            status: if deleted { "/".to_owned() } else { status },
            complete: !deleted && cell["complete"].as_bool().unwrap(),
            revised: cell["revised"].as_bool().unwrap(),
            withdrawn: !cell["not_published"].is_null(),
            deleted,
        }
    };
    whole_observations(&answer).iter().map(read).collect()
}

/// The rows by the titles of their columns.
pub fn csv_rows(text: &str) -> (Vec<String>, Vec<Vec<String>>) {
    let mut reader = csv::ReaderBuilder::new().flexible(false).from_reader(text.as_bytes());
    let plain = |record: &csv::StringRecord| record.iter().map(str::to_owned).collect();
    let header = plain(reader.headers().unwrap());
    (header, reader.records().map(|record| plain(&record.unwrap())).collect())
}

pub fn read_csv(info: &ResponseInfo, text: &str, labels: Labels) -> Vec<ReadCell> {
    let (header, rows) = csv_rows(text);
    let column = |id: &str| {
        let titled = |title: &String| {
            title == id
                || (labels == Labels::Both && title.split_once(": ").is_some_and(|(own, _)| own == id))
        };
        header.iter().position(titled).unwrap_or_else(|| panic!("no column {id} in {header:?}"))
    };
    let flag = |cell: &str| match cell {
        "true" => true,
        "false" | "" => false,
        other => panic!("{other} is no boolean"),
    };
    let read = |row: &Vec<String>| {
        let text = |id: &str| row[column(id)].clone();
        let code = |id: &str| {
            let cell = text(id);
            match (labels, cell.split_once(": ")) {
                (Labels::Both, Some((code, _))) => code.to_owned(),
                _ => cell,
            }
        };
        ReadCell {
            codes: info.dimensions.iter().map(|dimension| code(&dimension.code)).collect(),
            frequency: code("FREQ"),
            period: text("TIME_PERIOD"),
            value: Some(text("OBS_VALUE")).filter(|value| !value.is_empty()),
            status: format!("{}/{}", code("OBS_STATUS"), code("CONF_STATUS")),
            complete: flag(&text("COMPLETE")),
            revised: flag(&text("REVISED")),
            withdrawn: !text("WITHDRAWN").is_empty(),
            deleted: text("ACTION") == "D",
        }
    };
    rows.iter().map(read).collect()
}

/// Reads numbers as their digits, which `Value` would not preserve.
fn digits(text: &str) -> Vec<(usize, Option<String>)> {
    let from = text.find("\"value\":{").unwrap() + 9;
    let object = &text[from..from + text[from..].find('}').unwrap()];
    let read = |pair: &str| {
        let (place, number) = pair.split_once(':').unwrap();
        let place = place.trim_matches('"').parse().unwrap();
        (place, Some(number.to_owned()).filter(|number| number != "null"))
    };
    object.split(',').filter(|pair| !pair.is_empty()).map(read).collect()
}

pub fn read_json_stat(info: &ResponseInfo, text: &str) -> Vec<ReadCell> {
    let cube: Value = serde_json::from_str(text).unwrap();
    let texts = |list: &Value| -> Vec<String> {
        list.as_array().unwrap().iter().map(|item| item.as_str().unwrap().to_owned()).collect()
    };
    let ids = texts(&cube["id"]);
    let categories: Vec<Vec<String>> =
        ids.iter().map(|id| texts(&cube["dimension"][id]["category"]["index"])).collect();
    let sizes: Vec<usize> = categories.iter().map(Vec::len).collect();
    assert_eq!(cube["size"], serde_json::json!(sizes));
    let among = |list: &str, place: usize| {
        cube["extension"][list].as_array().unwrap().contains(&serde_json::json!(place))
    };
    let read = |(place, value): (usize, Option<String>)| {
        let mut rest = place;
        let mut codes = vec![String::new(); ids.len()];
        for n in (0..ids.len()).rev() {
            codes[n] = categories[n][rest % sizes[n]].clone();
            rest /= sizes[n];
        }
        assert_eq!((rest, codes[0].as_str()), (0, info.slug.as_str()));
        let status = match cube["status"].get(place.to_string()).map(|status| status.as_str().unwrap()) {
            None => "A/F".to_owned(),
            Some(both) if both.contains('/') => both.to_owned(),
            Some(obs) => format!("{obs}/F"),
        };
        ReadCell {
            codes: codes[1..ids.len() - 2].to_vec(),
            frequency: codes[ids.len() - 2].clone(),
            period: codes[ids.len() - 1].clone(),
            value,
            status,
            complete: !among("incomplete", place),
            revised: among("revised", place),
            withdrawn: among("not_published", place),
            deleted: false,
        }
    };
    digits(text).into_iter().map(read).collect()
}
