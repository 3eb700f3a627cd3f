//! The indicator of a query, as the public sees it.

use std::sync::{Arc, LazyLock};

use serde::Deserialize;

use crate::clock::Id;
use crate::http::{Call, kinds};
use crate::problem::{Fault, Problem};
use crate::record::kind::{KindDef, SourceUse};
use crate::record::read::{self, Name};
use crate::record::row::Row;
use crate::record::visible::Visibility;
use crate::resources::indicators::IndicatorContent;
use crate::store::Conn;

use super::queries::keys;

/// The content of an indicator with the sources that it names.
pub struct IndicatorWithSources {
    pub content: IndicatorContent,
    /// The references of the sources.
    pub sources: Vec<String>,
}

#[derive(Deserialize)]
struct Sources {
    #[serde(default)]
    sources: Vec<SourceUse>,
}

/// Parsed contents, by digest. Parsing an indicator with many codes takes longer than reading a series.
static CONTENTS: LazyLock<moka::sync::Cache<Vec<u8>, Arc<IndicatorWithSources>>> =
    LazyLock::new(|| moka::sync::Cache::new(32));

fn parse(content: &str) -> Result<Arc<IndicatorWithSources>, serde_json::Error> {
    let Sources { sources } = serde_json::from_str(content)?;
    let sources = sources.into_iter().map(|used| used.source).collect();
    Ok(Arc::new(IndicatorWithSources { content: serde_json::from_str(content)?, sources }))
}

/// The public version of an indicator. 410 if the indicator was withdrawn, 404 if it was never public.
pub fn public_indicator(
    call: &Call,
    conn: &mut Conn,
    id: Id,
) -> Result<(Row, Arc<IndicatorWithSources>), Problem> {
    let kind = kind(call)?;
    let Some(row) = read::one(conn, kind, &Name::Id(id), &Visibility::as_of(call.now()))? else {
        return Err(match read::tombstone(conn, kind, &Name::Id(id), None)? {
            Some(tombstone) => kinds::gone(kind, &tombstone),
            None => Problem::not_found(),
        });
    };
    let content = CONTENTS
        .try_get_with(row.digest.clone(), || parse(&row.content).map_err(|error| error.to_string()))
        .map_err(Problem::internal)?;
    Ok((row, content))
}

fn kind(call: &Call) -> Result<&'static KindDef, Problem> {
    call.state.kind("indicator").ok_or_else(|| Problem::internal("there is no kind of indicators"))
}

/// The indicator that the parameter `indicator` names. A withdrawn one is returned too, so that the caller can answer 410.
pub fn requested_indicator(call: &Call, conn: &mut Conn) -> Result<Id, Problem> {
    let fault = |code, detail: &str| Problem::bad_request(vec![Fault::parameter("indicator", code, detail)]);
    let Some(text) = call.params.text("indicator") else {
        return Err(fault(
            "required",
            "Name the indicator by id, by `body:REFERENCE` or by slug. GET /v1/indicators lists all indicators.",
        ));
    };
    let kind = kind(call)?;
    let unknown =
        || fault("not_found", "No public indicator has this name. GET /v1/indicators lists all indicators.");
    let id = match Name::parse(kind, text) {
        Some(Name::Id(id)) => id,
        Some(name) => match read::one(conn, kind, &name, &Visibility::as_of(call.now()))? {
            Some(row) => row.record,
            None => return Err(unknown()),
        },
        None => keys::public_indicator_by_slug(conn, text, call.now())?.ok_or_else(unknown)?,
    };
    // An indicator that is not public gets the same answer as one that does not exist.
    match read::one(conn, kind, &Name::Id(id), &Visibility::as_of(call.now()))? {
        Some(row) => Ok(row.record),
        None => match read::tombstone(conn, kind, &Name::Id(id), None)? {
            Some(_) => Ok(id),
            None => Err(unknown()),
        },
    }
}
