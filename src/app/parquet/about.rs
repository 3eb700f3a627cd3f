//! What a file says of itself: licence, attribution, moment and address.

use parquet::file::metadata::KeyValue;

use crate::clock::Ts;
use crate::http::Call;

/// The key-value metadata of a file. `headers` are those of the answer, `latest` is the latest change that it shows.
pub fn of(call: &Call, headers: &[(&'static str, String)], latest: Option<Ts>) -> Vec<KeyValue> {
    let query = if call.query.is_empty() { String::new() } else { format!("?{}", call.query) };
    let address = format!("{}{}{query}", call.state.public_url, call.raw_path);
    let licence = &call.state.site.licence;
    let header =
        |name: &str| headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone());
    // Not the moment of the request: what is the same for every request of the same data.
    let moment = call.as_of.get().or(latest).map(|moment| moment.to_string());
    let attribution = match header("X-Source") {
        Some(sources) => format!("OnRecord, {address}; sources: {sources}"),
        None => format!("OnRecord, {address}"),
    };
    // Figures are the same for everybody; a list can have what its reader alone may see.
    let for_whom = (call.operation.kind.is_some() && !call.actor.is_public())
        .then(|| "Whoever asked for it: it can have what is not public.".to_owned());
    [
        ("licence", Some(licence.id.clone())),
        ("licence_name", Some(licence.name.clone())),
        ("licence_url", Some(licence.url.clone())),
        ("licences_of_sources", header("X-Licence")),
        ("attribution", Some(attribution)),
        ("as_of", moment),
        ("address", Some(address)),
        ("for_whom", for_whom),
    ]
    .into_iter()
    .filter_map(|(key, value)| Some(KeyValue::new(key.to_owned(), value?)))
    .collect()
}
