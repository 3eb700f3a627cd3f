//! The OpenAPI 3.1 document, written from the table of operations: what is routed is what is documented.
//!
//! Its examples are answers that the demo gave: the generator loads the demo into a scratch database, with a
//! clock that does not move, and asks it. Those of changes come from a [`story`] that it plays there.

pub mod columns;
mod components;
mod examples;
mod headers;
mod operations;
mod schemas;
mod shared;
pub mod story;

use serde_json::{Value, json};
use utoipa::openapi::extensions::ExtensionsBuilder;
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{
    ContactBuilder, InfoBuilder, OpenApiBuilder, OpenApiVersion, SecurityRequirement, ServerBuilder, Tag,
};

pub use self::examples::Examples;

use crate::config::Licence;
use crate::http::operation::Operation;
use crate::record::kind::KindDef;
use crate::resources::{GROUPS, document_licence};

/// The document; without examples of answers where none are given.
pub fn generate(
    table: &'static [Operation],
    kinds: &[&'static KindDef],
    examples: Option<&Examples<'_>>,
) -> Result<Value, String> {
    let mut paths = operations::paths(table, examples)?;
    let mut components = components::components(kinds)?;
    shared::share(&mut paths, &mut components)?;
    let info = InfoBuilder::new()
        .title("OnRecord")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(DESCRIPTION))
        .contact(Some(ContactBuilder::new().name(Some("The maintainers of OnRecord")).build()))
        .build();
    let server = ServerBuilder::new()
        .url("/")
        .description(Some("This server, production or local."))
        .extensions(Some(ExtensionsBuilder::new().add("x-internal", json!(false)).build()))
        .build();
    // What the public may call. The key is last: a client that has a token sends the token.
    let scheme = |name: &str| SecurityRequirement::new(name, Vec::<String>::new());
    let security = std::iter::once(SecurityRequirement::default())
        .chain(operations::TOKEN_SCHEMES.iter().map(|name| scheme(name)))
        .chain([scheme("apiKey")]);
    let document = OpenApiBuilder::new()
        .openapi(OpenApiVersion::Version31)
        .info(info)
        .servers(Some([server]))
        .paths(paths)
        .components(Some(components))
        .security(Some(security))
        .tags(Some(tags(kinds)))
        .build();
    let mut document = serde_json::to_value(document).map_err(|error| error.to_string())?;
    // utoipa's builder of `info` has no summary, and it writes of each parameter that it is not required, which is so
    // of any that does not say otherwise.
    document["info"]["summary"] = json!("The open accountability record of a policing body");
    // The licence of what the API returns, which an office can set. That of the program is another thing.
    document["info"]["license"] = document_licence(&Licence::default());
    document["info"]["x-software-license"] = json!(env!("CARGO_PKG_LICENSE"));
    schemas::untype_any(&mut document["components"]["schemas"]);
    let parameters = document["components"]["parameters"].as_object_mut();
    for parameter in parameters.into_iter().flat_map(|all| all.values_mut()).filter_map(Value::as_object_mut)
    {
        if parameter.get("required") == Some(&json!(false)) {
            parameter.shift_remove("required");
        }
    }
    headers::require_headers(&mut document);
    Ok(document)
}

const DESCRIPTION: &str = "Plans, priorities, objectives and actions of a Police and Crime Commissioner (later a mayor or a board), each with its source, its versions and what it is linked with. The public reads what is published without a credential; partner agencies and the office use an access token from `POST /oauth/token`. Within v1 fields may be added, never removed or retyped. A browser (`Accept: text/html`) gets records, lists, what is about a record, the change feed, the search and their problems as pages (HTML). What the office publishes is available under the licence of the record (`info.license`, `Link` with `rel=\"license\"`); text that it takes from elsewhere keeps the licence of its source, which each record names.";

/// What readers come for first, then what it rests on.
fn tags(kinds: &[&'static KindDef]) -> Vec<Tag> {
    let mut kinds = kinds.to_vec();
    kinds.sort_by_key(|kind| !kind.def.workflow);
    let kinds = kinds.into_iter().map(|kind| (kind.def.path, kind.def.about));
    kinds
        .chain(GROUPS.iter().copied())
        .map(|(name, about)| TagBuilder::new().name(name).description(Some(about)).build())
        .collect()
}
