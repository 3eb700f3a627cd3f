//! The page of a record.

use askama::Template;
use serde_json::{Map, Value};

use super::shown::{Shower, Shown, address_of, is_empty, label};
use crate::http::Call;
use crate::problem::Problem;
use crate::record::kind::KindDef;
use crate::resources;

/// The fields of a record that belong to its envelope.
const ENVELOPE: &[&str] =
    &["id", "kind", "reference", "body", "owner", "self", "state", "version", "published_at"];

#[derive(Template)]
#[template(path = "record.html")]
struct RecordPage {
    kind: String,
    reference: String,
    heading: String,
    fields: Shown,
    /// The labels of the fields without a value.
    unstated: String,
    envelope: Shown,
    ways: Vec<(String, String)>,
    citation: String,
}

/// The title and the main part of a record's page.
pub fn record(call: &Call, kind: &KindDef, fields: &Map<String, Value>) -> Result<(String, String), Problem> {
    let shower = Shower { state: &call.state, kind: Some(kind) };
    let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let reference = text("reference");
    let heading = title_of(kind, text);
    let own = fields
        .iter()
        .filter(|(name, _)| !ENVELOPE.contains(&name.as_str()) && name.as_str() != kind.def.title);
    let (stated, unstated): (Vec<_>, Vec<_>) = own.partition(|(_, value)| !is_empty(value));
    let shown = stated.into_iter().map(|(name, value)| (label(name), shower.value(name, value)));
    let unstated: Vec<String> = unstated.into_iter().map(|(name, _)| name.replace('_', " ")).collect();
    let organisation = |name: &str, of: &str| {
        let text = fields.get(name).and_then(Value::as_str)?;
        let kind = call.state.kind(of)?;
        Some((label(name), Shown::Link { address: address_of(kind, text), words: text.to_owned() }))
    };
    let mut envelope: Vec<(String, Shown)> =
        [organisation("body", crate::record::BODY), organisation("owner", crate::record::ORGANISATION)]
            .into_iter()
            .flatten()
            .collect();
    for name in ["state", "version", "published_at"] {
        if let Some(value) = fields.get(name).filter(|value| !is_empty(value)) {
            envelope.push((label(name), shower.value("", value)));
        }
    }
    let address = text("self");
    let citation = format!(
        "{heading}. {} {reference}, version {}. OnRecord, {}{address}. Retrieved {}.",
        label(kind.def.one),
        fields.get("version").map(Value::to_string).unwrap_or_default(),
        call.state.public_url,
        call.now().day().format("%-d %B %Y"),
    );
    let page = RecordPage {
        kind: label(kind.def.one),
        reference,
        heading: heading.clone(),
        fields: Shown::Fields(shown.collect()),
        unstated: unstated.join(", "),
        envelope: Shown::Fields(envelope),
        // An earlier version is below its record, and nothing is below it.
        ways: if address.matches('/').count() == 3 { ways(kind, &address) } else { vec![] },
        citation,
    };
    Ok((heading, page.render().map_err(Problem::internal)?))
}

/// The title of a record, or its reference where it has none. `text` gives a field of it.
pub fn title_of(kind: &KindDef, text: impl Fn(&str) -> String) -> String {
    Some(text(kind.def.title)).filter(|title| !title.is_empty()).unwrap_or_else(|| text("reference"))
}

/// The other answers about a record: all that its kind has at addresses below the record's own, for those without further
/// parameters in the path.
fn ways(kind: &KindDef, address: &str) -> Vec<(String, String)> {
    let below = format!("/v1/{}/{{id}}/", kind.def.path);
    let own = resources::operations().iter().filter(|operation| operation.has_page());
    let way = |path: &str, summary: &str| {
        let rest = path.strip_prefix(&below)?;
        (!rest.contains('{')).then(|| (format!("{address}/{rest}"), summary.to_owned()))
    };
    own.filter_map(|operation| way(&operation.path, &operation.summary)).collect()
}
