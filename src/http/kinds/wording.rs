//! What the operations of all kinds say in the same way.

use crate::http::operation::ExampleCall;
use crate::record::kind::KindDef;

/// The parameter in the path of a record.
pub const ID: (&str, &str) = (
    "id",
    "The record: its id, or its reference (`body:REFERENCE` where it belongs to a body, such as `derbyshire-pcc:OBJ-3`).",
);

/// A request about the demo's record that the document shows.
pub fn shown(kind: &KindDef, rest: &str) -> Option<ExampleCall> {
    let id = kind.def.shown;
    (!id.is_empty()).then(|| ExampleCall { path: format!("/v1/{}/{id}{rest}", kind.def.path) })
}

/// The article of a noun.
pub fn article(noun: &str) -> &'static str {
    if noun.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" }
}
