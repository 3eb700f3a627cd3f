//! The metadata of the CSV, in W3C's "Metadata Vocabulary for Tabular Data" (CSVW).

use serde_json::{Map, Value, json};

use crate::resources::series::cell::ResponseInfo;
use crate::resources::series::formats::columns::{Column, columns};

/// The media type of the metadata.
pub const MEDIA_TYPE: &str = "application/csvm+json";

/// The metadata of the CSV of a response.
pub fn metadata(info: &ResponseInfo) -> Value {
    let columns = columns(info);
    let mut about = Map::new();
    about.insert("@context".to_owned(), json!(["http://www.w3.org/ns/csvw", {"@language": "en"}]));
    about.insert("url".to_owned(), json!(csv_url(&info.url)));
    about.insert("dc:title".to_owned(), json!(info.title));
    about.insert("dc:description".to_owned(), json!(info.definition));
    about.insert("dc:identifier".to_owned(), json!(info.slug));
    if let Some(licence) = &info.licence {
        let is_url = licence.starts_with("https://") || licence.starts_with("http://");
        let value = if is_url { json!({"@id": licence}) } else { json!(licence) };
        about.insert("dc:license".to_owned(), value);
    }
    if !info.sources.is_empty() {
        about.insert("dc:source".to_owned(), json!(info.sources));
    }
    if let Some(updated) = info.updated {
        about.insert("dc:modified".to_owned(), json!({"@value": updated, "@type": "xsd:dateTime"}));
    }
    about.insert("tableSchema".to_owned(), schema(info, &columns));
    Value::Object(about)
}

fn schema(info: &ResponseInfo, columns: &[Column]) -> Value {
    let dimensions = info.dimensions.iter().map(|dimension| dimension.code.as_str());
    let mut key: Vec<&str> = dimensions.chain(["FREQ", "TIME_PERIOD"]).collect();
    if info.history {
        key.push("REVISION");
    }
    let columns: Vec<Value> = columns.iter().map(column).collect();
    json!({"columns": columns, "primaryKey": key})
}

fn column(column: &Column) -> Value {
    let datatype = match column.datatype {
        "boolean" => json!({"base": "boolean", "format": "true|false"}),
        other => json!(other),
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

/// The URL of the CSV, whatever the reader's `Accept`. `format` keeps its position in the query: readers use the metadata only
/// if its `url` is the URL of their table.
fn csv_url(url: &str) -> String {
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let mut query: Vec<&str> = query.split('&').filter(|part| !part.is_empty()).collect();
    match query.iter_mut().find(|part| part.starts_with("format=")) {
        Some(format) => *format = "format=csv",
        None => query.push("format=csv"),
    }
    format!("{path}?{}", query.join("&"))
}
