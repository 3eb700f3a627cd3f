//! The metadata of the CSV, as the W3C's "Metadata Vocabulary for Tabular Data" has it.

use serde_json::{Map, Value, json};

use crate::resources::series::cell::Frame;
use crate::resources::series::formats::columns::{Column, columns};

/// What it goes out as.
pub const MEDIA_TYPE: &str = "application/csvm+json";

/// The metadata of the table that this frame's CSV is.
pub fn metadata(frame: &Frame) -> Value {
    let columns = columns(frame);
    let mut about = Map::new();
    about.insert("@context".to_owned(), json!(["http://www.w3.org/ns/csvw", {"@language": "en"}]));
    about.insert("url".to_owned(), json!(as_csv(&frame.address)));
    about.insert("dc:title".to_owned(), json!(frame.title));
    about.insert("dc:description".to_owned(), json!(frame.definition));
    about.insert("dc:identifier".to_owned(), json!(frame.slug));
    if let Some(licence) = &frame.licence {
        let address = licence.starts_with("https://") || licence.starts_with("http://");
        let value = if address { json!({"@id": licence}) } else { json!(licence) };
        about.insert("dc:license".to_owned(), value);
    }
    if !frame.sources.is_empty() {
        about.insert("dc:source".to_owned(), json!(frame.sources));
    }
    if let Some(updated) = frame.updated {
        about.insert("dc:modified".to_owned(), json!({"@value": updated, "@type": "xsd:dateTime"}));
    }
    about.insert("tableSchema".to_owned(), schema(frame, &columns));
    Value::Object(about)
}

fn schema(frame: &Frame, columns: &[Column]) -> Value {
    let dimensions = frame.dimensions.iter().map(|dimension| dimension.code.as_str());
    let mut key: Vec<&str> = dimensions.chain(["FREQ", "TIME_PERIOD"]).collect();
    if frame.history {
        key.push("REVISION");
    }
    let columns: Vec<Value> = columns.iter().map(column).collect();
    json!({"columns": columns, "primaryKey": key})
}

fn column(column: &Column) -> Value {
    let datatype = match column.datatype {
        "boolean" => json!({"base": "boolean", "format": "true|false"}),
        plain => json!(plain),
    };
    json!({
        "name": column.name,
        "titles": column.title,
        "datatype": datatype,
        "required": column.required,
        "null": "",
        "dc:description": column.about,
    })
}

/// The address at which the table is CSV, whatever its reader accepts. `format` stays in its place: readers take the
/// metadata to be of the table that they asked for only where the addresses are the same.
fn as_csv(address: &str) -> String {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let mut query: Vec<&str> = query.split('&').filter(|part| !part.is_empty()).collect();
    match query.iter_mut().find(|part| part.starts_with("format=")) {
        Some(format) => *format = "format=csv",
        None => query.push("format=csv"),
    }
    format!("{path}?{}", query.join("&"))
}
